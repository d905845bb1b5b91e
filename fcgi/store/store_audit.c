#include "store/store_audit.h"

#include "store/store_private.h"

static const struct sql_text AUDIT_ADD = {
    "audit_add", "INSERT INTO audit (time_ms, who, address, action, subject, detail)"
                 " VALUES (:time_ms, :who, :address, :action, :subject, :detail)"};
static const struct sql_text AUDIT_COUNT_UP = {
    "audit_count_up", "UPDATE audit SET subject = CAST(subject AS INTEGER) + 1 WHERE id ="
                      " (SELECT id FROM audit WHERE time_ms >= :since_ms"
                      " AND action = :action AND address = :address LIMIT 1)"};
static const struct sql_text AUDIT_PAGE = {
    "audit_page", "SELECT id, time_ms, who, address, action, subject, detail FROM audit"
                  " WHERE id < :before_id ORDER BY id DESC LIMIT :limit"};
static const struct sql_text AUDIT_TRIM = {"audit_trim",
                                           "DELETE FROM audit WHERE time_ms < :before_ms"};

int store_audit_add(struct store *store, const struct store_audit *entry, struct err *err)
{
    return store_run(store, &AUDIT_ADD,
                     BINDS(BIND_INT("time_ms", entry->time_ms),
                           BIND_TEXT("who", store_text(entry->who)),
                           BIND_TEXT("address", store_text(entry->address)),
                           BIND_TEXT("action", store_text(entry->action)),
                           BIND_TEXT("subject", store_text(entry->subject)),
                           BIND_TEXT("detail", store_text(entry->detail))),
                     STORE_GEN_NONE, err);
}

int store_audit_count(struct store *store, const struct store_audit *entry, int64_t since_ms,
                      struct err *err)
{
    struct store_audit first = *entry;
    first.subject = "1";
    int64_t counted = store_write(store, &AUDIT_COUNT_UP,
                                  BINDS(BIND_INT("since_ms", since_ms),
                                        BIND_TEXT("action", store_text(entry->action)),
                                        BIND_TEXT("address", store_text(entry->address))),
                                  STORE_GEN_NONE, err);
    if (counted == 0)
        return store_audit_add(store, &first, err);
    return counted < 0 ? -1 : 0;
}

static void audit_read(struct sql_stmt *stmt, struct store_audit *entry)
{
    *entry = (struct store_audit){
        .id = sql_col_int(stmt, "id"),
        .time_ms = sql_col_int(stmt, "time_ms"),
        .who = sql_col_text(stmt, "who"),
        .address = sql_col_text(stmt, "address"),
        .action = sql_col_text(stmt, "action"),
        .subject = sql_col_text(stmt, "subject"),
        .detail = sql_col_text(stmt, "detail"),
    };
}

int store_audit_each(struct store *store, const struct store_audit_page *page,
                     store_audit_visit *visit, void *ctx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt =
        store_query(store->main, &AUDIT_PAGE,
                    BINDS(BIND_INT("before_id", page->before_id > 0 ? page->before_id : INT64_MAX),
                          BIND_INT("limit", page->limit)),
                    err);
    if (stmt == NULL)
        return -1;
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        struct store_audit entry;
        audit_read(stmt, &entry);
        if (visit(ctx, &entry) != 0)
            return 0;
    }
    return rc;
}

int64_t store_audit_trim(struct store *store, int64_t before_ms, struct err *err)
{
    return store_write(store, &AUDIT_TRIM, BINDS(BIND_INT("before_ms", before_ms)), STORE_GEN_NONE,
                       err);
}
