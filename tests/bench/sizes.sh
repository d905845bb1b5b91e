#!/bin/sh
# Prints what an installation takes on the disk, stripped. Usage: sizes.sh BUILD_FOLDER
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
make -s -C "$1" install-strip DESTDIR="$folder" >/dev/null

kilobytes() { du -sk "$@" | awk '{ sum += $1 } END { print sum + 0 }'; }
find_named() { find "$folder" -type "$1" -name "$2" | head -n 1; }

printf 'installed, stripped:\n'
for name in gemini-balance.fcgi gbctl gb-demo-upstream; do
    file=$(find_named f "$name")
    [ -z "$file" ] || printf '  %-24s %6d KiB\n' "$name" "$(kilobytes "$file")"
done
for name in templates static conf; do
    part=$(find_named d "$name")
    [ -z "$part" ] || printf '  %-24s %6d KiB\n' "$name/" "$(kilobytes "$part")"
done
printf '  %-24s %6d KiB\n' 'all of it' "$(kilobytes "$folder")"
