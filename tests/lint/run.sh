#!/bin/sh
# Runs every check of this folder over the tree (or over the folder given), one line each, and
# ends with the count. A check is an executable check_*.py or check_*.sh that prints the offending
# places and ends with 1; 77 means that its tool is not installed. No network is needed.
here=$(cd "$(dirname "$0")" && pwd) || exit 1
passed=0 failed=0 skipped=0
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
for check in "$here"/check_*; do
    name=$(basename "$check")
    name=${name#check_}
    name=${name%.*}
    found=$("$check" "$@" 2>&1)
    case $? in
    0) passed=$((passed + 1)) && echo "ok   $name" ;;
    77) skipped=$((skipped + 1)) && echo "skip $name" ;;
    *) failed=$((failed + 1)) && echo "FAIL $name" ;;
    esac
    [ -n "$found" ] && echo "$found" | sed 's/^/     /'
done
[ "$skipped" -gt 0 ] && echo "lint: $skipped skipped, because their tools are not installed"
echo "lint: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
