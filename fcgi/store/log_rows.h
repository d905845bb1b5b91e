/* Writing rows of the log inside one transaction, one after another: what the journal and
 * store_log_write() share. Private to store/. */
#ifndef STORE_LOG_ROWS_H
#define STORE_LOG_ROWS_H

#include "store/log_shape.h"

struct log_rows {
    struct store *store;
    struct sql_tx *tx;
    struct sql_stmt *request, *attempt, *body;
};

/* Whether the row counts as a failure: its status, or an error that came after it was sent. */
bool log_request_failed(const struct log_request *row);
bool log_attempt_failed(const struct log_attempt *row);

/* Begins, waiting at most `timeout_ms` for another process. On failure nothing is left open. */
int log_rows_begin(struct log_rows *rows, struct store *store, int timeout_ms, struct err *err);
/* Rows that are there already stay as they are. */
int log_rows_request(struct log_rows *rows, const struct log_request *row, struct err *err);
int log_rows_attempt(struct log_rows *rows, const struct log_attempt *row, struct err *err);
int log_rows_body(struct log_rows *rows, const struct log_error_body *row, struct err *err);
/* Ends the transaction: commits when `ok`. 0 when all was written. */
int log_rows_end(struct log_rows *rows, bool ok, struct err *err);

#endif
