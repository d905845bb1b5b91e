/* The migrations of the two databases, made at build time of the files under schema/. Private to
 * store/. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/sql.h"

extern const struct sql_migrations schema_main, schema_log;

#endif
