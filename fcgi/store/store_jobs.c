#include "store/store_jobs.h"

#include "store/store_private.h"

static const struct sql_text LEASE_TAKE = {
    "lease_take", "INSERT INTO leases (name, owner, until_ms) VALUES (:name, :owner, :until_ms)"
                  " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner,"
                  " until_ms = excluded.until_ms"
                  " WHERE leases.owner = excluded.owner OR leases.until_ms <= :now_ms"};
static const struct sql_text LEASE_RELEASE = {
    "lease_release", "DELETE FROM leases WHERE name = :name AND owner = :owner"};
static const struct sql_text JOB_LAST = {"job_last",
                                         "SELECT ended_ms FROM job_runs WHERE name = :name"};
static const struct sql_text JOB_RAN = {
    "job_ran", "INSERT INTO job_runs (name, ended_ms, result) VALUES (:name, :ended_ms, :result)"
               " ON CONFLICT (name) DO UPDATE SET ended_ms = excluded.ended_ms,"
               " result = excluded.result"};

int store_lease_take(struct store *store, const char *name, const char *owner, int64_t now_ms,
                     int64_t until_ms, struct err *err)
{
    int64_t changes = store_write(store, &LEASE_TAKE,
                                  BINDS(BIND_TEXT("name", name), BIND_TEXT("owner", owner),
                                        BIND_INT("until_ms", until_ms), BIND_INT("now_ms", now_ms)),
                                  STORE_GEN_NONE, err);
    return changes < 0 ? -1 : changes > 0;
}

int store_lease_release(struct store *store, const char *name, const char *owner, struct err *err)
{
    return store_run(store, &LEASE_RELEASE,
                     BINDS(BIND_TEXT("name", name), BIND_TEXT("owner", owner)), STORE_GEN_NONE,
                     err);
}

int64_t store_job_last_run(struct store *store, const char *name)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    if (store_query_row(store->main, &JOB_LAST, BINDS(BIND_TEXT("name", name)), &stmt, NULL) != 1)
        return 0;
    return sql_col_int(stmt, "ended_ms");
}

int store_job_ran(struct store *store, const char *name, int64_t now_ms, const char *result,
                  struct err *err)
{
    return store_run(store, &JOB_RAN,
                     BINDS(BIND_TEXT("name", name), BIND_INT("ended_ms", now_ms),
                           BIND_TEXT("result", store_text(result))),
                     STORE_GEN_NONE, err);
}
