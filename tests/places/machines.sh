# shellcheck shell=bash disable=SC2154  # out, top, venv, jobs: of tests/places.sh
# Other machines: the program is built for them by a cross compiler against the libraries of a clean system of
# theirs, and run by an emulator. Sourced by tests/places.sh.

# machine ARCH SLOW TESTS: all parts; TESTS are system tests. SLOW is how many times slower than usual it is.
machine() {
    local arch=$1 slow=$2 status=0
    part build machine_build "$arch" "" --enable-developer CFLAGS="-O1 -g" CXXFLAGS="-O1 -g" || return 1
    part unit machine_unit "$arch" "$slow" || status=1
    if [ -n "$3" ]; then
        # shellcheck disable=SC2086  # a list
        part system machine_system "$arch" "$slow" $3 || status=1
        part build-small machine_small "$arch" &&
            part memory machine_memory "$arch" "$slow" || status=1
    fi
    return "$status"
}

# machine_base ARCH: its system, and what builds for it.
machine_base() {
    local arch=$1 triplet
    triplet=$(triplet_of "$arch")
    if [ "$arch" = i386 ]; then
        base i386 i386 "gcc,g++,make,pkg-config,$libraries"
    else
        base "$arch" "$arch" "$libraries" && need "gcc-$triplet" "g++-$triplet"
    fi
}

# machine_configure ARCH FOLDER CONFIGURE OPTION...: in FOLDER. i386 is built in its own system, natively.
machine_configure() {
    local arch=$1 folder=$2 triplet root
    triplet=$(triplet_of "$arch") root=$out/base-$arch
    shift 2
    mkdir -p "$folder"
    # shellcheck disable=SC2016  # for the inner shell
    if [ "$arch" = i386 ]; then
        inside "$root" setarch i686 sh -c 'cd "$1" && shift && "$@"' sh "$folder" "$@"
    else
        (
            cd "$folder" && PKG_CONFIG_LIBDIR="$root/usr/lib/$triplet/pkgconfig:$root/usr/share/pkgconfig" \
                PKG_CONFIG_SYSROOT_DIR="$root" "$@" --host="$triplet" CC="$triplet-gcc --sysroot=$root" \
                CXX="$triplet-g++ --sysroot=$root"
        )
    fi
}

# machine_make ARCH ARGUMENT...
machine_make() {
    local arch=$1
    shift
    if [ "$arch" = i386 ]; then
        inside "$out/base-i386" setarch i686 make -j"$jobs" "$@"
    else
        make -j"$jobs" "$@"
    fi
}

# machine_build ARCH SUFFIX OPTION...: $out/build-ARCHSUFFIX
machine_build() {
    local arch=$1 build=$out/build-$1$2 goals="all"
    [ -n "$2" ] || goals="check TESTS="
    shift 2
    machine_base "$arch" || return 1
    mkdir -p "$build"
    # shellcheck disable=SC2086  # words
    {
        machine_configure "$arch" "$build" "$top/configure" "$@" >"$build/configure.out" 2>&1 &&
            machine_make "$arch" -C "$build" $goals >"$build/make.out" 2>&1
    } || { tail -n 20 "$build/configure.out" "$build/make.out"; return 1; }
    say "built: $(file -b "$build/gemini-balance.fcgi" | cut -d, -f1-2), configured with $*"
}

# machine_small ARCH: as a router's package builds it, with a router's libcurl.
machine_small() {
    machine_base "$1" && router_curl "$1" &&
        machine_build "$1" -small --disable-admin --without-lame CFLAGS=-Os CXXFLAGS=-Os \
            CURL_CFLAGS="-I$out/curl-$1/include" CURL_LIBS="-L$out/curl-$1/lib -lcurl"
}

