#!/bin/sh
# Makes ./configure from configure.ac.
set -e
cd "$(dirname "$0")"
for tool in autoconf automake; do
    command -v "$tool" >/dev/null || { echo "autogen.sh: $tool is missing (Debian: apt-get install autoconf automake pkg-config)" >&2; exit 1; }
done
mkdir -p build-aux
exec autoreconf --install --force --warnings=all "$@"
