/* Changes of keys, one or many, as the pages and the JSON side make them: written to the store one by
 * one, the pool told once at the end, the audit log as well. */
#ifndef ADMIN_KEY_CHANGES_H
#define ADMIN_KEY_CHANGES_H

#include "admin/key_options.h"
#include "admin/keys_list.h"
#include "admin/page.h"

enum key_change { KEY_PAUSE, KEY_RESUME, KEY_RESET, KEY_DELETE, KEY_CHANGE_COUNT };

/* "pause", "resume", "reset", "delete"; `len` bytes of `word`. KEY_CHANGE_COUNT when it is none. */
enum key_change key_change_of(const char *word, size_t len);

/* Keys that were changed, and those that are gone. */
struct key_changes_done {
    int64_t changed, missing;
};

/* 0, or -1 with call->err: those before it are done. */
int key_changes_make(struct http_call *call, enum key_change change, const struct key_ids *ids,
                     struct key_changes_done *done_r);
int key_changes_edit(struct http_call *call, const struct key_options *options,
                     const struct key_ids *ids, struct key_changes_done *done_r);

/* The store has a change already; a pool that could not be told notices by itself a moment later. */
void keys_tell_pool(struct http_call *call);
void keys_audit(const struct http_call *call, const char *action, const struct key_ids *ids,
                int64_t count);

#endif
