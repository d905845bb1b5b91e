#!/bin/sh
# Writes C source with the numbered migrations of the folders main/ and log/ beside this script:
#     sh embed.sh DIRECTORY_OF_THIS_SCRIPT > schema_data.c
# Files are named NNNN_name.sql, numbered from 0001 without gaps.
set -eu
here=$1

quote() { # a file as lines of C string literals
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$/\\n"/' "$1"
}

embed() { # database
    count=0
    echo "static const struct sql_migration $1_migrations[] = {"
    for file in "$here/$1"/[0-9][0-9][0-9][0-9]_*.sql; do
        count=$((count + 1))
        name=$(basename "$file" .sql)
        number=$(expr "$name" : '0*\([0-9]*\)_')
        if [ "$number" != "$count" ]; then
            echo "embed.sh: $file: expected number $count" >&2
            exit 1
        fi
        echo "{$number, \"$1/$name\","
        quote "$file"
        echo "},"
    done
    echo "};"
    echo "const struct sql_migrations schema_$1 = {$1_migrations, $count};"
}

echo '/* Made by fcgi/store/schema/embed.sh of the SQL files there. */'
echo '#include "store/schema.h"'
embed main
embed log
