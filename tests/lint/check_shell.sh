#!/bin/sh
# Shell scripts pass shellcheck.
root=${1:-$(dirname "$0")/../..}
cd "$root" || exit 1
command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; exit 77; }
find . \( -name .git -o -name build-aux -o -name 'build*' -o -name .venv -o -name .node \
    -o -name node_modules -o -name out \) -prune -o -name '*.sh' -type f -exec shellcheck --format=gcc {} +
