#include <stdlib.h>
#include <time.h>

#include "base/vec.h"
#include "store/store_private.h"
#include "store/store_usage.h"

/* Rows deleted under one lock: some milliseconds; and the pause in which others get it. */
#define SLICE 1000
#define PAUSE_NS 2000000L

VEC(key_ids, int64_t);

#define TRIM(table, columns)                                                       \
    "DELETE FROM " table " WHERE (" columns ") IN (SELECT " columns " FROM " table \
    " WHERE span = :span AND bucket < :before LIMIT :slice)"

static const struct trim {
    enum usage_subject subject;
    int64_t minutes_kept_ms, hours_kept_ms;
    struct sql_text text;
} trims[] = {
    {USAGE_KEY,
     3 * HOUR_MS,
     8 * DAY_MS,
     {"usage_trim_key", TRIM("usage_key", "span, bucket, key_id, model_id")}},
    {USAGE_TOKEN,
     USAGE_MINUTES_KEPT_MS,
     USAGE_HOURS_KEPT_MS,
     {"usage_trim_token", TRIM("usage_token", "span, bucket, token_id, model_id")}},
    {USAGE_TOTAL,
     USAGE_MINUTES_KEPT_MS,
     USAGE_HOURS_KEPT_MS,
     {"usage_trim_total", TRIM("usage_total", "span, bucket")}},
};

/* Jumps from key to key through the index instead of walking all rows. */
static const struct sql_text KEYS_GONE = {
    "usage_keys_gone",
    "WITH RECURSIVE counted (id) AS (SELECT min(key_id) FROM usage_key UNION ALL"
    " SELECT (SELECT min(key_id) FROM usage_key WHERE key_id > counted.id) FROM counted"
    " WHERE counted.id IS NOT NULL)"
    " SELECT id FROM counted WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM keys)"};
static const struct sql_text KEY_FORGET = {
    "usage_key_forget",
    "DELETE FROM usage_key WHERE (span, bucket, key_id, model_id) IN"
    " (SELECT span, bucket, key_id, model_id FROM usage_key INDEXED BY usage_key_by_key"
    " WHERE key_id = :key_id LIMIT :slice)"};

static int delete_in_slices(struct store *store, const struct sql_text *text,
                            const struct store_bind *binds, struct err *err)
{
    int64_t deleted;
    do {
        deleted = store_write(store, text, binds, STORE_GEN_NONE, err);
        if (deleted == SLICE)
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    } while (deleted == SLICE && !store->retaining_ends);
    return deleted < 0 ? -1 : 0;
}

static int trim_span(struct store *store, const struct trim *trim, enum usage_span span,
                     int64_t before_ms, struct err *err)
{
    int64_t before = store_usage_bucket(trim->subject, span, before_ms);
    return delete_in_slices(
        store, &trim->text,
        BINDS(BIND_INT("span", span), BIND_INT("before", before), BIND_INT("slice", SLICE)), err);
}

static int gone_read(struct store *store, struct key_ids *gone, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_query(store->main, &KEYS_GONE, err);
    if (stmt == NULL)
        return -1;
    int rc;
    while ((rc = sql_step(stmt, err)) == 1)
        VEC_PUSH(gone, sql_col_int(stmt, "id"));
    return rc;
}

static int trim_gone(struct store *store, struct err *err)
{
    struct key_ids gone = {0};
    int rc = gone_read(store, &gone, err);
    for (size_t i = 0; rc == 0 && i < gone.len && !store->retaining_ends; i++)
        rc = delete_in_slices(store, &KEY_FORGET,
                              BINDS(BIND_INT("key_id", gone.items[i]), BIND_INT("slice", SLICE)),
                              err);
    VEC_FREE(&gone);
    return rc;
}

int store_usage_trim(struct store *store, int64_t now_ms, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(trims) && !store->retaining_ends; i++) {
        const struct trim *trim = &trims[i];
        if (trim_span(store, trim, USAGE_MINUTE, now_ms - trim->minutes_kept_ms, err) != 0 ||
            trim_span(store, trim, USAGE_HOUR, now_ms - trim->hours_kept_ms, err) != 0)
            return -1;
    }
    return trim_gone(store, err);
}
