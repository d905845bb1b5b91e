#!/usr/bin/env bash
# Builds Gemini Balance and runs it behind lighttpd, in the foreground. See README.md.
set -euo pipefail

usage() {
    cat <<USAGE
Usage: ./quickstart.sh [--build-only] [--demo] [--env-file FILE]

  --build-only     install what is missing, build into build/, and stop
  --demo           also start a simulated Gemini: no keys and no network needed
  --env-file FILE  settings to use (default: DATA_DIR/.env, else ./.env, else one is made)

Environment: PORT (8000), BIND (127.0.0.1), DATA_DIR (./data), PROCS (1), and every setting by its
name: API_KEYS, ALLOWED_TOKENS, AUTH_TOKEN, BASE_URL, MAX_RETRIES, ... (lists as JSON or separated by
commas).
USAGE
}

say() { printf '%s\n' "$*" >&2; }
die() { say "quickstart: $*"; exit 1; }

demo=no build_only=no env_file=
while [ $# -gt 0 ]; do
    case $1 in
    --demo) demo=yes ;;
    --build-only) build_only=yes ;;
    --env-file)
        [ $# -gt 1 ] || die "--env-file needs a file"
        env_file=$(realpath -e -- "$2") || exit 1
        shift
        ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done

started_in=$PWD
top=$(cd "$(dirname "$0")" && pwd)

# --- packages -----------------------------------------------------------------------------------

packages=(gcc g++ make autoconf automake pkg-config libfcgi-dev libcurl4-openssl-dev libjson-c-dev
    libsqlite3-dev libssl-dev libctemplate-dev lighttpd curl ca-certificates)
# Encoders of speech: fetched before the first build where that works, and done without elsewhere.
encoders=(libmp3lame-dev libopusenc-dev libflac-dev libvo-aacenc-dev)

# On other systems: what each package is there for.
have_tools() {
    local tool
    for tool in gcc g++ make autoconf automake pkg-config curl; do
        command -v "$tool" >/dev/null || return 1
    done
    find_lighttpd >/dev/null && pkg-config --exists libcurl json-c sqlite3 libcrypto libctemplate
}

find_lighttpd() {
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v lighttpd
}

install_packages() {
    local missing=() package
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        have_tools && return
        say "Please install: a C and a C++ compiler, make, autoconf, automake, pkg-config, curl, lighttpd,"
        say "and the headers of libfcgi, libcurl, json-c, SQLite, OpenSSL and ctemplate."
        exit 1
    fi
    local wanted=("${packages[@]}") required
    [ -f "$top/build/Makefile" ] || wanted+=("${encoders[@]}")
    for package in "${wanted[@]}"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    mapfile -t required < <(printf '%s\n' "${missing[@]}" | grep -vxF "$(printf '%s\n' "${encoders[@]}")")
    local root=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            [ ${#required[@]} -gt 0 ] || return 0
            die "as root, run: apt-get install ${missing[*]}"
        fi
        root=(sudo)
    fi
    say "Installing: ${missing[*]}"
    "${root[@]}" apt-get update -q >&2 || [ ${#required[@]} -eq 0 ] || die "apt-get update failed"
    apt_install "${missing[@]}" && return 0
    [ ${#required[@]} -eq 0 ] || apt_install "${required[@]}" || die "apt-get install failed"
    say "Going on without encoders that cannot be had."
}

# A lighttpd that the package starts by itself is not what we want.
apt_install() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

# --- build --------------------------------------------------------------------------------------

build() {
    cd "$top"
    if [ ! -x configure ] || [ configure.ac -nt configure ]; then
        ./autogen.sh >build-log.txt 2>&1 || { tail -n 30 build-log.txt >&2; die "autogen.sh failed"; }
        rm -f build-log.txt
    fi
    mkdir -p build
    if [ ! -f build/Makefile ]; then
        (cd build && ../configure) >build/configure.out 2>&1 ||
            { tail -n 30 build/configure.out >&2; die "configure failed"; }
    fi
    say "Building ..."
    make -C build -j"$(nproc 2>/dev/null || echo 2)" >build/make.out 2>&1 ||
        { tail -n 40 build/make.out >&2; die "the build failed; build/make.out has it all"; }
}

# --- settings and tokens --------------------------------------------------------------------------

random_token() {
    LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom 2>/dev/null | head -c "$1" || true
}

# Makes DATA_DIR and, where there is none, a commented .env with random tokens.
prepare_data() {
    cd "$started_in"
    mkdir -p "$DATA_DIR"
    chmod 700 "$DATA_DIR"
    DATA_DIR=$(cd "$DATA_DIR" && pwd)
    export DATA_DIR
    if [ -z "$env_file" ]; then
        env_file=$DATA_DIR/.env
        if [ ! -e "$env_file" ] && [ "$demo" = no ] && [ -e "$started_in/.env" ]; then
            env_file=$started_in/.env
        fi
    fi
    if [ ! -e "$env_file" ]; then
        (umask 077 && "$top/build/gbctl" env-example >"$env_file.new" && mv "$env_file.new" "$env_file")
    fi
    add_token AUTH_TOKEN "admin-$(random_token 32)"
    add_token ALLOWED_TOKENS "sk-$(random_token 40)"
}

# add_token NAME VALUE: keeps VALUE in DATA_DIR/tokens.env unless a person has set NAME.
add_token() {
    [ -z "${!1:-}" ] || return 0
    ! grep -qiE "^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]\"']*(\[[[:space:]]*)?[^][[:space:]\"']" "$env_file" || return 0
    local tokens=$DATA_DIR/tokens.env
    if ! grep -q "^$1=" "$tokens" 2>/dev/null; then
        (umask 077 && printf '%s=%s\n' "$1" "$2" >>"$tokens")
    fi
    export "$1=$(sed -n "s/^$1=//p" "$tokens" | head -n 1)"
}

# --- run ------------------------------------------------------------------------------------------

run_dir=
group=

# shellcheck disable=SC2317  # called by the trap
# Ends the whole process group that lighttpd was started in and waits until it is empty.
stop_all() {
    trap - EXIT
    trap '' INT TERM HUP
    if [ -n "$group" ]; then
        kill -TERM -- "-$group" 2>/dev/null || true
        local waited=0
        while kill -0 -- "-$group" 2>/dev/null && [ "$waited" -lt 400 ]; do
            sleep 0.1
            waited=$((waited + 1))
        done
        kill -KILL -- "-$group" 2>/dev/null || true
    fi
    [ -z "$run_dir" ] || rm -rf "$run_dir"
}

demo_server() {
    cat <<DEMO
    "/demo-upstream/" => ((
        "bin-path" => "$top/build/gb-demo-upstream",
        "socket" => "$run_dir/demo.socket",
        "max-procs" => 1,
        "check-local" => "disable",
        "kill-signal" => 15
    )),
DEMO
}

write_lighttpd_conf() {
    local text
    text=$(<"$top/conf/quickstart-lighttpd.conf.in")
    text=${text//@BIND@/$BIND}
    text=${text//@PORT@/$PORT}
    text=${text//@PROCS@/$PROCS}
    text=${text//@RUN_DIR@/$run_dir}
    text=${text//@RESPONDER@/$top/build/gemini-balance.fcgi}
    text=${text//@TEMPLATES@/$top/templates}
    text=${text//@STATIC@/$top/static}
    text=${text//@ENV_FILE@/ --env-file $env_file}
    text=${text//@DEMO@/$([ "$demo" = no ] || demo_server)}
    printf '%s\n' "$text" >"$run_dir/lighttpd.conf"
}

wait_until_healthy() {
    local tries=0
    while [ "$tries" -lt 150 ]; do
        kill -0 "$group" 2>/dev/null || die "lighttpd has ended; its message is above"
        curl -fsS -o /dev/null --max-time 2 -g "http://$reached_at:$PORT/health" 2>/dev/null && return
        sleep 0.1
        tries=$((tries + 1))
    done
    die "the program does not answer; its messages are above"
}

# tell_missing_keys URL GBCTL: a pool without keys answers nothing; says how to fill it.
tell_missing_keys() {
    [ -z "$("$top/build/gbctl" --env-file "$env_file" keys list 2>/dev/null)" ] || return 0
    cat <<MISSING

No keys yet: nothing can be answered. Make some at https://aistudio.google.com/apikey, and paste them at
$1/keys, or add them here (no restart is needed):

  $2 keys add KEY...
MISSING
}

print_access() {
    local token admin shell url=http://$reached_at:$PORT
    token=$("$top/build/gbctl" --env-file "$env_file" token list --reveal | awk 'NR == 1 {print $2}')
    admin=$("$top/build/gbctl" --env-file "$env_file" settings get --reveal AUTH_TOKEN)
    shell=$(printf 'DATA_DIR=%q %q' "$DATA_DIR" "$top/build/gbctl")
    [ "$env_file" = "$DATA_DIR/.env" ] || shell+=$(printf ' --env-file %q' "$env_file")
    cat <<ACCESS

Gemini Balance is running$([ "$demo" = no ] || echo " with a SIMULATED Gemini").

  Address       $url      (OpenAI: $url/v1, Gemini: $url)
  Admin         $url/
  Client token  $token
  Admin token   $admin
  Settings      $env_file
  Shell         $shell keys list
$(tell_missing_keys "$url" "$shell")
Try it:

  curl $url/v1/chat/completions -H "Authorization: Bearer $token" -H "Content-Type: application/json" -d '{"model":"gemini-3.8-flash","messages":[{"role":"user","content":"Hello"}]}'

Ctrl-C stops it.
ACCESS
}

[ "$demo" = no ] || demo_keys='demo-key-alpha-0001,demo-key-bravo-0002,demo-key-charlie-0003,demo-key-delta-0004,demo-key-nomodel-0005,demo-key-invalid-0006'

install_packages
build
if [ "$build_only" = yes ]; then
    say "Built: build/gemini-balance.fcgi, build/gbctl"
    exit 0
fi

PORT=${PORT:-8000} BIND=${BIND:-127.0.0.1} PROCS=${PROCS:-1} DATA_DIR=${DATA_DIR:-./data}
local_host=$BIND
case $BIND in 0.0.0.0 | "") local_host=127.0.0.1 ;; "::" | "[::]") local_host=::1 ;; esac
local_host=${local_host#[} local_host=${local_host%]}
reached_at=$local_host # in an address
case $local_host in *:*) reached_at=[$local_host] BIND=[${BIND//[][]/}] ;; esac
if [ "$demo" = yes ]; then
    DATA_DIR=$DATA_DIR/demo
    export API_KEYS=$demo_keys BASE_URL=http://$reached_at:$PORT/demo-upstream/v1beta
    export GB_DEMO_NOTE=1
fi
if (exec 3<>"/dev/tcp/$local_host/$PORT") 2>/dev/null; then
    die "something else is listening on $local_host:$PORT; choose another with PORT=..."
fi
prepare_data

run_dir=$(mktemp -d "${TMPDIR:-/tmp}/gemini-balance.XXXXXX")
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
write_lighttpd_conf
setsid "$(find_lighttpd)" -D -f "$run_dir/lighttpd.conf" </dev/null &
group=$!
wait_until_healthy
print_access
wait "$group" || true
die "lighttpd has ended"
