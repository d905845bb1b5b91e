# shellcheck shell=bash disable=SC2154  # out, top, venv, jobs: of tests/places.sh
# From what was before: the programs of earlier schemas, and gemini-balance. Sourced by tests/places.sh.

place_upgrade() { part programs old_programs && part upgrade upgrade; }

# The last commit before each one that added a migration.
old_commits() {
    git -C "$top" log --diff-filter=A --format=%H -- fcgi/store/schema/main fcgi/store/schema/log |
        while read -r commit; do
            git -C "$top" rev-parse --verify -q "$commit^" || continue
        done
}

schema_at() { git -C "$top" ls-tree --name-only "$1" "fcgi/store/schema/$2/" 2>/dev/null | wc -l; }

old_program() {
    rm -rf "$2" && mkdir -p "$2/source" "$2/build" && git -C "$top" archive "$1" | tar x -C "$2/source" &&
        cd "$2/source" && ./autogen.sh && cd ../build && ../source/configure CFLAGS=-O1 CXXFLAGS=-O1 &&
        make -j"$jobs" gemini-balance.fcgi gbctl
}

# Builds the program of each earlier schema into $out/old/MAIN.LOG, named by the newest migration of each store.
old_programs() {
    local commit name folder
    git -C "$top" rev-parse -q --verify HEAD >/dev/null || { say "the history is not here"; return 1; }
    mkdir -p "$out/old"
    for commit in $(old_commits); do
        name=$(schema_at "$commit" main).$(schema_at "$commit" log)
        folder=$out/old/$name
        [ "$name" != 0.0 ] || continue
        if [ "$(cat "$folder.made" 2>/dev/null)" != "$commit" ]; then
            (old_program "$commit" "$folder") >"$folder.log" 2>&1 || { tail -n 20 "$folder.log"; return 1; }
            say "$commit" >"$folder.made"
        fi
        say "schema $name: the program of $(git -C "$top" log -1 --format='%h, %cs' "$commit")"
    done
}

upgrade() {
    mkdir -p "$out/build-bundle"
    (cd "$out/build-bundle" && { [ -f Makefile ] || "$top/configure"; } && make -j"$jobs" gemini-balance.fcgi gbctl) \
        >"$out/build-bundle/make.out" 2>&1 || { tail -n 20 "$out/build-bundle/make.out"; return 1; }
    places_pytest GB_OLD="$out/old" GB_BUILD="$out/build-bundle" test_upgrade.py
}

place_import() { part package deb_once && part import moving_over; }

# MariaDB and its mysqldump beside the installed package, in a clean system.
moving_over() {
    system_with import-system mariadb-server mariadb-client || return 1
    places_pytest GB_SYSTEM="$out/import-system" GB_INSTALL_LOG="$out/import-system.log" \
        GB_BUILD="$out/import-system/usr/bin" test_import.py
}
