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
clang=${FUZZ_CC:-clang}

if [ $# -eq 0 ]; then
    for source in "$here"/fuzz_*.c; do
        name=$(basename "$source" .c)
        set -- "$@" "${name#fuzz_}"
    done
fi
if ! command -v "$clang" >/dev/null; then
    echo "fuzz: $clang is not installed: skipped"
    exit 0
fi

# Lists of words: they are meant to be split.
flags="-std=gnu11 -g -O1 -D_GNU_SOURCE -I$top/fcgi $(pkg-config --cflags json-c)
       -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
libs="$(pkg-config --libs json-c libcrypto) -lpthread -lm"

mkdir -p "$dir/obj"
for source in "$top"/fcgi/base/*.c "$top"/fcgi/translate/*.c "$top"/fcgi/upstream/event_stream.c; do
    # Encoders of speech need their libraries, and none of them is fuzzed.
    case $source in */audio_aac.c | */audio_flac.c | */audio_mp3.c | */audio_opus.c) continue ;; esac
    object=$dir/obj/$(basename "$(dirname "$source")")_$(basename "$source" .c).o
    if [ ! -f "$object" ] || [ -n "$(find "$top/fcgi" -newer "$object" -name '*.[ch]')" ]; then
        # shellcheck disable=SC2086
        "$clang" $flags -fsanitize=fuzzer-no-link -c -o "$object" "$source"
    fi
done

status=0
for target in "$@"; do
    # shellcheck disable=SC2086
    "$clang" $flags -fsanitize=fuzzer -o "$dir/$target" "$here/fuzz_$target.c" "$dir"/obj/*.o $libs
    mkdir -p "$dir/corpus/$target"
    echo "fuzz: $target for $seconds s"
    if ! "$dir/$target" -max_total_time="$seconds" -max_len="${FUZZ_MAX_LEN:-4096}" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=0 -verbosity=0 -dict="$here/json.dict" \
        -artifact_prefix="$dir/$target-" "$dir/corpus/$target" "$here/corpus/$target"; then
        echo "fuzz: a finding in $target, see $dir"
        status=1
    fi
done
[ $status = 0 ] && echo "fuzz: no finding"
exit $status
