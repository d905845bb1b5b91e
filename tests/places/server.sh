# shellcheck shell=bash disable=SC2154  # out, top, venv, jobs: of tests/places.sh
# A server of one's own: the Debian package in a clean system; and the folder for shared hosting. Sourced by
# tests/places.sh.

place_debian() {
    part package deb_build && part install deb_install
}

deb_of() { [ ! -d "$out/build-deb" ] || find "$out/build-deb" -maxdepth 1 -name 'gemini-balance_*.deb'; }

deb_build() {
    local deb
    need debhelper dpkg-dev lintian fakeroot
    mkdir -p "$out/build-deb" && rm -f "$out/build-deb"/*.deb
    (cd "$out/build-deb" && { [ -f Makefile ] || "$top/configure"; } && make deb) \
        >"$out/build-deb/make.out" 2>&1 || { tail -n 20 "$out/build-deb/make.out"; return 1; }
    deb=$(deb_of)
    say "built: ${deb##*/}, $(stat -c %s "$deb") bytes"
    say "figure: package_kib $(($(stat -c %s "$deb") / 1024))"
    say "lintian:"
    lintian --fail-on error --suppress-tags bad-distribution-in-changes-file "$deb"
}

# For the places that only need a package of this very program.
deb_once() {
    if [ -z "$(deb_of)" ] || ! results passed debian package; then deb_build; fi
}

# system_with NAME PACKAGE...: $out/NAME, a clean system with these packages and ours installed; what apt printed is
# in $out/NAME.log. Nothing runs as process 1 there: the services are started by the test, by their units' commands.
system_with() {
    local root=$out/$1 log=$out/$1.log
    base clean-amd64 amd64 ca-certificates || return 1
    shift
    rm -rf "$root" && cp -a "$out/base-clean-amd64/." "$root" && cp "$(deb_of)" "$root/tmp/package.deb" || return 1
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod +x "$root/usr/sbin/policy-rc.d"
    say "apt install in a clean system: $* and the package"
    # shellcheck disable=SC2016  # for the inner shell
    inside "$root" sh -c 'apt-get update -q && apt-get install -y -q --no-install-recommends "$@" &&
        apt-get install -y -q /tmp/package.deb' sh "$@" >"$log" 2>&1 </dev/null || { tail -n 20 "$log"; return 1; }
}

deb_install() {
    local root=$out/deb-system
    need systemd
    system_with deb-system systemd procps || return 1
    say "systemd-analyze:"
    systemd-analyze --root="$root" verify gemini-balance.socket gemini-balance.service gemini-balance-web.service ||
        return 1
    systemd-analyze --root="$root" security --offline=true --threshold=20 --no-pager gemini-balance.service |
        tail -n 2 || return 1
    systemd-analyze --root="$root" security --offline=true --threshold=35 --no-pager gemini-balance-web.service |
        tail -n 2 || return 1
    places_pytest GB_SYSTEM="$root" GB_INSTALL_LOG="$out/deb-system.log" GB_BUILD="$root/usr/bin" test_debian.py
}

# The folder for shared hosting, in this system's Apache. suexec is allowed below /var/www only.
place_bundle() { part bundle bundle; }
bundle() {
    local folder
    need apache2-bin apache2-suexec-pristine libapache2-mod-fcgid
    mkdir -p "$out/build-bundle"
    (cd "$out/build-bundle" && { [ -f Makefile ] || "$top/configure"; } && make -j"$jobs" bundle) \
        >"$out/build-bundle/make.out" 2>&1 || { tail -n 20 "$out/build-bundle/make.out"; return 1; }
    folder=$(find "$out/build-bundle" -maxdepth 1 -type d -name 'gemini-balance-*-bundle')
    say "built: ${folder##*/}, $(du -sh "$folder" | cut -f1), packed $(du -h "$folder.tar.gz" | cut -f1)"
    say "figure: packed_kib $(du -k "$folder.tar.gz" | cut -f1)"
    places_pytest GB_BUNDLE="$folder" GB_BUILD="$out/build-bundle" test_bundle.py
}
