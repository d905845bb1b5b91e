/* Thought signatures by tool call id: given to clients with a tool call, needed when its result
 * comes back, and dropped by most clients on the way. */
#ifndef STORE_STORE_SIGNATURES_H
#define STORE_STORE_SIGNATURES_H

#include "base/strbuf.h"
#include "store/store.h"

/* Keeps (or replaces) a signature until `expires_ms`. */
int store_signature_put(struct store *store, const char *call_id, const char *signature,
                        int64_t expires_ms, struct err *err);
/* Appends the signature. 1 found and not expired at `now_ms`, 0 not, -1. */
int store_signature_get(struct store *store, const char *call_id, int64_t now_ms,
                        struct strbuf *out, struct err *err);
/* Deletes what expired before `now_ms`, and the oldest beyond `max_rows`: the number deleted, or
 * -1. */
int64_t store_signatures_expire(struct store *store, int64_t now_ms, int64_t max_rows,
                                struct err *err);

#endif
