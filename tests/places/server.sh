# shellcheck shell=bash disable=SC2154  # out, top, venv, jobs: of tests/places.sh
# A server of one's own: the Debian package in a clean system. Sourced by tests/places.sh.

place_debian() {
    local root=$out/deb-system deb
    need debhelper dpkg-dev lintian fakeroot systemd
    mkdir -p "$out/build-deb" && rm -f "$out/build-deb"/*.deb
    (cd "$out/build-deb" && { [ -f Makefile ] || "$top/configure"; } && make deb) \
        >"$out/build-deb/make.out" 2>&1 || { tail -n 20 "$out/build-deb/make.out"; return 1; }
    deb=$(ls "$out/build-deb"/gemini-balance_*.deb)
    say "built: ${deb##*/}, $(stat -c %s "$deb") bytes"
    say "lintian:"
    lintian --fail-on error --suppress-tags bad-distribution-in-changes-file "$deb" || return 1
    base clean-amd64 amd64 ca-certificates || return 1
    rm -rf "$root" && cp -a "$out/base-clean-amd64" "$root" && cp "$deb" "$root/tmp/package.deb" || return 1
    # Nothing runs as process 1 there: the services are started by the test, by their units' commands.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod +x "$root/usr/sbin/policy-rc.d"
    say "apt install in a clean system"
    inside "$root" sh -c 'apt-get update -q && apt-get install -y -q --no-install-recommends systemd procps && apt-get install -y -q /tmp/package.deb' >"$out/deb-install.log" 2>&1 </dev/null ||
        { tail -n 20 "$out/deb-install.log"; return 1; }
    say "systemd-analyze:"
    systemd-analyze --root="$root" verify gemini-balance.socket gemini-balance.service gemini-balance-web.service ||
        return 1
    systemd-analyze --root="$root" security --offline=true --threshold=20 --no-pager gemini-balance.service |
        tail -n 2 || return 1
    (cd "$top/tests/places" && GB_SYSTEM=$root GB_INSTALL_LOG=$out/deb-install.log GB_BUILD=$root/usr/bin \
        "$venv/bin/pytest" -q -p no:cacheprovider test_debian.py)
    # Upgrading from an older package and moving over from another program are checked here, in the same system.
}

# The folder for shared hosting, in this system's Apache. suexec is allowed below /var/www only.
place_bundle() {
    local folder
    need apache2-bin apache2-suexec-pristine libapache2-mod-fcgid
    mkdir -p "$out/build-bundle"
    (cd "$out/build-bundle" && { [ -f Makefile ] || "$top/configure"; } && make -j"$jobs" bundle) \
        >"$out/build-bundle/make.out" 2>&1 || { tail -n 20 "$out/build-bundle/make.out"; return 1; }
    folder=$(ls -d "$out/build-bundle"/gemini-balance-*-bundle)
    say "built: ${folder##*/}, $(du -sh "$folder" | cut -f1), packed $(du -h "$folder.tar.gz" | cut -f1)"
    (cd "$top/tests/places" && GB_BUNDLE=$folder GB_BUILD=$out/build-bundle \
        "$venv/bin/pytest" -q -p no:cacheprovider test_bundle.py)
}
