#!/bin/sh
# Every C file of fcgi/ is formatted as .clang-format says.
root=${1:-$(dirname "$0")/../..}
cd "$root" || exit 1
command -v clang-format >/dev/null || { echo "clang-format is not installed"; exit 77; }
unformatted=$(find fcgi -name '*.[ch]' -o -name '*.cc' | sort | while read -r file; do
    clang-format --dry-run -Werror "$file" 2>/dev/null || echo "$file: run clang-format -i"
done)
[ -z "$unformatted" ] && exit 0
echo "$unformatted"
exit 1
