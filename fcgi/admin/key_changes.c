#include "admin/key_changes.h"

#include <string.h>

#include "admin/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

void keys_tell_pool(struct http_call *call)
{
    struct err err = ERR_INIT;
    if (keyring_reload(call->admin->keyring, &err) < 0)
        log_event(LOG_WARNING, "admin.reload_failed", "error=\"%s\"", err.text);
}

void keys_audit(const struct http_call *call, const char *action, const struct key_ids *ids,
                int64_t count)
{
    struct arena *arena = call->req->arena;
    admin_audit(call, action,
                count == 1 && ids->len == 1 ? arena_printf(arena, "%lld", (long long)ids->items[0])
                                            : "",
                arena_printf(arena, "keys: %lld", (long long)count));
}

/* --- one change of one key: 1 done, 0 there is no such key, -1 ----------------------------------- */

typedef int change_one(struct admin *admin, int64_t id, int64_t now_ms, struct err *err);

static int is_there(struct admin *admin, int64_t id, struct err *err)
{
    struct arena *scratch = arena_create(1024);
    struct store_key key;
    int found = store_key_get(admin->store, id, false, scratch, &key, err);
    arena_destroy(&scratch);
    return found;
}

static int set_state(struct admin *admin, int64_t id, enum store_key_state state, int64_t now_ms,
                     struct err *err)
{
    int found = is_there(admin, id, err);
    if (found != 1)
        return found;
    return store_key_set_state(admin->store, id, state, "", now_ms, err) < 0 ? -1 : 1;
}

static int pause_key(struct admin *admin, int64_t id, int64_t now_ms, struct err *err)
{
    return set_state(admin, id, STORE_KEY_PAUSED, now_ms, err);
}

static int resume_key(struct admin *admin, int64_t id, int64_t now_ms, struct err *err)
{
    return set_state(admin, id, STORE_KEY_ACTIVE, now_ms, err);
}

static int reset_key(struct admin *admin, int64_t id, int64_t now_ms, struct err *err)
{
    int found = is_there(admin, id, err);
    if (found != 1)
        return found;
    if (keyring_reset_rest(admin->keyring, id, NULL, err) < 0 ||
        store_key_failures(admin->store, id, INT64_MIN, NULL, now_ms, err) < 0)
        return -1;
    return 1;
}

static int delete_key(struct admin *admin, int64_t id, int64_t now_ms, struct err *err)
{
    (void)now_ms;
    return store_key_delete(admin->store, id, err);
}

static const struct {
    const char *word, *audit;
    change_one *change;
} changes[KEY_CHANGE_COUNT] = {
    [KEY_PAUSE] = {"pause", "key.pause", pause_key},
    [KEY_RESUME] = {"resume", "key.resume", resume_key},
    [KEY_RESET] = {"reset", "key.reset", reset_key},
    [KEY_DELETE] = {"delete", "key.delete", delete_key},
};

enum key_change key_change_of(const char *word, size_t len)
{
    int i = 0;
    while (i < KEY_CHANGE_COUNT &&
           (strlen(changes[i].word) != len || memcmp(changes[i].word, word, len) != 0))
        i++;
    return (enum key_change)i;
}

/* --- many ---------------------------------------------------------------------------------------- */

static int finish(struct http_call *call, const char *action, const struct key_ids *ids,
                  const struct key_changes_done *done, int result)
{
    if (done->changed) {
        keys_tell_pool(call);
        keys_audit(call, action, ids, done->changed);
    }
    if (result >= 0)
        return 0;
    return err_prefix(&call->err, "%lld of %zu keys were changed", (long long)done->changed,
                      ids->len);
}

int key_changes_make(struct http_call *call, enum key_change change, const struct key_ids *ids,
                     struct key_changes_done *done_r)
{
    int64_t now_ms = clock_wall_ms();
    int result = 0;
    *done_r = (struct key_changes_done){0};
    for (size_t i = 0; i < ids->len && result >= 0; i++) {
        result = changes[change].change(call->admin, ids->items[i], now_ms, &call->err);
        done_r->changed += result == 1;
        done_r->missing += result == 0;
    }
    return finish(call, changes[change].audit, ids, done_r, result);
}

int key_changes_edit(struct http_call *call, const struct key_options *options,
                     const struct key_ids *ids, struct key_changes_done *done_r)
{
    int result = 0;
    *done_r = (struct key_changes_done){0};
    for (size_t i = 0; i < ids->len && result == 0; i++) {
        struct err err = ERR_INIT;
        result = key_options_apply(options, call->admin->store, ids->items[i], &err);
        bool gone = result < 0 && err.code == ERR_NOT_FOUND;
        done_r->changed += result == 0;
        done_r->missing += gone;
        if (gone)
            result = 0;
        else if (result < 0)
            call->err = err;
    }
    return finish(call, "key.edit", ids, done_r, result);
}
