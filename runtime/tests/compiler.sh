# Sourced by the run.sh files: the toolchain's C compiler as $cc, and the sanitizers it can link with as $sanitizers (the
# compiler inside the ziglang package has none). Wants $root, $build and $python.
cc=${CC:-$(PYTHONPATH=$root "$python" -c 'import shlex; from meshpy.backend.toolbox import c_compiler; print(shlex.join(c_compiler()))')}
sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=all"
mkdir -p "$build"
# shellcheck disable=SC2086
if ! echo 'int main(void) { return 0; }' | $cc $sanitizers -x c - -o "$build/probe" 2>/dev/null; then
  echo "$cc: without sanitizers"
  sanitizers=
fi
