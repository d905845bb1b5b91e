#include <time.h>

#include "store/store_log.h"
#include "store/store_names.h"
#include "store/store_private.h"

/* Requests deleted under one lock: a few milliseconds. */
#define SLICE 300
/* Between two slices others get the lock. */
#define PAUSE_NS 2000000L
/* From so many names of models on, those that no row uses any more are removed. */
#define NAMES_MANY (NAMES_MAX_KIND / 2)

/* A class of requests to delete, oldest first: the ids of a slice in all three tables. */
struct retain_class {
    struct sql_text attempts, bodies, requests;
};

#define RETAIN_CLASS(class_name, condition)                                                        \
    {                                                                                              \
        {class_name "_attempts",                                                                   \
         "DELETE FROM attempts WHERE request_id IN (" RETAIN_IDS(condition) ")"},                  \
            {class_name "_bodies",                                                                 \
             "DELETE FROM error_bodies WHERE request_id IN (" RETAIN_IDS(condition) ")"},          \
        {                                                                                          \
            class_name "_requests", "DELETE FROM requests WHERE id IN (" RETAIN_IDS(condition) ")" \
        }                                                                                          \
    }
#define RETAIN_IDS(condition) \
    "SELECT id FROM requests WHERE " condition " ORDER BY time_ms LIMIT :slice"

static const struct retain_class retain_all = RETAIN_CLASS("retain", "time_ms < :before_ms");
static const struct retain_class retain_failed =
    RETAIN_CLASS("retain_failed", "failed = 1 AND time_ms < :before_ms");

/* Attempts whose request was never written, as that of a process that died. */
static const struct sql_text RETAIN_ORPHANS = {
    "retain_orphans",
    "DELETE FROM attempts WHERE (request_id, number) IN (SELECT request_id, number"
    " FROM attempts WHERE request_id < :before_id ORDER BY request_id LIMIT :slice)"};
static const struct sql_text RETAIN_ORPHAN_BODIES = {
    "retain_orphan_bodies",
    "DELETE FROM error_bodies WHERE request_id < (SELECT min(id) FROM requests)"};
/* The request up to which the oldest rows go when there are too many. */
static const struct sql_text RETAIN_OLDEST = {
    "retain_oldest",
    "SELECT coalesce((SELECT max(id) FROM"
    " (SELECT id FROM requests ORDER BY time_ms LIMIT :slice)),"
    " (SELECT max(request_id) FROM"
    " (SELECT request_id FROM attempts ORDER BY request_id LIMIT :slice)), -1) AS id"};
static const struct sql_text NAMES_COUNT = {
    "names_count", "SELECT count(*) AS count FROM names WHERE kind = 'model'"};
static const struct sql_text NAMES_REMOVE = {
    "names_remove", "DELETE FROM names WHERE kind = 'model' AND id NOT IN ("
                    "SELECT model_id FROM requests UNION SELECT served_model_id FROM requests"
                    " UNION SELECT model_id FROM attempts)"};
static const struct sql_text NAMES_NEW_EPOCH = {
    "names_new_epoch", "UPDATE meta SET value = value + 1 WHERE name = 'names_epoch'"};

static void pause_between(void)
{
    nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
}

static int64_t slice_delete(struct store *store, const struct retain_class *retain,
                            int64_t before_ms, struct err *err)
{
    TX_AUTO struct sql_tx *tx = sql_begin(store->log, err);
    if (tx == NULL)
        return -1;
    const struct store_bind *binds =
        BINDS(BIND_INT("before_ms", before_ms), BIND_INT("slice", SLICE));
    if (store_tx_write(tx, &retain->attempts, binds, err) < 0 ||
        store_tx_write(tx, &retain->bodies, binds, err) < 0)
        return -1;
    int64_t deleted = store_tx_write(tx, &retain->requests, binds, err);
    return deleted < 0 || sql_commit(&tx, err) != 0 ? -1 : deleted;
}

