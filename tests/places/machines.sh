# shellcheck shell=bash disable=SC2154  # out, top, venv, jobs: of tests/places.sh
# Other machines: the program is built for them by a cross compiler against the libraries of a clean system of
# theirs, and run by an emulator. Sourced by tests/places.sh.

# machine_build ARCH OPTION...: $out/build-ARCH; i386 is built in its own system, natively.
machine_build() {
    local arch=$1 triplet root build
    shift
    triplet=$(triplet_of "$arch") root=$out/base-$arch build=$out/build-$arch
    mkdir -p "$build"
    # shellcheck disable=SC2016  # for the inner shell
    if [ "$arch" = i386 ]; then
        base i386 i386 "gcc,g++,make,pkg-config,$libraries" || return 1
        inside "$root" setarch i686 sh -c 'cd "$1" && shift && "$@" >configure.out' sh "$build" "$top/configure" \
            --enable-developer CFLAGS="-O1 -g" CXXFLAGS="-O1 -g" "$@" &&
            inside "$root" setarch i686 sh -c 'make -C "$1" -j"$2" all && make -C "$1" -j"$2" check TESTS=' sh "$build" "$jobs" >"$build/make.out" 2>&1
    else
        base "$arch" "$arch" "$libraries" || return 1
        need "gcc-$triplet" "g++-$triplet"
        (
            cd "$build" &&
                export PKG_CONFIG_LIBDIR="$root/usr/lib/$triplet/pkgconfig:$root/usr/share/pkgconfig" \
                    PKG_CONFIG_SYSROOT_DIR="$root" &&
                "$top/configure" --host="$triplet" CC="$triplet-gcc --sysroot=$root" \
                    CXX="$triplet-g++ --sysroot=$root" CFLAGS="-O1 -g" CXXFLAGS="-O1 -g" \
                    --enable-developer "$@" >configure.out && { make -j"$jobs" all && make -j"$jobs" check TESTS=; } >make.out 2>&1
        )
    fi || { tail -n 20 "$build/make.out"; return 1; }
    say "built: $(file -b "$build/gemini-balance.fcgi" | cut -d, -f1-2)"
}

# machine_unit ARCH: every unit test inside the other system (the simulator plays days: too slow there).
machine_unit() {
    say "unit tests inside base-$1"
    # shellcheck disable=SC2016  # for the inner shell
    inside "$out/base-$1" sh -c '
        passed=0 failed=0
        cd "$1" || exit 1
        for test in $(find tests/unit -type f -perm -u+x ! -name "*.*" | sort); do
            if timeout 300 ./"$test" >"$test.out" 2>&1; then
                passed=$((passed + 1))
            else
                failed=$((failed + 1))
                echo "FAIL $test"
                grep -v "OK" "$test.out" | tail -n 12
            fi
        done
        echo "unit: $passed passed, $failed failed"
        [ "$failed" -eq 0 ] && [ "$passed" -gt 50 ]' sh "$out/build-$1"
}

# machine_system ARCH SLOW TEST...: system tests against the program in its emulator, behind this system's
# lighttpd and asked by this system's clients.
machine_system() {
    local arch=$1 slow=$2 root=$out/base-$1 build=$out/build-$1 run=$out/run-$1 start name
    shift 2
    mkdir -p "$run"
    if [ "$arch" = i386 ]; then
        start="$root/lib/ld-linux.so.2 --library-path $root/lib/i386-linux-gnu:$root/usr/lib/i386-linux-gnu"
    else
        start="$(command -v "$(emulator_of "$arch")") -L $root"
    fi
    for name in gemini-balance.fcgi gbctl; do
        printf '#!/bin/sh\nexec %s %s "$@"\n' "$start" "$build/$name" >"$run/$name"
        chmod +x "$run/$name"
    done
    say "system tests: $*"
    (cd "$top/tests/system" && GB_BUILD=$run GB_SLOW=$slow "$venv/bin/pytest" -q -n "$jobs" --dist loadgroup "$@")
}
