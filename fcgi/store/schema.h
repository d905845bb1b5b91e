/* The migrations of the two databases, made at build time of the files under schema/. Private to
 * store/. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stddef.h>

#include "store/sql.h"

struct schema {
    const struct sql_migration *migrations;
    size_t count;
};

extern const struct schema schema_main, schema_log;

#endif
