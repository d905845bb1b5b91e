/* What people do to keys: add, pause, resume, end rests, delete. Each change is written to the
 * store one by one, the pool is told once at the end, and a redirect says what was done. */
#include "admin/admin.h"

#include <stdio.h>
#include <string.h>

#include "admin/audit.h"
#include "admin/flash.h"
#include "admin/key_paste.h"
#include "admin/keys_list.h"
#include "admin/keys_work.h"
#include "admin/page.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/redact.h"
#include "base/text.h"

enum { LABEL_MAX = 100, CONFIRM_SHOWN = 50, VERIFY_AT_ONCE = 100, ADDED_COUNTS = 4 };

/* --- after the change ------------------------------------------------------------------------- */

/* Back to the part of the list that the form came from, with a message. */
static int redirect_to_list(struct http_call *call, const struct flash *flash)
{
    struct keys_filter filter = keys_filter_read(admin_form(call));
    const char *back = http_form_get(admin_form(call), "back");
    if (text_eq(back, "dashboard"))
        return admin_redirect_flash(call, "/dashboard", flash);
    const char *only = http_form_get(admin_form(call), "only");
    int64_t id;
    if (text_eq(back, "key") && flash->code != FLASH_DELETED && only && strchr(only, ':') &&
        text_to_int(strchr(only, ':') + 1, &id) == 0)
        return admin_redirect_flash(
            call, arena_printf(call->req->arena, "/keys/%lld", (long long)id), flash);
    return admin_redirect_flash(call, keys_filter_path(call->req->arena, &filter), flash);
}

/* The store has the change already; a pool that could not be told notices by itself a moment later.
 */
static void tell_pool(struct http_call *call)
{
    struct err err = ERR_INIT;
    if (keyring_reload(call->admin->keyring, &err) < 0)
        log_event(LOG_WARNING, "admin.reload_failed", "error=\"%s\"", err.text);
}

static void audit(const struct http_call *call, const char *action, int64_t id, int64_t count)
{
    struct arena *arena = call->req->arena;
    admin_audit(call, action, count == 1 && id ? arena_printf(arena, "%lld", (long long)id) : "",
                arena_printf(arena, "keys: %lld", (long long)count));
}

/* --- adding ----------------------------------------------------------------------------------- */

static enum store_key_kind kind_of(const char *word)
{
    if (text_eq(word, "vertex"))
        return STORE_KEY_VERTEX;
    return text_eq(word, "paid") ? STORE_KEY_PAID : STORE_KEY_GEMINI;
}

static const char *label_of(struct http_call *call)
{
    const char *label = http_form_get(admin_form(call), "label");
    if (!label || !utf8_valid(label, strlen(label)))
        return "";
    char *trimmed = text_trim(arena_strdup(call->req->arena, label));
    trimmed[utf8_prefix(trimmed, strlen(trimmed) < LABEL_MAX ? strlen(trimmed) : LABEL_MAX)] = '\0';
    return trimmed;
}

/* Adds all of them; -1 when the store could not take one (those before it are in). */
static int add_keys(struct http_call *call, const struct pasted_keys *found, struct flash *flash,
                    struct key_ids *new_ids)
{
    enum store_key_kind kind = kind_of(http_form_get(admin_form(call), "kind"));
    const char *label = label_of(call);
    for (size_t i = 0; i < found->keys.len; i++) {
        int64_t id;
        int added = store_key_add(call->admin->store, kind, found->keys.items[i], label, false, &id,
                                  &call->err);
        if (added < 0)
            return err_prefix(&call->err, "%lld of %zu keys were added",
                              (long long)flash->counts[0], found->keys.len);
        flash->counts[added ? 0 : 1]++;
        if (added)
            VEC_PUSH(new_ids, id);
    }
    return 0;
}

/* They serve already; those that turn out dead are taken out at once. A large batch is verified bit
 * by bit from the list. */
static int verify_new(struct http_call *call, const struct key_ids *ids, struct flash *flash)
{
    if (ids->len > VERIFY_AT_ONCE)
        return 0;
    return keys_verify(call, ids, flash, ADDED_COUNTS);
}

