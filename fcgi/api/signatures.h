/* Thought signatures by tool call id, for clients that drop them between a call and its result.
 *
 * Written to the store on the journal's thread and kept in a small table of this process meanwhile,
 * so that a quick client finds its own at once; processes share the store. */
#ifndef API_SIGNATURES_H
#define API_SIGNATURES_H

#include "base/strbuf.h"
#include "store/journal.h"

struct signatures;

struct signatures *signatures_create(struct store *store, struct journal *journal);
void signatures_destroy(struct signatures **signatures);
/* Keeps a signature for a day. Ids longer than 63 bytes are not kept. */
void signatures_put(struct signatures *signatures, const char *call_id, const char *signature,
                    int64_t now_ms);
/* Appends the signature: 1, or 0 when there is none. */
int signatures_get(struct signatures *signatures, const char *call_id, int64_t now_ms,
                   struct strbuf *out);

#endif
