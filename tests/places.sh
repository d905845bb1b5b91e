#!/usr/bin/env bash
# The places where the program lives, each made for real: slow, so apart from tests/run.sh.
# shellcheck disable=SC2317  # places are called by their names
set -u

usage() {
    cat <<USAGE
Usage: tests/places.sh [--resume] [--write-docs] [NAME]...

  image-amd64    the container image, built by buildah on a debootstrapped Debian, run and probed
  image-arm64    the same for arm64, under emulation
  i386           32 bits: unit and system tests, memory
  armhf mipsel   routers: the same, under emulation
  s390x          big-endian: unit tests, under emulation
  bundle         the folder for shared hosting, in Apache with its own .htaccess only: suexec, CGI
  debian         the Debian package, installed into a clean system
  openwrt        the router's package: its Makefile, its scripts under BusyBox, what an idle program writes
  upgrade        the program of every earlier schema, built from the history, and its data in this one
  import         moving over from gemini-balance with a real MariaDB and its mysqldump, in a clean system

Without a name: all of them. Root, Debian or its kin, and its package mirror are needed.

Each place has parts. What a part printed is in tests/out/places/NAME.PART.log, its counts and figures in
tests/out/places/results. The systems made there are used again the next time.

  --resume       leave out the parts that have passed with this very program and these very tests before
  --write-docs   write docs/places.md and docs/places.zh-CN.md from the results; without a NAME nothing is run
USAGE
}

top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/tests/out/places
venv=$top/tests/.venv
jobs=$(nproc 2>/dev/null || echo 2)
all="image-amd64 i386 bundle debian openwrt upgrade import armhf mipsel s390x image-arm64"

say() { printf '%s\n' "$*"; }
die() { say "places: $*"; exit 1; }

names='' resume='' write_docs=''
for argument in "$@"; do
    case $argument in
    --help | -h) usage; exit 0 ;;
    --resume) resume=yes ;;
    --write-docs) write_docs=yes ;;
    -*) usage >&2; exit 2 ;;
    *)
        case " $all " in *" $argument "*) ;; *) usage >&2; exit 2 ;; esac
        names="$names $argument"
        ;;
    esac
done
results() { python3 "$top/tests/places/results.py" "$@"; }
if [ -n "$write_docs" ] && [ -z "$names$resume" ]; then
    results write-docs
    exit
fi
[ "$(id -u)" = 0 ] || die "chroot and mount need root"
[ -x "$venv/bin/pytest" ] || die "run tests/run.sh --quick first: it makes tests/.venv"
mkdir -p "$out"

# shellcheck source=tests/places/bases.sh
. "$top/tests/places/bases.sh"
# shellcheck source=tests/places/curl.sh
. "$top/tests/places/curl.sh"
# shellcheck source=tests/places/machines.sh
. "$top/tests/places/machines.sh"
# shellcheck source=tests/places/image.sh
. "$top/tests/places/image.sh"
# shellcheck source=tests/places/server.sh
. "$top/tests/places/server.sh"
# shellcheck source=tests/places/router.sh
. "$top/tests/places/router.sh"
# shellcheck source=tests/places/moving.sh
. "$top/tests/places/moving.sh"

# part NAME COMMAND...: a part of $place, whose counts are kept.
part() {
    local name=$1 log=$out/$place.$1.log begun status
    shift
    [ -z "$resume" ] || ! results passed "$place" "$name" || return 0
    begun=$(date +%s)
    say "-- $place: $name"
    (set -o pipefail && "$@" 2>&1 </dev/null | tee "$log")
    status=$?
    results record "$place" "$name" "$status" $(($(date +%s) - begun)) "$log"
    return "$status"
}

# places_pytest NAME=VALUE... FILE: tests of this folder with that environment.
places_pytest() {
    (cd "$top/tests/places" && env "${@:1:$#-1}" "$venv/bin/pytest" -q -rs -s -p no:cacheprovider "${!#}")
}

place_image_amd64() { part image image amd64 1; }
place_image_arm64() { part image image arm64 12; }
place_i386() { machine i386 2 "$(system_tests)"; }
place_armhf() { machine armhf 6 "$(system_tests)"; }
place_mipsel() { machine mipsel 6 "$(system_tests)"; }
place_s390x() { machine s390x 6 ""; }

# Read to its end before the first place, as it may be edited while it runs.
run() {
    local begun counts passed=0 failed=0 word summary=
    (cd "$top" && { [ configure -nt configure.ac ] || ./autogen.sh >/dev/null 2>&1; }) || die "autogen.sh failed"
    for place in ${names:-$all}; do
        say "== $place"
        begun=$(date +%s)
        if "place_${place//-/_}"; then passed=$((passed + 1)) word=ok; else failed=$((failed + 1)) word=FAIL; fi
        counts=$(results counts "$place")
        say "$counts"
        summary="$summary$word $counts ($(($(date +%s) - begun)) s)"$'\n'
    done
    printf '%s' "$summary"
    [ -z "$write_docs" ] || results write-docs
    say "places: $passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
run; exit
