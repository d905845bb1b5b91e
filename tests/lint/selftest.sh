#!/bin/sh
# Checks the checks: a small tree with one offence for each must make each of them fail and name
# the place, and must pass once the offences are gone.
here=$(cd "$(dirname "$0")" && pwd) || exit 1
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT
faults=0

fail() {
    echo "selftest: $*"
    faults=$((faults + 1))
}

# The marks are put together here, so that the checks do not find this file.
write_bad_tree() {
    mkdir -p "$tree/fcgi/base" "$tree/fcgi/pool" "$tree/fcgi/unknown"
    cp "$here/../../.clang-format" "$tree/"
    printf '#include "store/store.h"\n#include <curl/curl.h>\n#include "key_pool.h"\n' >"$tree/fcgi/pool/layers.c"
    printf 'int x;\n' >"$tree/fcgi/unknown/file.c"
    printf 'void f(char *a)\n{\n    str%s(a, "strcat(b)"); /* strcat(c) */\n}\n' cpy >"$tree/fcgi/base/banned.c"
    printf 'int  x ;\n' >"$tree/fcgi/base/format.c"
    { printf 'int long_one(void)\n{\n'; yes '    ;' | head -n 99; printf '}\n'; } >"$tree/fcgi/base/function.c"
    { printf 'int short_one(void)\n{\n'; yes '    ;' | head -n 98; printf '}\n'; } >"$tree/fcgi/base/fits.c"
    yes '// line' | head -n 801 >"$tree/fcgi/base/file.c"
    printf '/* TO%s later */\n' DO >"$tree/fcgi/base/words.c"
    printf 'int *p = 0; /* see /wor%s/x */\n' k >"$tree/fcgi/base/path.c"
    printf 'int f(void)\n{\n    int *p = 0;\n    return *p;\n}\n' >"$tree/fcgi/base/cppcheck.c"
    mkdir -p "$tree/static" "$tree/templates" "$tree/fcgi/admin"
    printf '<p class="shown {{X}} is-{{X}}" id="one">gone</p>\n' >"$tree/templates/page.tpl"
    printf 'const char *x(void)\n{\n    return "told";\n}\n' >"$tree/fcgi/admin/page.c"
    printf "all('.found');\n" >"$tree/static/page.js"
    printf '/* .never */\n.shown, #one,\n.gone { color: #abc; }\n@media print { .told .is-new > .found { margin: .5em; } .other-{ } }\n' >"$tree/static/page.css"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nrm $1\n' >"$tree/bad.sh"
}

# expect CHECK TEXT...: the check fails and names each text.
expect() {
    check=$1
    shift
    said=$("$here/check_$check" "$tree" 2>&1)
    status=$?
    [ "$status" -eq 77 ] && return
    [ "$status" -eq 1 ] || fail "$check ended with $status"
    for text in "$@"; do
        case $said in
        *"$text"*) ;;
        *) fail "$check did not name $text" ;;
        esac
    done
}

# expect_lines CHECK COUNT: it names that many places and not one more.
expect_lines() {
    count=$("$here/check_$1" "$tree" 2>&1 | grep -vc '^note: ')
    [ "$count" -eq "$2" ] || fail "$1 named $count places, not $2"
}

PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
write_bad_tree
expect layers.py fcgi/pool/layers.c:1 fcgi/pool/layers.c:2 fcgi/pool/layers.c:3 fcgi/unknown/file.c
expect_lines layers.py 4
expect banned_functions.py fcgi/base/banned.c:3
expect_lines banned_functions.py 1
expect function_length.py long_one fcgi/base/function.c:2
expect_lines function_length.py 1
expect file_length.py fcgi/base/file.c
expect_lines file_length.py 1
expect css_names.py static/page.css:3 static/page.css:4
expect_lines css_names.py 2
expect words.py fcgi/base/words.c:1 fcgi/base/path.c:1
expect_lines words.py 2
expect format.sh fcgi/base/format.c
expect shell.sh bad.sh:2
expect cppcheck.sh fcgi/base/cppcheck.c:4

rm -rf "$tree/fcgi" "$tree/static" "$tree/bad.sh"
mkdir -p "$tree/fcgi/base" "$tree/fcgi/pool"
printf '#include "base/err.h"\n' >"$tree/fcgi/pool/good.c"
"$here/run.sh" "$tree" >"$tree/said" || fail "a clean tree does not pass: $(cat "$tree/said")"

[ "$faults" -eq 0 ] && echo "selftest: the checks find what they should"
[ "$faults" -eq 0 ]
