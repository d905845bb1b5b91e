# shellcheck shell=bash disable=SC2154  # out, top, venv, jobs: of tests/places.sh
# The router's package. OpenWrt's own build system and its libraries are not to be had from a package mirror: stand-ins
# for the parts that the package uses of it are in openwrt/. Sourced by tests/places.sh.

place_openwrt() { part package openwrt_package && part scripts openwrt_scripts; }

# The package's own Makefile, from the tarball of `make dist` to the files of the package.
openwrt_package() {
    local build=$out/build-openwrt version
    need shellcheck
    shellcheck --shell=dash --exclude=SC2034,SC3043 "$top"/conf/openwrt/files/*.init "$top"/conf/openwrt/files/*.defaults ||
        return 1
    mkdir -p "$build"
    (cd "$build" && { [ -f Makefile ] || "$top/configure"; } && make dist) >"$build/make.out" 2>&1 ||
        { tail -n 20 "$build/make.out"; return 1; }
    version=$(sed -n 's/^PKG_VERSION:=//p' "$top/conf/openwrt/Makefile")
    [ -e "$build/gemini-balance-$version.tar.xz" ] || { say "make dist made no $version"; return 1; }
    (
        cd "$top/conf/openwrt" &&
            make -j"$jobs" TOPDIR="$top/tests/places/openwrt" OUT="$build/made" DL_DIR="$build" compile
    ) >>"$build/make.out" 2>&1 || { tail -n 20 "$build/make.out"; return 1; }
    say "built: the package's files take $(du -sk "$build/made/root" | cut -f1) KiB"
    say "figure: installed_kib $(du -sk "$build/made/root" | cut -f1)"
    (cd "$top/conf/openwrt" && make -s TOPDIR="$top/tests/places/openwrt" OUT="$build/made" facts)
}

# Its files and scripts in a clean system with BusyBox as the shell.
openwrt_scripts() {
    local root=$out/openwrt-system files
    base clean-amd64 amd64 ca-certificates || return 1
    rm -rf "$root" && cp -a "$out/base-clean-amd64/." "$root" || return 1
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod +x "$root/usr/sbin/policy-rc.d"
    inside "$root" sh -c 'apt-get update -q && apt-get install -y -q --no-install-recommends busybox lighttpd \
        libfcgi0ldbl libcurl4 libjson-c5 libsqlite3-0 libssl3' \
        >"$out/openwrt-system.log" 2>&1 </dev/null || { tail -n 20 "$out/openwrt-system.log"; return 1; }
    for files in "$top/tests/places/openwrt/root" "$out/build-openwrt/made/root"; do
        tar c -C "$files" --owner=0 --group=0 . | tar x --keep-directory-symlink -C "$root" || return 1
    done
    places_pytest GB_SYSTEM="$root" GB_INSTALL_LOG="$out/openwrt-system.log" GB_BUILD="$root/usr/bin" test_openwrt.py
}
