#!/bin/sh
# Errors and warnings of cppcheck; a false one is suppressed in the source, with its reason:
#     // cppcheck-suppress nullPointer ; the caller holds the lock
root=${1:-$(dirname "$0")/../..}
cd "$root" || exit 1
command -v cppcheck >/dev/null || { echo "cppcheck is not installed"; exit 77; }
exec cppcheck --quiet --enable=warning --inline-suppr --error-exitcode=1 --std=c11 --std=c++17 \
    --max-configs=2 -I fcgi -D__GNUC__ '-D__attribute__(x)=' --suppress=unknownMacro \
    --template='{file}:{line}: {id}: {message}' fcgi