static void note_rejects(struct http_call *call, const struct pasted_keys *found,
                         struct flash *flash)
{
    flash->counts[2] = (int64_t)found->repeated;
    flash->counts[3] = (int64_t)found->rejected.len;
    for (size_t i = 0; i < found->rejected.len && i < FLASH_HINTS; i++) {
        char hint[REDACTED_LEN];
        redact(found->rejected.items[i], hint);
        flash->hints[flash->hint_count++] = arena_strdup(call->req->arena, hint);
    }
}

static int add_pasted(struct http_call *call, const struct pasted_keys *found)
{
    struct flash flash = {.code = FLASH_ADDED};
    note_rejects(call, found, &flash);
    if (found->keys.len == 0) {
        flash.code = FLASH_NO_KEYS;
        return redirect_to_list(call, &flash);
    }
    struct key_ids new_ids = {0};
    int result = add_keys(call, found, &flash, &new_ids);
    if (flash.counts[0]) {
        tell_pool(call);
        audit(call, "key.add", 0, flash.counts[0]);
    }
    if (result == 0 && http_form_get(admin_form(call), "verify"))
        result = verify_new(call, &new_ids, &flash);
    VEC_FREE(&new_ids);
    return result < 0 ? admin_status_of(&call->err) : redirect_to_list(call, &flash);
}

int admin_keys_add(struct http_call *call)
{
    struct pasted_keys found;
    const char *text = http_form_get(admin_form(call), "keys");
    pasted_keys_find(&found, call->req->arena, text ? text : "", text ? strlen(text) : 0);
    int status = add_pasted(call, &found);
    pasted_keys_free(&found);
    return status;
}

/* --- changing --------------------------------------------------------------------------------- */

/* One change of one key: 1 done, 0 there is no such key, -1. */
typedef int key_change(struct admin *admin, int64_t id, int64_t now_ms, struct err *err);

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

static const struct action {
    const char *word;
    const char *audit;
    key_change *change;
    enum flash_code done;
    bool asks_first; /* unless the form says `confirm` */
} actions[] = {
    {"pause", "key.pause", pause_key, FLASH_PAUSED, false},
    {"resume", "key.resume", resume_key, FLASH_RESUMED, false},
    {"reset", "key.reset", reset_key, FLASH_RESET, false},
    {"delete", "key.delete", delete_key, FLASH_DELETED, true},
};

static const struct action *action_of(const char *word, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        if (strlen(actions[i].word) == len && memcmp(actions[i].word, word, len) == 0)
            return &actions[i];
    }
    return NULL;
}

/* What the form asks for: `only` ("pause:12", the button of one row) goes before `action` with the
 * ticked boxes `id`. NULL when the action is unknown. */
static const struct action *read_order(const struct http_form *form, struct key_ids *ids)
{
    const char *only = http_form_get(form, "only");
    const char *word = only ? only : http_form_get(form, "action");
    int64_t id;
    if (!word)
        return NULL;
    if (only && strchr(only, ':') && text_to_int(strchr(only, ':') + 1, &id) == 0)
        VEC_PUSH(ids, id);
    for (size_t i = 0; !only && i < form->count; i++) {
        if (text_eq(form->fields[i].name, "id") && text_to_int(form->fields[i].value, &id) == 0)
            VEC_PUSH(ids, id);
    }
    return action_of(word, strcspn(word, ":"));
}

static int change_all(struct http_call *call, const struct action *action,
                      const struct key_ids *ids)
{
    struct flash flash = {.code = action->done};
    int64_t now_ms = clock_wall_ms();
    int result = 0;
    for (size_t i = 0; i < ids->len && result >= 0; i++) {
        result = action->change(call->admin, ids->items[i], now_ms, &call->err);
        if (result >= 0)
            flash.counts[result == 1 ? 0 : 1]++;
    }
    if (flash.counts[0]) {
        tell_pool(call);
        audit(call, action->audit, ids->items[0], flash.counts[0]);
    }
    if (result >= 0)
        return redirect_to_list(call, &flash);
    err_prefix(&call->err, "%lld of %zu keys were changed", (long long)flash.counts[0], ids->len);
    return admin_status_of(&call->err);
}

