#!/bin/sh
# Builds the runtime with the tests of processes and runs every case: plain, under ASan/UBSan in the checking build, under TSan.
#   runtime/tests/sched/run.sh [mode ...]        modes: plain check thread
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=${BUILD:-$root/build/sched-tests}
python=${PYTHON:-$root/.venv/bin/python}
. "$here/../compiler.sh"
mkdir -p "$build/include"
cd "$root"
PYTHONPATH=$root "$python" -m meshpy.backend.abi > "$build/include/mesh_abi.h"
PYTHONPATH=$root "$python" -m meshpy.stdlib.cheader > "$build/include/mesh_stdlib.h"
sources="table process scheduler stack pool idmap mailbox poll timer wait blocking panic service job registry supervisor main
  signal node continuity heap flat string case number list map types json json_parse math io/utf8"
failed=0
for mode in ${*:-plain check thread}; do
  case $mode in
    plain) flags="-O2" ;;
    check) flags="-O1 -DMESH_CHECK $sanitizers" ;;
    thread) flags="-O1 -fsanitize=thread -Wno-tsan" ;;
  esac
  # shellcheck disable=SC2086
  $cc -std=gnu11 -g $flags -Wall -Wextra -Werror -fno-omit-frame-pointer \
    -I runtime/include -I runtime/src -I "$build/include" -I "$here" \
    "$here"/*.c runtime/src/switch.S $(for s in $sources; do echo "runtime/src/$s.c"; done) -lm -lpthread -o "$build/$mode"
  export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0 TSAN_OPTIONS=halt_on_error=1:report_signal_unsafe=0
  for name in ${CASES:-$("$build/$mode")}; do
    for workers in 1 3; do
      status=0
      MESH_WORKERS=$workers timeout 120 "$build/$mode" "$name" > "$build/out.$mode" 2> "$build/err.$mode" || status=$?
      "$build/$mode" output "$name" > "$build/expected.$mode"
      part=$("$build/$mode" stderr "$name")
      ok=1
      cmp -s "$build/out.$mode" "$build/expected.$mode" || ok=0
      [ "$status" = "$("$build/$mode" status "$name")" ] || ok=0
      if [ -z "$part" ]; then [ ! -s "$build/err.$mode" ] || ok=0; else grep -qF -- "$part" "$build/err.$mode" || ok=0; fi
      if [ $ok = 0 ]; then
        failed=1
        echo "FAILED $mode $name, $workers workers: status $status"
        diff "$build/expected.$mode" "$build/out.$mode" | head -20 || true
        head -c 3000 "$build/err.$mode"
      fi
    done
  done
  echo "$mode: done"
done
exit $failed
