/* The text that mysqldump, mariadb-dump and phpMyAdmin write: rows out of its INSERT statements.
 *
 *     INSERT [IGNORE] | REPLACE INTO [`db`.]`table` [(`a`, `b`)] VALUES (1,'text',NULL), (...);
 *
 * Column names come from the statement, or from the table's CREATE TABLE before it. Everything else
 * in the file (comments, other statements, other tables) is passed over. */
#ifndef TRANSFER_MYSQL_DUMP_H
#define TRANSFER_MYSQL_DUMP_H

#include "store/foreign.h"

/* Walks the rows of a table: 1, 0 when the dump does not name the table, -1 (ERR_INVALID with the
 * line that cannot be read, ERR_IO). Values come as their text: numbers as written, strings with
 * their escapes undone, binary ones (0x..., _binary '...') as bytes up to their first NUL. */
int mysql_dump_each(const char *path, const char *table, foreign_row_visit *visit, void *ctx,
                    struct err *err);
/* Whether a text that mysqldump or mariadb-dump began lacks the line by which they end: 1 or 0, -1 (ERR_IO). */
int mysql_dump_is_cut(const char *path, struct err *err);

#endif
