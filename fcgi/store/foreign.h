/* The tables of another program's SQLite file, read and never written. */
#ifndef STORE_FOREIGN_H
#define STORE_FOREIGN_H

#include <stddef.h>

#include "base/err.h"

/* One row as texts; borrowed for the visit. A value that is NULL in the database is NULL. */
struct foreign_row {
    size_t count;
    const char *const *names;
    const char *const *values;
};

typedef int foreign_row_visit(void *ctx, const struct foreign_row *row); /* != 0 stops the walk */

/* The value of a column; NULL when it is NULL or there is no such column. */
const char *foreign_row_get(const struct foreign_row *row, const char *name);

struct foreign_table {
    const char *name;
    const char *select; /* "SELECT * FROM name": constants of the caller, never made at run time */
};
/* Walks a table: 1, 0 when the file has no such table, -1 (ERR_INVALID: no SQLite file). */
int foreign_sqlite_each(const char *path, const struct foreign_table *table,
                        foreign_row_visit *visit, void *ctx, struct err *err);

#endif
