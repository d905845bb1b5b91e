#include "store/store_sessions.h"

#include "base/clock.h"
#include "base/text.h"
#include "store/store_private.h"

/* Failures older than this tell nothing any more. */
#define FAILURES_KEPT_MS DAY_MS

static const struct sql_text SESSION_PUT = {
    "session_put", "INSERT INTO sessions (id_hash, csrf, created_ms, expires_ms, address)"
                   " VALUES (:id_hash, :csrf, :created_ms, :expires_ms, :address)"
                   " ON CONFLICT (id_hash) DO UPDATE SET csrf = excluded.csrf,"
                   " expires_ms = excluded.expires_ms, address = excluded.address"};
static const struct sql_text SESSION_GET = {
    "session_get", "SELECT id_hash, csrf, created_ms, expires_ms, address FROM sessions"
                   " WHERE id_hash = :id_hash AND expires_ms > :now_ms"};
static const struct sql_text SESSION_EXTEND = {
    "session_extend", "UPDATE sessions SET expires_ms = :expires_ms WHERE id_hash = :id_hash"};
static const struct sql_text SESSION_DELETE = {"session_delete",
                                               "DELETE FROM sessions WHERE id_hash = :id_hash"};
static const struct sql_text SESSION_DELETE_OTHERS = {
    "session_delete_others", "DELETE FROM sessions WHERE id_hash <> :id_hash"};
static const struct sql_text SESSION_DELETE_ALL = {"session_delete_all", "DELETE FROM sessions"};
static const struct sql_text SESSION_EXPIRE = {"session_expire",
                                               "DELETE FROM sessions WHERE expires_ms <= :now_ms"};
static const struct sql_text LOGIN_FAILED = {
    "login_failed", "INSERT INTO login_failures (time_ms, address) VALUES (:now_ms, :address)"};
static const struct sql_text LOGIN_FORGET = {
    "login_forget", "DELETE FROM login_failures WHERE time_ms < :before_ms"};
static const struct sql_text LOGIN_COUNT = {
    "login_count", "SELECT count(*) AS count FROM login_failures WHERE address = :address"
                   " AND time_ms >= :since_ms"};
static const struct sql_text LOGIN_COUNT_ALL = {
    "login_count_all", "SELECT count(*) AS count FROM login_failures WHERE time_ms >= :since_ms"};

int store_session_put(struct store *store, const struct store_session *session, struct err *err)
{
    return store_run(store, &SESSION_PUT,
                     BINDS(BIND_TEXT("id_hash", session->id_hash), BIND_TEXT("csrf", session->csrf),
                           BIND_INT("created_ms", session->created_ms),
                           BIND_INT("expires_ms", session->expires_ms),
                           BIND_TEXT("address", session->address)),
                     STORE_GEN_NONE, err);
}

int store_session_get(struct store *store, const char *id_hash, int64_t now_ms,
                      struct store_session *session_r, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    int rc = store_query_row(store->main, &SESSION_GET,
                             BINDS(BIND_TEXT("id_hash", id_hash), BIND_INT("now_ms", now_ms)),
                             &stmt, err);
    if (rc != 1)
        return rc;
    text_copy(session_r->id_hash, sizeof(session_r->id_hash), sql_col_text(stmt, "id_hash"));
    text_copy(session_r->csrf, sizeof(session_r->csrf), sql_col_text(stmt, "csrf"));
    text_copy(session_r->address, sizeof(session_r->address), sql_col_text(stmt, "address"));
    session_r->created_ms = sql_col_int(stmt, "created_ms");
    session_r->expires_ms = sql_col_int(stmt, "expires_ms");
    return 1;
}

int store_session_extend(struct store *store, const char *id_hash, int64_t expires_ms,
                         struct err *err)
{
    return store_run(store, &SESSION_EXTEND,
                     BINDS(BIND_TEXT("id_hash", id_hash), BIND_INT("expires_ms", expires_ms)),
                     STORE_GEN_NONE, err);
}

int store_session_delete(struct store *store, const char *id_hash, struct err *err)
{
    return store_run(store, &SESSION_DELETE, BINDS(BIND_TEXT("id_hash", id_hash)), STORE_GEN_NONE,
                     err);
}

int store_sessions_delete_all(struct store *store, struct err *err)
{
    return store_run(store, &SESSION_DELETE_ALL, NULL, STORE_GEN_NONE, err);
}

int store_sessions_delete_others(struct store *store, const char *id_hash, struct err *err)
{
    return store_run(store, &SESSION_DELETE_OTHERS, BINDS(BIND_TEXT("id_hash", id_hash)),
                     STORE_GEN_NONE, err);
}

int store_sessions_expire(struct store *store, int64_t now_ms, struct err *err)
{
    return store_run(store, &SESSION_EXPIRE, BINDS(BIND_INT("now_ms", now_ms)), STORE_GEN_NONE,
                     err);
}

int store_login_failed(struct store *store, const char *address, int64_t now_ms, struct err *err)
{
    TX_AUTO struct sql_tx *tx = sql_begin(store->main, err);
    if (tx == NULL ||
        store_tx_write(tx, &LOGIN_FORGET, BINDS(BIND_INT("before_ms", now_ms - FAILURES_KEPT_MS)),
                       err) < 0 ||
        store_tx_write(tx, &LOGIN_FAILED,
                       BINDS(BIND_INT("now_ms", now_ms), BIND_TEXT("address", address)), err) < 0)
        return -1;
    return sql_commit(&tx, err);
}

int64_t store_login_failures(struct store *store, const char *address, int64_t since_ms)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    const struct store_bind *binds = BINDS(BIND_INT("since_ms", since_ms),
                                           BIND_TEXT(address != NULL ? "address" : NULL, address));
    if (store_query_row(store->main, address != NULL ? &LOGIN_COUNT : &LOGIN_COUNT_ALL, binds,
                        &stmt, NULL) != 1)
        return -1;
    return sql_col_int(stmt, "count");
}
