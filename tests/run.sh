#!/usr/bin/env bash
# Installs what the tests need, builds, runs every test, and ends with one line of counts.
set -u

usage() {
    cat <<USAGE
Usage: tests/run.sh [--quick | --more | --all] [PHASE]...

  (nothing)  lint, unit (golden cases and simulator included), system, dist: within ten minutes
  --quick    the same without dist
  --more     valgrind and the sanitizer builds as well, with the system tests likely to find something
  --all      as --more, with every system test in the sanitizer builds
  PHASE      only these, in their usual order: lint unit system valgrind address thread dist
             (--all thread: every system test under the thread sanitizer)

What each phase printed is in tests/out/PHASE.log. The machine needs apt (Debian or its kin) or the
packages that are named when something is missing; everything else is installed below tests/.
USAGE
}

top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/tests/out
venv=$top/tests/.venv
old_sdk=$venv/old-sdk
node=$top/tests/system/node
jobs=$(nproc 2>/dev/null || echo 2)
usual_phases="lint unit system dist"
all_phases="lint unit system valgrind address thread dist"
# What the slower sanitizer builds run of the system tests: bytes from outside; threads and processes.
address_tests="test_bad_input.py test_client_gone.py test_gemini_native.py test_models.py test_openai_chat.py
    test_openai_stream.py test_openai_tools.py test_recordings.py test_admin_door.py test_continuation.py
    test_media.py test_fake_stream.py test_choices.py test_pool_real.py"
thread_tests="test_client_gone.py test_choices.py test_media.py test_openai_stream.py test_rotation.py test_settings_live.py
    test_shutdown.py test_store_trouble.py test_kill9.py test_proxies.py"

# --- options ------------------------------------------------------------------------------------

phases=
default_phases=$usual_phases
for argument in "$@"; do
    case $argument in
    --quick) default_phases="lint unit system" ;;
    --more) default_phases=$all_phases ;;
    --all) default_phases=$all_phases address_tests='' thread_tests='' ;;
    --help | -h) usage; exit 0 ;;
    lint | unit | system | valgrind | address | thread | dist) phases="$phases $argument" ;;
    *) usage >&2; exit 2 ;;
    esac
done
[ -n "$phases" ] || phases=$default_phases

