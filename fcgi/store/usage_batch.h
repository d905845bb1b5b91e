/* Counters of many attempts and requests, added up in memory until they are written. Private to
 * store/.
 *
 * One entry for each subject, minute and model: what is added ten thousand times is written once.
 * Not thread-safe. */
#ifndef STORE_USAGE_BATCH_H
#define STORE_USAGE_BATCH_H

#include "store/store_usage.h"

struct usage_batch;

struct usage_batch *usage_batch_create(void);
void usage_batch_destroy(struct usage_batch **batch);
bool usage_batch_empty(const struct usage_batch *batch);

/* While writing fails for long and the batch has grown to its maximum, what would need a new entry
 * is lost; false then. */
bool usage_batch_request(struct usage_batch *batch, const struct log_request *row);
bool usage_batch_attempt(struct usage_batch *batch, const struct log_attempt *row);

/* Adds all to the main database in one transaction, waiting for it at most `timeout_ms`, and
 * empties the batch. On failure nothing has been added and the batch is as it was. */
int usage_batch_write(struct usage_batch *batch, struct store *store, int timeout_ms,
                      struct err *err);

#endif
