/* Who changed what: one line in the log and one row in the audit log. */
#ifndef ADMIN_AUDIT_H
#define ADMIN_AUDIT_H

#include "http/router.h"

/* `action` as "key.pause"; `subject` what it was done to ("12", "" for several); `detail` one line.
 * None of them holds a secret. Where the row cannot be written the log line stands alone. */
void admin_audit(const struct http_call *call, const char *action, const char *subject,
                 const char *detail);
/* Somebody was not let in: `action` "session.refused". Tries from one address within LOGIN_WINDOW_MS stand in
 * one row, whose subject counts them; nothing of what was typed. The throttle of auth/login.h bounds the rest. */
void admin_audit_refused(const struct http_call *call, const char *action, const char *detail);

#endif
