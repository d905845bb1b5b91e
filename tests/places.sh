#!/usr/bin/env bash
# The places where the program lives, each made for real: slow, so apart from tests/run.sh.
set -u

usage() {
    cat <<USAGE
Usage: tests/places.sh [NAME]...

  image-amd64    the container image, built by buildah on a debootstrapped Debian, run and probed
  image-arm64    the same for arm64, under emulation
  i386           32 bits: unit and system tests
  armhf mipsel   routers: unit tests and the likeliest system tests, under emulation
  s390x          big-endian: unit tests, under emulation
  bundle         the folder for shared hosting, in Apache with its own .htaccess only: suexec, CGI
  debian         the Debian package, installed into a clean system

Without a name: all of them. Root, Debian or its kin, and its package mirror are needed. What each printed is in
tests/out/places/NAME.log; the systems made there are used again the next time.
USAGE
}

top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/tests/out/places
venv=$top/tests/.venv
jobs=$(nproc 2>/dev/null || echo 2)
all="image-amd64 image-arm64 i386 armhf mipsel s390x bundle debian"

say() { printf '%s\n' "$*"; }
die() { say "places: $*"; exit 1; }

names=
for argument in "$@"; do
    case $argument in
    --help | -h) usage; exit 0 ;;
    image-amd64 | image-arm64 | i386 | armhf | mipsel | s390x | bundle | debian) names="$names $argument" ;;
    *) usage >&2; exit 2 ;;
    esac
done
[ "$(id -u)" = 0 ] || die "chroot and mount need root"
[ -x "$venv/bin/pytest" ] || die "run tests/run.sh --quick first: it makes tests/.venv"
mkdir -p "$out"

# shellcheck source=tests/places/bases.sh
. "$top/tests/places/bases.sh"
# shellcheck source=tests/places/machines.sh
. "$top/tests/places/machines.sh"
# shellcheck source=tests/places/image.sh
. "$top/tests/places/image.sh"
# shellcheck source=tests/places/server.sh
. "$top/tests/places/server.sh"

# What a router's little program is likely to get wrong: time, sizes, threads, streams, the store.
router_tests="test_openai_chat.py test_openai_stream.py test_gemini_native.py test_rotation.py test_cgi.py
    test_shutdown.py test_big_body.py test_first_start.py test_settings_live.py"

place_image_amd64() { image amd64 1; }
place_image_arm64() { image arm64 12; }
# shellcheck disable=SC2046  # a list of tests
place_i386() { machine_build i386 && machine_unit i386 && machine_system i386 2 $(native_tests); }
# shellcheck disable=SC2086  # a list of tests
place_armhf() { machine_build armhf && machine_unit armhf && machine_system armhf 12 $router_tests; }
# shellcheck disable=SC2086  # a list of tests
place_mipsel() { machine_build mipsel && machine_unit mipsel && machine_system mipsel 12 $router_tests; }
place_s390x() { machine_build s390x && machine_unit s390x; }

# All but those that run programs of the build folder by themselves.
native_tests() {
    (cd "$top/tests/system" && ls test_*.py) | grep -v 'test_quickstart\|test_configure\|browser'
}

(cd "$top" && { [ configure -nt configure.ac ] || ./autogen.sh >/dev/null 2>&1; }) || die "autogen.sh failed"
passed=0 failed=0 summary=
for name in ${names:-$all}; do
    say "== $name"
    begun=$(date +%s)
    if (set -o pipefail && "place_${name//-/_}" 2>&1 | tee "$out/$name.log"); then
        passed=$((passed + 1)) word=ok
    else
        failed=$((failed + 1)) word=FAIL
    fi
    summary="$summary$word $name ($(($(date +%s) - begun)) s)"$'\n'
done
printf '%s' "$summary"
say "places: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
