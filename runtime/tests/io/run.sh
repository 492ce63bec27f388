#!/bin/sh
# The tests of the I/O parsers under the sanitizers, then every fuzz target for a while.
#   runtime/tests/io/run.sh [seconds of fuzzing] [build folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
seconds=${1:-10}
build=${2:-$root/build/io-tests}
python=${PYTHON:-$root/.venv/bin/python}
. "$here/../compiler.sh"
cd "$root"
parsers="http_parser http_reply http_url utf8 ws_frame sha1 pg_url sql_lexer broker_wire"
sources=$(for s in $parsers; do echo "runtime/src/io/$s.c"; done)
flags="-std=gnu11 -O1 -g -Wall -Wextra -Werror -I runtime/include"
# shellcheck disable=SC2086
$cc $flags $sanitizers "$here/parsers.c" $sources -o "$build/parsers"
timeout 60 "$build/parsers"
if ! command -v clang >/dev/null; then
  echo "no clang: no fuzzing"
  exit 0
fi
[ "$seconds" -gt 0 ] || exit 0
for target in fuzz_http fuzz_ws fuzz_text; do
  # shellcheck disable=SC2086
  clang $flags -fno-sanitize-recover=all -fsanitize=fuzzer,address,undefined "$here/$target.c" $sources -o "$build/$target"
  mkdir -p "$build/corpus-$target"
  "$build/$target" -max_total_time="$seconds" -max_len=12000 -print_final_stats=0 -verbosity=0 "$build/corpus-$target" "$here/seeds/$target"
done
