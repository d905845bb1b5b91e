/* Long work on many keys: verifying them, and handing them out as a file. */
#ifndef ADMIN_KEYS_WORK_H
#define ADMIN_KEYS_WORK_H

#include "admin/flash.h"
#include "admin/keys_list.h"
#include "admin/page.h"
#include "jobs/key_verify.h"

/* Verifies the keys and adds what was found to flash->counts from `first` on: work, rest, dead,
 * others. 0, or -1 with call->err; 0 and nothing where this process has no way to Google. */
int keys_verify(struct http_call *call, const struct key_ids *ids, struct flash *flash,
                size_t first);
/* Verifies them and tells of each. 0, or -1 with call->err. */
int keys_verify_each(struct http_call *call, const struct key_ids *ids, key_verify_visit *visit,
                     void *ctx);
/* The same for a script that wants to show how it goes: one JSON object in each line. Returns the
 * status. */
int keys_verify_stream(struct http_call *call, const struct key_ids *ids);
/* True when the caller asks for that. */
bool keys_wants_stream(const struct http_call *call);
/* Sends the keys as a file, one in each line, or with all that is known of them as CSV. Audited. */
int keys_export(struct http_call *call, const struct key_ids *ids, bool csv);

#endif
