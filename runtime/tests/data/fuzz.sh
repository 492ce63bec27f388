#!/bin/sh
# Fuzzes the readers of text (needs clang):  runtime/tests/data/fuzz.sh [seconds] [build folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
seconds=${1:-60}
build=${2:-$root/build/data-tests}
python=${PYTHON:-$root/.venv/bin/python}
mkdir -p "$build/include" "$build/corpus"
cd "$root"
PYTHONPATH=$root "$python" -m meshpy.backend.abi > "$build/include/mesh_abi.h"
PYTHONPATH=$root "$python" -m meshpy.stdlib.cheader > "$build/include/mesh_stdlib.h"
sources="heap flat string case number list map types math json json_parse datetime encoding regex_pattern io/utf8"
# shellcheck disable=SC2046
clang -std=gnu11 -O1 -g -DMESH_CHECK -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
  -I runtime/include -I runtime/src -I "$build/include" \
  "$here/fuzz/fuzz.c" $(for s in $sources; do echo "runtime/src/$s.c"; done) -lm -o "$build/fuzz"
cd "$build"
./fuzz -max_total_time="$seconds" -max_len=600 -print_final_stats=0 -verbosity=0 corpus
