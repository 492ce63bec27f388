#!/bin/sh
# Builds and runs the tests of the data side of the runtime: under the sanitizers, in the checking build and in the plain one.
#   runtime/tests/data/run.sh [build folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=${1:-$root/build/data-tests}
python=${PYTHON:-$root/.venv/bin/python}
. "$here/../compiler.sh"
mkdir -p "$build/include"
cd "$root"
PYTHONPATH=$root "$python" -m meshpy.backend.abi > "$build/include/mesh_abi.h"
PYTHONPATH=$root "$python" -m meshpy.stdlib.cheader > "$build/include/mesh_stdlib.h"
sources="heap flat string case number list map types math json json_parse io/utf8"
for mode in "-DMESH_CHECK" ""; do
  # shellcheck disable=SC2086
  $cc -std=gnu11 -O1 -g -Wall -Wextra -Werror $sanitizers $mode \
    -I runtime/include -I runtime/src -I "$build/include" \
    "$here"/*.c $(for s in $sources; do echo "runtime/src/$s.c"; done) -lm -o "$build/data-tests"
  timeout 120 "$build/data-tests"
done
