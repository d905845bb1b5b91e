#!/bin/sh
# Builds the fuzz targets with clang and runs each for SECONDS (default 60).
#
#   tests/fuzz/run.sh [SECONDS] [TARGET...]
#
# Findings are kept in FUZZ_DIR (default: a new directory under /tmp); any of them is a failure.
set -eu
seconds=${1:-60}
[ $# -gt 0 ] && shift
top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/fuzz
dir=${FUZZ_DIR:-$(mktemp -d /tmp/fuzz.XXXXXX)}
targets=${*:-$(cd "$here" && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')}
CC=${FUZZ_CC:-clang}

command -v "$CC" >/dev/null || { echo "fuzz: $CC is not installed: skipped"; exit 0; }

flags="-std=gnu11 -g -O1 -D_GNU_SOURCE -I$top/fcgi $(pkg-config --cflags json-c)
       -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
libs="$(pkg-config --libs json-c libcrypto) -lpthread -lm"

mkdir -p "$dir/obj"
objects=
for source in "$top"/fcgi/base/*.c "$top"/fcgi/translate/*.c "$top"/fcgi/upstream/event_stream.c; do
    object=$dir/obj/$(basename "$(dirname "$source")")_$(basename "$source" .c).o
    if [ ! -f "$object" ] || [ "$source" -nt "$object" ]; then
        $CC $flags -fsanitize=fuzzer-no-link -c -o "$object" "$source"
    fi
    objects="$objects $object"
done

status=0
for target in $targets; do
    $CC $flags -fsanitize=fuzzer -o "$dir/$target" "$here/fuzz_$target.c" $objects $libs
    mkdir -p "$dir/corpus/$target"
    echo "fuzz: $target for $seconds s"
    "$dir/$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=0 -verbosity=0 -dict="$here/json.dict" \
        -artifact_prefix="$dir/$target-" "$dir/corpus/$target" "$here/corpus/$target" ||
        { echo "fuzz: a finding in $target, see $dir"; status=1; }
done
[ $status = 0 ] && echo "fuzz: no finding"
exit $status
