#include "store/store_log.h"

#include "base/rand.h"
#include "store/log_rows.h"
#include "store/store_private.h"
#include "store/usage_batch.h"

/* 2^42 milliseconds reach to the year 2109; the rest of 63 bits is chance. */
#define ID_CHANCE_BITS 21
/* A caller that writes by itself waits as any other write. */
#define WRITE_TIMEOUT_MS 5000

int64_t store_log_id(int64_t now_ms)
{
    return store_log_first_id(now_ms) | (int64_t)(rand_u64() >> (64 - ID_CHANCE_BITS));
}

int64_t store_log_first_id(int64_t time_ms)
{
    return time_ms << ID_CHANCE_BITS;
}

int64_t store_log_id_time(int64_t id)
{
    return id >> ID_CHANCE_BITS;
}

static int batch_rows(struct log_rows *rows, const struct log_batch *batch, struct err *err)
{
    for (size_t i = 0; i < batch->request_count; i++)
        if (log_rows_request(rows, &batch->requests[i], err) != 0)
            return -1;
    for (size_t i = 0; i < batch->attempt_count; i++)
        if (log_rows_attempt(rows, &batch->attempts[i], err) != 0)
            return -1;
    for (size_t i = 0; i < batch->body_count; i++)
        if (log_rows_body(rows, &batch->bodies[i], err) != 0)
            return -1;
    return 0;
}

static int batch_count(struct store *store, const struct log_batch *batch, struct err *err)
{
    struct usage_batch *usage CLEANUP(usage_batch_destroy) = usage_batch_create();
    for (size_t i = 0; i < batch->request_count; i++)
        usage_batch_request(usage, &batch->requests[i]);
    for (size_t i = 0; i < batch->attempt_count; i++)
        usage_batch_attempt(usage, &batch->attempts[i]);
    return usage_batch_write(usage, store, WRITE_TIMEOUT_MS, err);
}

int store_log_write(struct store *store, const struct log_batch *batch, bool keep_rows,
                    struct err *err)
{
    if (keep_rows) {
        struct log_rows rows;
        if (log_rows_begin(&rows, store, WRITE_TIMEOUT_MS, err) != 0)
            return -1;
        if (log_rows_end(&rows, batch_rows(&rows, batch, err) == 0, err) != 0)
            return -1;
    }
    return batch_count(store, batch, err);
}