/* --- asking before ---------------------------------------------------------------------------- */

static void add_hidden_ids(const struct page *page, const struct key_ids *ids)
{
    for (size_t i = 0; i < ids->len; i++)
        view_set_int(view_section(page->content, "ID"), "VALUE", ids->items[i]);
}

static void add_shown_keys(const struct page *page, const struct key_ids *ids)
{
    for (size_t i = 0; i < ids->len && i < CONFIRM_SHOWN; i++) {
        struct store_key key;
        if (store_key_get(page->call->admin->store, ids->items[i], false, page->arena, &key,
                          NULL) != 1)
            continue;
        struct view_dict *row = view_section(page->content, "KEY");
        view_set(row, "HINT", key.hint);
        view_set(row, "LABEL", key.label);
    }
    if (ids->len > CONFIRM_SHOWN)
        view_set(view_section(page->content, "MORE"), "TEXT",
                 string_with_number(page->arena, page->preferences.language, STRING_AND_MORE,
                                    (int64_t)(ids->len - CONFIRM_SHOWN)));
}

/* The page that asks where no script does. */
static int ask(struct http_call *call, const struct key_ids *ids)
{
    struct keys_filter filter = keys_filter_read(admin_form(call));
    struct page page;
    page_begin(&page, call, "keys_confirm.tpl", STRING_DELETE_ONE, PAGE_MEDIUM);
    if (ids->len > 1)
        page_set_title(&page, string_with_number(page.arena, page.preferences.language,
                                                 STRING_DELETE_MANY, (int64_t)ids->len));
    keys_filter_set(page.content, &filter);
    view_set(page.content, "BACK_URL", page_url(call, keys_filter_path(page.arena, &filter)));
    add_hidden_ids(&page, ids);
    add_shown_keys(&page, ids);
    return page_send(&page, 200);
}

static int carry_out(struct http_call *call, const struct action *action, const struct key_ids *ids)
{
    if (!action) {
        err_set_param(&call->err, ERR_INVALID, "action", "unknown action");
        return 400;
    }
    if (ids->len == 0)
        return redirect_to_list(call, &(struct flash){.code = FLASH_NOTHING_SELECTED});
    if (action->asks_first && !http_form_get(admin_form(call), "confirm"))
        return ask(call, ids);
    return change_all(call, action, ids);
}

static int verify_all(struct http_call *call, const struct key_ids *ids)
{
    struct flash flash = {.code = FLASH_VERIFIED};
    if (keys_wants_stream(call))
        return keys_verify_stream(call, ids);
    if (keys_verify(call, ids, &flash, 0) < 0)
        return admin_status_of(&call->err);
    return redirect_to_list(call, &flash);
}

/* Work that changes no state by itself. -1 when the word is none of it. */
static int do_work(struct http_call *call, const struct key_ids *ids)
{
    const char *only = http_form_get(admin_form(call), "only");
    const char *word = only ? only : http_form_get(admin_form(call), "action");
    bool verifies = text_starts(word, "verify");
    bool exports = text_eq(word, "export") || text_eq(word, "csv");
    if (!verifies && !exports)
        return -1;
    if (ids->len == 0)
        return redirect_to_list(call, &(struct flash){.code = FLASH_NOTHING_SELECTED});
    return verifies ? verify_all(call, ids) : keys_export(call, ids, text_eq(word, "csv"));
}

int admin_keys_action(struct http_call *call)
{
    const struct http_form *form = admin_form(call);
    struct key_ids ids = {0};
    const struct action *action = read_order(form, &ids);
    struct keys_filter filter = keys_filter_read(form);
    int status = 0;
    if (http_form_get(form, "all") && !http_form_get(form, "only")) {
        ids.len = 0;
        if (keys_list_ids(&ids, call->admin->store, &filter, clock_wall_ms(), &call->err) < 0)
            status = admin_status_of(&call->err);
    }
    if (status == 0)
        status = do_work(call, &ids);
    if (status < 0)
        status = carry_out(call, action, &ids);
    VEC_FREE(&ids);
    return status;
}