static int64_t class_delete(struct store *store, const struct retain_class *retain,
                            int64_t before_ms, struct err *err)
{
    int64_t total = 0;
    int64_t deleted;
    do {
        deleted = slice_delete(store, retain, before_ms, err);
        if (deleted < 0)
            return -1;
        total += deleted;
        if (deleted > 0)
            pause_between();
    } while (deleted == SLICE && !store->retaining_ends);
    return total;
}

static int64_t log_write(struct store *store, const struct sql_text *text,
                         const struct store_bind *binds, struct err *err)
{
    TX_AUTO struct sql_tx *tx = sql_begin(store->log, err);
    if (tx == NULL)
        return -1;
    int64_t changes = store_tx_write(tx, text, binds, err);
    return changes < 0 || sql_commit(&tx, err) != 0 ? -1 : changes;
}

/* Deletes what no request owns, of requests that began before `before_ms`. */
static int orphans_delete(struct store *store, int64_t before_ms, struct err *err)
{
    const struct store_bind *binds =
        BINDS(BIND_INT("before_id", store_log_first_id(before_ms)), BIND_INT("slice", SLICE));
    int64_t deleted;
    do {
        deleted = log_write(store, &RETAIN_ORPHANS, binds, err);
        if (deleted < 0)
            return -1;
        if (deleted > 0)
            pause_between();
    } while (deleted == SLICE && !store->retaining_ends);
    return log_write(store, &RETAIN_ORPHAN_BODIES, NULL, err) < 0 ? -1 : 0;
}

static int64_t age_delete(struct store *store, int64_t before_ms, struct err *err)
{
    int64_t deleted = class_delete(store, &retain_all, before_ms, err);
    return deleted < 0 || orphans_delete(store, before_ms, err) != 0 ? -1 : deleted;
}

static int64_t oldest_time(struct store *store, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    if (store_query_row(store->log, &RETAIN_OLDEST, BINDS(BIND_INT("slice", SLICE)), &stmt, err) !=
        1)
        return -1;
    int64_t id = sql_col_int(stmt, "id");
    return id < 0 ? -1 : store_log_id_time(id);
}

static int64_t size_delete(struct store *store, int64_t max_bytes, struct err *err)
{
    int64_t total = 0;
    while (!store->retaining_ends && sql_size(store->log) > max_bytes) {
        int64_t time_ms = oldest_time(store, err);
        if (time_ms < 0)
            break;
        int64_t deleted = age_delete(store, time_ms + 1, err);
        if (deleted < 0)
            return -1;
        total += deleted;
    }
    return total;
}

static int names_trim(struct store *store, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    if (store_query_row(store->log, &NAMES_COUNT, NULL, &stmt, err) != 1)
        return -1;
    if (sql_col_int(stmt, "count") < NAMES_MANY)
        return 0;
    TX_AUTO struct sql_tx *tx = sql_begin(store->log, err);
    if (tx == NULL || store_tx_write(tx, &NAMES_REMOVE, NULL, err) < 0 ||
        store_tx_write(tx, &NAMES_NEW_EPOCH, NULL, err) < 0)
        return -1;
    return sql_commit(&tx, err);
}

static int space_return(struct store *store, struct err *err)
{
    int more;
    while ((more = sql_shrink(store->log, err)) == 1 && !store->retaining_ends)
        pause_between();
    return more < 0 ? -1 : 0;
}

void store_log_retain_end(struct store *store)
{
    store->retaining_ends = true;
}

int64_t store_log_retain(struct store *store, int64_t requests_before_ms, int64_t errors_before_ms,
                         int64_t max_bytes, struct err *err)
{
    int64_t old = age_delete(store, requests_before_ms, err);
    int64_t failed = old < 0 ? -1 : class_delete(store, &retain_failed, errors_before_ms, err);
    int64_t beyond = failed < 0 || max_bytes <= 0 ? 0 : size_delete(store, max_bytes, err);
    if (old < 0 || failed < 0 || beyond < 0 || names_trim(store, err) != 0)
        return -1;
    int64_t total = old + failed + beyond;
    if (total > 0 && space_return(store, err) != 0)
        return -1;
    return total;
}
