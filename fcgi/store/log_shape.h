/* The fields of log rows, as a table: from it come the packed form in the journal's queue, the
 * parameters of an INSERT and the reading of a row. Private to store/. */
#ifndef STORE_LOG_SHAPE_H
#define STORE_LOG_SHAPE_H

#include "store/store_log.h"
#include "store/store_names.h"

enum log_field_type {
    LOG_INT64,
    LOG_INT,
    LOG_BOOL,
    LOG_FLAG,   /* bool, in the queue only: no column */
    LOG_STRING, /* char[], stored as it is */
    LOG_NAMED   /* char[], stored as the number of a name of `kind` in column <field>_id */
};

struct log_field {
    const char *name;   /* of the field, and of the column when reading */
    const char *column; /* of the table: the parameter's name */
    const char *kind;   /* of NAMED */
    enum log_field_type type;
    unsigned short offset, size;
};

struct log_shape {
    const struct log_field *fields;
    size_t count;
};

extern const struct log_shape log_request_shape, log_attempt_shape;

/* Where names get their numbers: the log's transaction and cache. */
struct log_name_source {
    struct names *names;
    struct sql_tx *tx;
};

/* At most this many bytes are a packed row. */
#define LOG_PACKED_MAX 2048

/* Writes the row without the unused ends of its texts; returns the length. */
size_t log_pack(const struct log_shape *shape, const void *row,
                unsigned char packed[LOG_PACKED_MAX]);
void log_unpack(const struct log_shape *shape, const unsigned char *packed, void *row);
/* Binds every field, numbering names as needed. */
int log_bind(const struct log_shape *shape, const void *row, struct sql_stmt *stmt,
             struct log_name_source *source, struct err *err);
/* Reads the current row of a view that has a column for every field. */
void log_read(const struct log_shape *shape, struct sql_stmt *stmt, void *row);
/* Walks the attempts that `stmt` gives. 0, or -1. */
int log_each_attempt(struct sql_stmt *stmt, store_log_attempt_visit *visit, void *ctx,
                     struct err *err);

#endif
