/* The parts of reference.h. Private to this folder. */
#ifndef TRANSFER_REFERENCE_PRIVATE_H
#define TRANSFER_REFERENCE_PRIVATE_H

#include "store/foreign.h"
#include "transfer/reference.h"

struct reference {
    struct site *site;
    const struct reference_options *options;
    struct transfer_report *report;
    struct setting_rows rows; /* .env, then t_settings: the last of a name wins */
    int64_t now_ms;
};

/* Walks a table of its database, whatever the database is: 1, 0 without such a table, -1. */
int reference_each(const struct reference *reference, const struct foreign_table *table,
                   foreign_row_visit *visit, void *ctx, struct err *err);
/* Local time as the database writes it ("2025-07-01 12:34:56.789012") in ms since 1970; -1 when the text
 * is none. */
int64_t reference_time(const char *text);
/* The id of a key of any kind by its secret; 0 when it is not in the pool, -1. */
int64_t reference_key_id(const struct reference *reference, const char *secret, struct err *err);

/* reference_settings.c: all of rows but keys and tokens. */
int reference_take_settings(struct reference *reference, struct err *err);
/* True when `value` is what the reference has without anybody's choice. */
bool reference_is_default(const struct setting_def *def, const char *value);

/* reference_log.c: t_request_log and t_error_logs. */
int reference_take_log(struct reference *reference, struct err *err);

#endif
