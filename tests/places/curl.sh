# shellcheck shell=bash disable=SC2154  # out, top, jobs: of tests/places.sh
# A router's libcurl. Debian's speaks two dozen protocols and brings 20 libraries along, of which HTTP needs none but
# OpenSSL: it takes more memory than the program. OpenWrt's speaks HTTP and FTP. Sourced by tests/places.sh.

# Debian's source package, with Debian's patches, in $out/curl-source/curl.
curl_source() {
    local folder=$out/curl-source options
    [ ! -e "$folder.made" ] || return 0
    need dpkg-dev
    say "Debian's source of curl into $folder"
    rm -rf "$folder" && mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" || return 1
    printf 'deb-src %s %s main\n' "$(mirror)" "$(codename)" >"$folder/sources.list"
    options=(-q -o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=- -o APT::Sandbox::User=root
        -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder/cache")
    (cd "$folder" && apt-get "${options[@]}" update && apt-get "${options[@]}" source curl && mv curl-*/ curl) \
        >"$folder.log" 2>&1 || { tail -n 5 "$folder.log"; return 1; }
    rm -rf "$folder/lists" "$folder/cache"
    touch "$folder.made"
}

# What OpenWrt's package gives its configure, with OpenSSL chosen and all else as it comes.
curl_options() {
    local name
    for name in debug ares manual dict gopher imap ldap ldaps mqtt pop3 rtsp smb smtp telnet tftp crypto-auth \
        libcurl-option threaded-resolver tls-srp unix-sockets verbose static; do
        printf ' --disable-%s' "$name"
    done
    for name in nss librtmp ca-path libpsl zstd brotli libidn2 libssh2 zlib nghttp2 gssapi; do
        printf ' --without-%s' "$name"
    done
    printf ' --with-openssl --with-ca-bundle=/etc/ssl/certs/ca-certificates.crt'
}

# router_curl ARCH: $out/curl-ARCH, with lib and include.
router_curl() {
    local arch=$1 made=$out/curl-$1
    curl_source || return 1
    [ ! -e "$made/made" ] || return 0
    rm -rf "$made" && mkdir -p "$made"
    # shellcheck disable=SC2046  # words
    {
        machine_configure "$arch" "$made/build" "$out/curl-source/curl/configure" --prefix="$made" $(curl_options) \
            CFLAGS="-Os -ffunction-sections -fdata-sections" CPPFLAGS=-DCURL_DISABLE_NTLM LDFLAGS=-Wl,--gc-sections &&
            machine_make "$arch" -C "$made/build/lib" install && machine_make "$arch" -C "$made/build/include" install
    } >"$made/make.out" 2>&1 || { tail -n 20 "$made/make.out"; return 1; }
    touch "$made/made"
    say "libcurl of $(du -kL "$made/lib/libcurl.so.4" | cut -f1) KiB, as a router has it"
}
