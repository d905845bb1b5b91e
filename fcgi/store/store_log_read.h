/* Reading single requests of the log. */
#ifndef STORE_STORE_LOG_READ_H
#define STORE_STORE_LOG_READ_H

#include "base/strbuf.h"
#include "store/store_log.h"

/* 1 found, 0 not, -1. */
int store_log_request(struct store *store, int64_t id, struct log_request *row_r, struct err *err);
/* Walks the attempts of a request by their numbers. */
int store_log_attempts(struct store *store, int64_t request_id, store_log_attempt_visit *visit,
                       void *ctx, struct err *err);
/* Appends the recorded request body: 1, 0 when none was recorded, -1. */
int store_log_body(struct store *store, int64_t request_id, struct strbuf *out, struct err *err);

#endif
