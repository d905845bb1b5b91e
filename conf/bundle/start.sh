#!/bin/sh
# Starts the program, or gbctl when that is the name, with the libraries that lie beside it.
#
# Data (keys, tokens, logs) lies outside the web: next to the outermost folder on the way here that is named
# as hosts name the root of a web site and whose parent is ours. Where there is none it is the folder data in
# here, which the web server refuses. A folder data that exists, or DATA_DIR in .env, goes before both.
umask 077
here=${0%/*}
[ "$here" != "$0" ] || here=.
cd "$here" && here=$(pwd -P) || exit 1
program=$here/program

if [ -z "${DATA_DIR:-}" ] && ! grep -q '^ *DATA_DIR *=' .env 2>/dev/null; then
    DATA_DIR=$here/data
    if [ ! -d "$DATA_DIR" ]; then
        path=$here
        while [ -n "$path" ]; do
            parent=${path%/*}
            case ${path##*/} in
            public_html | www | wwwroot | htdocs | httpdocs | html | web | public)
                [ -O "$parent" ] && [ -w "$parent" ] && DATA_DIR=$parent/${here##*/}-data
                ;;
            esac
            path=$parent
        done
    fi
    if [ ! -d "$DATA_DIR" ]; then
        mkdir "$DATA_DIR"
        [ "$DATA_DIR" != "$here/data" ] || cp program/.htaccess data/
    fi
    export DATA_DIR
fi

# The system's certificates are kept up to date; those in here are for where they cannot be found.
if [ -z "${CA_FILE:-}" ] && ! grep -q '^ *CA_FILE *=' .env 2>/dev/null; then
    for CA_FILE in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem \
        "$program/ca-certificates.crt"; do
        [ ! -r "$CA_FILE" ] || break
    done
    export CA_FILE
fi

case ${0##*/} in
gbctl) exec "$program/lib/loader" --library-path "$program/lib" "$program/gbctl" "$@" ;;
esac
exec "$program/lib/loader" --library-path "$program/lib" "$program/gemini-balance.fcgi" \
    --templates "$program/templates" --static "$program/static"