# machine_unit ARCH SLOW: every unit test inside the other system (the simulator plays days: too slow there).
machine_unit() {
    say "unit tests inside base-$1"
    # shellcheck disable=SC2016  # for the inner shell
    inside "$out/base-$1" sh -c '
        passed=0 failed=0
        cd "$1" || exit 1
        export GB_SLOW="$2"
        sum() { sed -n "s/^\[  $1  \] \([0-9]*\) test(s).*/\1/p" "$test.out" | tail -n 1; }
        for test in $(find tests/unit -type f -perm -u+x ! -name "*.*" | sort); do
            timeout 600 ./"$test" >"$test.out" 2>&1
            status=$?
            here=$(sum PASSED) broken=$(sum FAILED)
            passed=$((passed + ${here:-0}))
            [ "$status" -ne 0 ] || continue
            failed=$((failed + ${broken:-1}))
            echo "FAIL $test, status $status"
            grep -v "OK" "$test.out" | tail -n 12
        done
        echo "unit: $passed passed, $failed failed"
        [ "$failed" -eq 0 ] && [ "$passed" -gt 1000 ]' sh "$out/build-$1" "$2"
}

# machine_programs ARCH SUFFIX [LIBRARIES]: prints a folder where the programs of $out/build-ARCHSUFFIX are started in
# their emulator, with libraries of the folder LIBRARIES before others. Its memory, as the program sees it, lies at GUEST of
# this system's addresses, so that it can be told from the emulator's own.
guest=0x100000000
machine_programs() {
    local arch=$1 first=${3:-} root=$out/base-$1 build=$out/build-$1$2 run start name
    run=$out/run-$1$2${first:+-own}
    mkdir -p "$run"
    if [ "$arch" = i386 ]; then
        start="$root/lib/ld-linux.so.2 --library-path $first:$root/lib/i386-linux-gnu:$root/usr/lib/i386-linux-gnu"
    else
        start="$(command -v "$(emulator_of "$arch")") -B $guest -L $root${first:+ -E LD_LIBRARY_PATH=$first}"
    fi
    for name in gemini-balance.fcgi gbctl; do
        printf '#!/bin/sh\nexec %s %s "$@"\n' "$start" "$build/$name" >"$run/$name"
        chmod +x "$run/$name"
    done
    say "$run"
}

# machine_system ARCH SLOW TEST...: files of system tests against the program in its emulator, behind this system's web
# servers and asked by this system's clients. What has passed is kept (keep.py), so that a cut run can be resumed.
machine_system() {
    local arch=$1 slow=$2
    shift 2
    mkdir -p "$out/results/$arch"
    [ -n "$resume" ] || rm -f "$out/results/$arch/system.kept"
    (cd "$top/tests/system" && GB_BUILD=$(machine_programs "$arch" "") GB_SLOW=$slow GB_RESUME=${resume:-no} \
        GB_KEEP=$out/results/$arch/system.kept PYTHONPATH=$top/tests/places \
        "$venv/bin/pytest" -q -rs -p keep -n "$jobs" -o timeout=$((120 * slow)) "$@")
}

# What another machine is likely to get wrong goes first: time, sizes, threads, streams, the store.
first_tests="test_openai_stream.py test_openai_chat.py test_gemini_native.py test_rotation.py test_cgi.py test_shutdown.py
    test_big_body.py test_first_start.py test_settings_live.py test_kill9.py test_client_gone.py test_store_trouble.py
    test_log.py test_files.py test_moving.py test_fronts_life.py test_fronts.py"

# Then all others, but those that run other programs of the build folder, or this system's own.
system_tests() {
    local test
    say "$first_tests"
    for test in "$top"/tests/system/test_*.py; do
        test=${test##*/}
        case " ${first_tests//$'\n'/ } " in *" $test "*) continue ;; esac
        case $test in *quickstart* | *configure* | *_table* | *browser*) ;; *) printf '%s ' "$test" ;; esac
    done
}

# machine_memory ARCH SLOW: what a router's program keeps in memory, with its own libcurl and with Debian's.
machine_memory() {
    local status=0
    machine_memory_with "$1" "$2" router "$out/curl-$1/lib" || status=1
    machine_memory_with "$1" "$2" debian || status=1
    return "$status"
}

# machine_memory_with ARCH SLOW LIBCURL [LIBRARIES]
machine_memory_with() {
    places_pytest GB_BUILD="$(machine_programs "$1" -small "${4:-}")" GB_SLOW="$2" GB_GUEST="$guest" GB_MACHINE="$1" \
        GB_LIBCURL="$3" test_memory.py
}
