#include "store/store_audit.h"

#include <stdio.h>

#include "base/text.h"
#include "store/store_private.h"

static const struct sql_text AUDIT_ADD = {
    "audit_add", "INSERT INTO audit (time_ms, who, address, action, subject, detail)"
                 " VALUES (:time_ms, :who, :address, :action, :subject, :detail)"};
static const struct sql_text AUDIT_SAME = {
    "audit_same", "SELECT id, subject FROM audit WHERE time_ms >= :since_ms"
                  " AND action = :action AND address = :address LIMIT 1"};
static const struct sql_text AUDIT_SUBJECT = {"audit_subject",
                                              "UPDATE audit SET subject = :subject WHERE id = :id"};
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

/* 1 with its id and count, 0 there is none, -1. */
static int find_same(struct store *store, const struct store_audit *entry, int64_t since_ms,
                     int64_t *id_r, int64_t *count_r, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    int found = store_query_row(store->main, &AUDIT_SAME,
                                BINDS(BIND_INT("since_ms", since_ms),
                                      BIND_TEXT("action", store_text(entry->action)),
                                      BIND_TEXT("address", store_text(entry->address))),
                                &stmt, err);
    if (found == 1) {
        *id_r = sql_col_int(stmt, "id");
        if (text_to_int(sql_col_text(stmt, "subject"), count_r) < 0)
            *count_r = 0;
    }
    return found;
}

int store_audit_count(struct store *store, const struct store_audit *entry, int64_t since_ms,
                      struct err *err)
{
    char subject[24];
    int64_t id = 0, count = 0;
    struct store_audit counted = *entry;
    int found = find_same(store, entry, since_ms, &id, &count, err);
    if (found < 0)
        return -1;
    snprintf(subject, sizeof(subject), "%lld", (long long)count + 1);
    counted.subject = subject;
    if (found == 0)
        return store_audit_add(store, &counted, err);
    return store_run(store, &AUDIT_SUBJECT,
                     BINDS(BIND_INT("id", id), BIND_TEXT("subject", subject)), STORE_GEN_NONE, err);
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
