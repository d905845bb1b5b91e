#!/bin/sh
# What a container runs: lighttpd on PORT and behind it the program, both stopped together.
#
#   PORT          8000   on all addresses
#   DATA_DIR      /app/data   everything that is kept: give it a volume
#   STOP_SECONDS  8      how long running answers may take after SIGTERM before they are cut
#
# and every setting of the program by its name. With arguments it runs those instead, as in
# `docker run ... gemini-balance gbctl keys list`. Nothing is written outside DATA_DIR but a socket, and
# uploads while they arrive, in a temporary folder: the root may be read-only, the user any.
set -eu
umask 077
[ $# -eq 0 ] || exec "$@"

say() { printf 'gemini-balance: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

export PORT="${PORT:-8000}" DATA_DIR="${DATA_DIR:-/app/data}" STOP_SECONDS="${STOP_SECONDS:-8}"
case $PORT in '' | *[!0-9]*) die "PORT must be a number, not \"$PORT\"" ;; esac

mkdir -p "$DATA_DIR" 2>/dev/null || true
if ! { [ -d "$DATA_DIR" ] && [ -w "$DATA_DIR" ] && [ -x "$DATA_DIR" ]; }; then
    die "user $(id -u) cannot write to DATA_DIR, $DATA_DIR: mount a volume there that it owns" \
        "(chown $(id -u) FOLDER), or run the container as the owner (--user \"\$(id -u):\$(id -g)\")."
fi

# The file system type of the mount that holds DATA_DIR; "container" when that is the image's own root.
kind_of_disk() {
    folder=$(cd "$DATA_DIR" && pwd -P)
    while [ "$folder" != / ]; do
        # Fields of mountinfo: the fifth is the mount point; the type comes after a lone "-".
        kind=$(awk -v at="$folder" '$5 == at { sub(/.* - /, ""); print $1 }' /proc/self/mountinfo | tail -n 1)
        [ -z "$kind" ] || { printf '%s\n' "$kind"; return; }
        folder=$(dirname "$folder")
    done
    echo container
}
case $(kind_of_disk) in
container | tmpfs | ramfs)
    say "$DATA_DIR is not a volume: what is kept there (keys and tokens added in the admin, logs, counters)" \
        "is lost with this container. What the environment sets comes back at every start: API_KEYS," \
        "ALLOWED_TOKENS, AUTH_TOKEN."
    ;;
esac

GB_RUN=
for folder in "${TMPDIR:-/tmp}" /dev/shm "$DATA_DIR"; do
    GB_RUN=$(mktemp -d "$folder/gemini-balance.XXXXXX" 2>/dev/null) && break
done
[ -n "$GB_RUN" ] || die "there is no folder for temporary files"
export GB_RUN
# Both kinds of addresses where there is IPv6.
GB_BIND=0.0.0.0
[ ! -s /proc/net/if_inet6 ] || GB_BIND='[::]'
export GB_BIND

if ! made=$(gbctl init); then
    rm -rf "$GB_RUN"
    exit 1
fi
if [ -n "$made" ]; then
    say "first start; these tokens are shown this once:"
    printf '\n%s\n\n' "$made" >&2
    say "the admin pages are at / on port $PORT; gbctl token list --reveal shows client tokens again"
fi

group=
# shellcheck disable=SC2317  # called by the trap
# Ends lighttpd once its answers are through, or after STOP_SECONDS; it then ends the program, which
# writes down what it knows.
stop() {
    trap '' TERM INT QUIT HUP
    [ -z "$group" ] || kill -s INT "$group" 2>/dev/null || true
    wait_for_group
    exit 0
}
wait_for_group() {
    waited=0
    while kill -s 0 -- "-$group" 2>/dev/null && [ "$waited" -lt $(((STOP_SECONDS + 20) * 10)) ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
    kill -s KILL -- "-$group" 2>/dev/null || true
    rm -rf "$GB_RUN"
}
trap stop TERM INT QUIT
setsid lighttpd -D -f /etc/gemini-balance/lighttpd.conf </dev/null &
group=$!
wait "$group" || true
trap '' TERM INT QUIT
kill -s TERM -- "-$group" 2>/dev/null || true
wait_for_group
die "lighttpd has ended"