wanted() { case " $phases " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

# --- what the tests need ---------------------------------------------------------------------------

# quickstart.sh names what the build needs; the rest is for the tests.
eval "$(awk '/^(packages|encoders)=\(/ { inside = 1 } inside { print } /\)$/ { inside = 0 }' "$top/quickstart.sh")"
needed=("${packages[@]}" libcmocka-dev clang-format cppcheck shellcheck universal-ctags valgrind wrk sqlite3
    apache2 libapache2-mod-fcgid nginx caddy openssl tzdata)

python_with_venv() { python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; }

install_packages() {
    local missing=()
    python_with_venv || needed+=(python3 python3-venv)
    command -v node >/dev/null || needed+=(nodejs)
    command -v npm >/dev/null || needed+=(npm)
    if ! command -v dpkg-query >/dev/null; then
        echo "This system has no apt; what may be missing: ${needed[*]}"
        return 0
    fi
    mapfile -t missing < <(missing_of "${needed[@]}")
    mapfile -t encoders < <(missing_of "${encoders[@]}")
    [ ${#missing[@]} -gt 0 ] || [ ${#encoders[@]} -gt 0 ] || return 0
    echo "Installing: ${missing[*]} ${encoders[*]}"
    local root=()
    [ "$(id -u)" = 0 ] || root=(sudo)
    "${root[@]}" apt-get update -q && apt_install "${missing[@]}" "${encoders[@]}" && return 0
    # Tests of encoders that are not there are skipped.
    [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
}

# missing_of PACKAGE...: those that are not installed, one a line.
missing_of() {
    local package
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

# A web server that its package starts by itself would only be in the way.
apt_install() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends "$@"
}

# fresh STAMP FILE...: whether the files are the same as when the stamp was made.
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$(cat "${@:2}" | cksum)" ]; }
stamp() { cat "${@:2}" | cksum >"$1"; }

install_python() {
    fresh "$venv/stamp" "$top/tests/requirements.txt" && [ -x "$venv/bin/pytest" ] && return 0
    rm -rf "$venv"
    python3 -m venv "$venv" &&
        "$venv/bin/pip" install -q --disable-pip-version-check -r "$top/tests/requirements.txt" &&
        stamp "$venv/stamp" "$top/tests/requirements.txt"
}

# A folder of its own: an SDK whose newer self is in the other.
install_old_sdk() {
    fresh "$old_sdk/stamp" "$top/tests/requirements-old.txt" && return 0
    rm -rf "$old_sdk"
    "$venv/bin/pip" install -q --disable-pip-version-check --no-deps --target "$old_sdk" \
        -r "$top/tests/requirements-old.txt" && stamp "$old_sdk/stamp" "$top/tests/requirements-old.txt"
}

# install_node FOLDER: what its package-lock.json names.
install_node() {
    fresh "$1/node_modules/stamp" "$1/package-lock.json" && return 0
    (cd "$1" && npm ci --no-fund --no-audit --ignore-scripts) &&
        stamp "$1/node_modules/stamp" "$1/package-lock.json"
}

install_all() {
    install_packages && install_python && install_old_sdk && install_node "$node" &&
        install_node "$top/tests/system/browser"
}

# --- building --------------------------------------------------------------------------------------

# configured FOLDER OPTION...: a build folder out of the tree.
configured() {
    local folder=$top/$1
    shift
    if [ ! -x "$top/configure" ] || [ "$top/configure.ac" -nt "$top/configure" ] ||
        [ -n "$(find "$top" -maxdepth 4 \( -name local.mk -o -name Makefile.am \) -newer "$top/configure" \
            -not -path '*/node_modules/*' -print -quit)" ]; then
        (cd "$top" && ./autogen.sh) || return 1
    fi
    mkdir -p "$folder"
    [ -f "$folder/Makefile" ] && [ "$folder/Makefile" -nt "$top/configure" ] && return 0
    (cd "$folder" && ../configure --enable-developer "$@")
}

build() {
    make -C "$top/$1" -j"$jobs" all
}

# --- phases ----------------------------------------------------------------------------------------
# Each prints what it does and ends with the status of the whole.

phase_lint() {
    "$top/tests/lint/run.sh" && "$top/tests/lint/selftest.sh"
}

# Most of what takes long waits for time to pass, so more of them run at once than there are processors.
phase_unit() {
    configured build-tests CFLAGS="-O1 -g" CXXFLAGS="-O1 -g" && build build-tests &&
        make -C "$top/build-tests" -j"$jobs" -s check TESTS= &&
        make -C "$top/build-tests" -j"$((jobs * 2))" check
}

pytest_of() {
    local folder=$1
    shift
    [ -d "$top/$folder" ] || { echo "$folder is not built"; return 1; }
    (cd "$top/tests/system" && GB_BUILD=$top/$folder "$venv/bin/pytest" -n "$jobs" -o timeout=$((120 * ${GB_SLOW:-1})) "$@")
}

# What waits for a minute on purpose does so beside all others.
phase_system() {
    local status=0 waiting
    configured build-tests CFLAGS="-O1 -g" CXXFLAGS="-O1 -g" && build build-tests || return 1
    set +m
    pytest_of build-tests -m slow -n 0 >"$out/system-slow.log" 2>&1 &
    waiting=$!
    pytest_of build-tests -m "not slow" || status=1
    wait "$waiting" || status=1
    cat "$out/system-slow.log"
    return $status
}

# What says nothing in a slower build, because it measures time or memory; and what is pure, so that
# threads cannot meet in it.
measuring='/sim/|/http/test_listener|/store/test_.*(trouble|kill)|/upstream/test_call|/exchange/test_exchange_|_size$|_memory$'
pure='/sim/|/unit/(base/test_(arena|codec|json|str)|pool|translate)'

# check_without FOLDER PATTERN VARIABLE=VALUE...: the unit tests, but those whose names fit.
check_without() {
    local folder=$top/$1 pattern=$2 programs
    shift 2
    make -C "$folder" -j"$jobs" -s check TESTS= || return 1
    programs=$(cd "$folder" && find tests/unit -name 'test_*' -type f -executable | grep -Ev "$pattern" | sort)
    make -C "$folder" -j"$jobs" check TESTS="$(echo "$programs" | tr '\n' ' ')" "$@"
}

phase_valgrind() {
    configured build-tests CFLAGS="-O1 -g" CXXFLAGS="-O1 -g" && build build-tests &&
        GB_SLOW=20 check_without build-tests "$measuring" LOG_COMPILER=valgrind \
            LOG_FLAGS="-q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=9 --child-silent-after-fork=yes \
                --suppressions=$top/tests/unit/valgrind.supp"
}

phase_address() {
    local status=0
    configured build-address --with-sanitizer=address,undefined CFLAGS="-O1 -g1" CXXFLAGS="-O1 -g1" &&
        build build-address || return 1
    GB_SLOW=3 check_without build-address "/sim/|_size$|_memory$" || status=1
    # shellcheck disable=SC2086  # a list of files
    GB_SLOW=3 pytest_of build-address $address_tests || status=1
    return $status
}

phase_thread() {
    local status=0
    configured build-thread --with-sanitizer=thread CFLAGS="-O1 -g1" CXXFLAGS="-O1 -g1" &&
        build build-thread || return 1
    GB_SLOW=4 check_without build-thread "$pure|_size$|_memory$" || status=1
    # shellcheck disable=SC2086
    GB_SLOW=4 pytest_of build-thread $thread_tests || status=1
    return $status
}

# All of it was tested above; here it is that the package is whole and builds apart from its sources.
phase_dist() {
    configured build-tests CFLAGS="-O1 -g" CXXFLAGS="-O1 -g" &&
        make -C "$top/build-tests" -j"$jobs" distcheck \
            DISTCHECK_CONFIGURE_FLAGS="CFLAGS=-O0 CXXFLAGS=-O0 --disable-hardening" \
            TESTS="tests/unit/base/test_arena tests/unit/view/test_view_escape tests/unit/translate/test_golden"
}

# --- counting --------------------------------------------------------------------------------------

passed=0 failed=0 skipped=0 counted=

add() {
    local counts
    read -r -a counts <<<"$("$top/tests/tally.py" "$@" 2>/dev/null || echo "0 0 0")"
    passed=$((passed + counts[0])) failed=$((failed + counts[1])) skipped=$((skipped + counts[2]))
    counted="${counts[0]} passed, ${counts[1]} failed, ${counts[2]} skipped"
    phase_failed=$((phase_failed + counts[1]))
}

count() {
    phase_failed=0
    case $1 in
    lint) add lint "$out/lint.log" ;;
    unit | valgrind) add unit "$top/build-tests" "$started" ;;
    system) add pytest "$out/system.log" ;;
    address | thread)
        local units
        add unit "$top/build-$1" "$started"
        units=$counted
        add pytest "$out/$1.log"
        counted="unit: $units; system: $counted"
        ;;
    dist) passed=$((passed + (status == 0))) counted="make distcheck" ;;
    esac
    # A phase that broke down without a test to show for it is a failure of its own.
    if [ "$status" -ne 0 ] && [ "$phase_failed" -eq 0 ]; then
        failed=$((failed + 1))
    fi
}

# --- running ---------------------------------------------------------------------------------------

running=

stop() {
    trap - INT TERM HUP
    if [ -n "$running" ]; then
        kill -TERM -- "-$running" 2>/dev/null
        wait "$running" 2>/dev/null
    fi
    exit 130
}
trap stop INT TERM HUP

# run NAME COMMAND...: in a process group of its own, so that all of it can be stopped.
run() {
    local name=$1 began=$SECONDS
    started=$(date +%s)
    shift
    set -m
    "$@" >"$out/$name.log" 2>&1 </dev/null &
    running=$!
    set +m
    wait "$running"
    status=$?
    running=
    seconds=$((SECONDS - began))
}

show_failure() {
    echo "--- the end of tests/out/$1.log ---"
    tail -n 60 "$out/$1.log"
    echo "---"
}

mkdir -p "$out"
run install install_all
printf '%-10s %4d s\n' install "$seconds"
if [ "$status" -ne 0 ]; then
    show_failure install
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

for phase in $all_phases; do
    wanted "$phase" || continue
    run "$phase" "phase_$phase"
    count "$phase"
    printf '%-10s %4d s   %s\n' "$phase" "$seconds" "$counted"
    [ "$status" -eq 0 ] || show_failure "$phase"
done

printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
