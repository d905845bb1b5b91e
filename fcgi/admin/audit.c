#include "admin/audit.h"

#include "admin/admin.h"
#include "auth/login.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/store_audit.h"

static void tell_failure(const struct err *err)
{
    char quoted[200];
    log_event(LOG_WARNING, "admin.audit_failed", "error=%s",
              log_quote(err->text, quoted, sizeof(quoted)));
}

void admin_audit(const struct http_call *call, const char *action, const char *subject,
                 const char *detail)
{
    char quoted[200], who[100];
    struct err err = ERR_INIT;
    const struct store_audit entry = {.time_ms = clock_wall_ms(),
                                      .who = admin_who(call),
                                      .address = call->req->remote_addr,
                                      .action = action,
                                      .subject = subject,
                                      .detail = detail};
    log_event(LOG_INFO, "admin.audit", "who=%s action=%s subject=%s detail=%s address=%s",
              log_quote(admin_who(call), who, sizeof(who)), action, *subject ? subject : "-",
              log_quote(detail, quoted, sizeof(quoted)), call->req->remote_addr);
    if (store_audit_add(call->admin->store, &entry, &err) < 0)
        tell_failure(&err);
}

void admin_audit_refused(const struct http_call *call, const char *action, const char *detail)
{
    struct err err = ERR_INIT;
    const struct store_audit entry = {.time_ms = clock_wall_ms(),
                                      .who = "",
                                      .address = call->req->remote_addr,
                                      .action = action,
                                      .detail = detail};
    if (store_audit_count(call->admin->store, &entry, entry.time_ms - LOGIN_WINDOW_MS, &err) < 0)
        tell_failure(&err);
}
