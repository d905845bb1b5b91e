/* The audit log: what people did in the admin and with gbctl. */
#ifndef STORE_STORE_AUDIT_H
#define STORE_STORE_AUDIT_H

#include "store/store.h"

struct store_audit {
    int64_t id; /* set by the store */
    int64_t time_ms;
    const char *who;     /* "admin", "gbctl" */
    const char *address; /* of the client, "" none */
    const char *action;  /* "key.delete", "key.reveal", "settings.save", ... */
    const char *subject; /* "12", "MAX_RETRIES", ... */
    const char *detail;  /* one line, without secrets */
};

typedef int store_audit_visit(void *ctx, const struct store_audit *entry);

int store_audit_add(struct store *store, const struct store_audit *entry, struct err *err);
/* For what anybody can make happen as often as they like: where the same action from the same address stands
 * there since `since_ms`, that entry's subject is counted up; else it is added with the subject "1". 0 or -1. */
int store_audit_count(struct store *store, const struct store_audit *entry, int64_t since_ms,
                      struct err *err);
/* Walks at most `limit` entries, newest first, with ids below `before_id` (0: the newest). */
struct store_audit_page {
    int64_t before_id, limit;
};
int store_audit_each(struct store *store, const struct store_audit_page *page,
                     store_audit_visit *visit, void *ctx, struct err *err);
/* Deletes entries older than `before_ms`: the number, or -1. */
int64_t store_audit_trim(struct store *store, int64_t before_ms, struct err *err);

#endif
