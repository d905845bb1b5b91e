#include "store/store_signatures.h"

#include "store/store_private.h"

static const struct sql_text SIGNATURE_PUT = {
    "signature_put", "INSERT INTO signatures (call_id, signature, expires_ms)"
                     " VALUES (:call_id, :signature, :expires_ms)"
                     " ON CONFLICT (call_id) DO UPDATE SET signature = excluded.signature,"
                     " expires_ms = excluded.expires_ms"};
static const struct sql_text SIGNATURE_GET = {
    "signature_get",
    "SELECT signature FROM signatures WHERE call_id = :call_id AND expires_ms > :now_ms"};
/* The row that is the first too old: the newest of those beyond the number to keep. */
static const struct sql_text SIGNATURE_EXPIRE = {
    "signature_expire",
    "DELETE FROM signatures WHERE expires_ms <= max(:now_ms, coalesce(("
    "SELECT expires_ms FROM signatures ORDER BY expires_ms DESC LIMIT 1 OFFSET :max_rows), 0))"};

int store_signature_put(struct store *store, const char *call_id, const char *signature,
                        int64_t expires_ms, struct err *err)
{
    return store_run(store, &SIGNATURE_PUT,
                     BINDS(BIND_TEXT("call_id", call_id), BIND_TEXT("signature", signature),
                           BIND_INT("expires_ms", expires_ms)),
                     STORE_GEN_NONE, err);
}

int store_signature_get(struct store *store, const char *call_id, int64_t now_ms,
                        struct strbuf *out, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    int rc = store_query_row(store->main, &SIGNATURE_GET,
                             BINDS(BIND_TEXT("call_id", call_id), BIND_INT("now_ms", now_ms)),
                             &stmt, err);
    if (rc == 1)
        strbuf_puts(out, sql_col_text(stmt, "signature"));
    return rc;
}

int64_t store_signatures_expire(struct store *store, int64_t now_ms, int64_t max_rows,
                                struct err *err)
{
    return store_write(store, &SIGNATURE_EXPIRE,
                       BINDS(BIND_INT("now_ms", now_ms), BIND_INT("max_rows", max_rows)),
                       STORE_GEN_NONE, err);
}
