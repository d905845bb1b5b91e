/* What people do to keys: add, pause, resume, end rests, delete. Each change is written to the
 * store one by one, the pool is told once at the end, and a redirect says what was done. */
#include "admin/admin.h"

#include <stdio.h>
#include <string.h>

#include "admin/flash.h"
#include "admin/key_changes.h"
#include "admin/key_fields.h"
#include "admin/keys_list.h"
#include "admin/keys_work.h"
#include "admin/page.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/redact.h"
#include "base/text.h"
#include "keyring/key_paste.h"

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

/* Project, weight, proxy and caps of the new ones. */
static int set_options(struct http_call *call, const struct key_options *options,
                       const struct key_ids *new_ids)
{
    for (size_t i = 0; key_options_any(options) && i < new_ids->len; i++) {
        if (key_options_apply(options, call->admin->store, new_ids->items[i], &call->err) < 0)
            return -1;
    }
    return 0;
}

static int add_pasted(struct http_call *call, const struct pasted_keys *found)
{
    struct key_options options;
    const struct key_option_source source = key_options_of_form(admin_form(call), false);
    if (key_options_read(&options, &source, call->req->arena, &call->err) < 0)
        return admin_status_of(&call->err);
    struct flash flash = {.code = FLASH_ADDED};
    note_rejects(call, found, &flash);
    if (found->keys.len == 0) {
        flash.code = FLASH_NO_KEYS;
        return redirect_to_list(call, &flash);
    }
    struct key_ids new_ids = {0};
    int result = add_keys(call, found, &flash, &new_ids);
    if (result == 0)
        result = set_options(call, &options, &new_ids);
    if (flash.counts[0]) {
        keys_tell_pool(call);
        keys_audit(call, "key.add", &new_ids, flash.counts[0]);
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

/* --- what the form asks for -------------------------------------------------------------------- */

/* `only` ("pause:12", the button of one row) goes before `action` with the ticked boxes `id`. Returns
 * the action's word, "" for none; `len_r` gets its length. */
static const char *read_order(const struct http_form *form, struct key_ids *ids, size_t *len_r)
{
    const char *only = http_form_get(form, "only");
    const char *word = only ? only : http_form_get(form, "action");
    int64_t id;
    if (only && strchr(only, ':') && text_to_int(strchr(only, ':') + 1, &id) == 0)
        VEC_PUSH(ids, id);
    for (size_t i = 0; !only && i < form->count; i++) {
        if (text_eq(form->fields[i].name, "id") && text_to_int(form->fields[i].value, &id) == 0)
            VEC_PUSH(ids, id);
    }
    *len_r = word ? strcspn(word, ":") : 0;
    return word ? word : "";
}

static int change_all(struct http_call *call, enum key_change change, const struct key_ids *ids)
{
    static const enum flash_code codes[KEY_CHANGE_COUNT] = {FLASH_PAUSED, FLASH_RESUMED,
                                                            FLASH_RESET, FLASH_DELETED};
    struct key_changes_done done;
    if (key_changes_make(call, change, ids, &done) < 0)
        return admin_status_of(&call->err);
    return redirect_to_list(
        call, &(struct flash){.code = codes[change], .counts = {done.changed, done.missing}});
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

/* --- editing many ------------------------------------------------------------------------------ */

static int ask_edit(struct http_call *call, const struct key_ids *ids, const char *problem)
{
    struct keys_filter filter = keys_filter_read(admin_form(call));
    struct page page;
    page_begin(&page, call, "keys_edit.tpl", STRING_EDIT, PAGE_MEDIUM);
    page_set_title(&page, string_with_number(page.arena, page.preferences.language,
                                             STRING_EDIT_MANY, (int64_t)ids->len));
    keys_filter_set(page.content, &filter);
    view_set(page.content, "BACK_URL", page_url(call, keys_filter_path(page.arena, &filter)));
    if (problem)
        view_set(view_section(page.content, "PROBLEM"), "TEXT", problem);
    add_hidden_ids(&page, ids);
    add_shown_keys(&page, ids);
    key_fields_fill(&page, KEY_FIELDS_MANY, NULL);
    return page_send(&page, problem ? 400 : 200);
}

static int edit(struct http_call *call, const struct key_ids *ids)
{
    struct key_options options;
    struct key_changes_done done;
    const struct key_option_source source = key_options_of_form(admin_form(call), false);
    if (!http_form_get(admin_form(call), "apply"))
        return ask_edit(call, ids, NULL);
    if (key_options_read(&options, &source, call->req->arena, &call->err) < 0)
        return ask_edit(call, ids, call->err.text);
    if (!key_options_any(&options))
        return redirect_to_list(call, &(struct flash){.code = FLASH_SETTINGS_SAME});
    if (key_changes_edit(call, &options, ids, &done) < 0)
        return admin_status_of(&call->err);
    return redirect_to_list(
        call, &(struct flash){.code = FLASH_EDITED, .counts = {done.changed, done.missing}});
}

/* --- every action ------------------------------------------------------------------------------ */

static int verify_all(struct http_call *call, const struct key_ids *ids)
{
    struct flash flash = {.code = FLASH_VERIFIED};
    if (keys_wants_stream(call))
        return keys_verify_stream(call, ids);
    if (keys_verify(call, ids, &flash, 0) < 0)
        return admin_status_of(&call->err);
    return redirect_to_list(call, &flash);
}

static int carry_out(struct http_call *call, const char *word, size_t len,
                     const struct key_ids *ids)
{
    enum key_change change = key_change_of(word, len);
    bool csv = text_eq(word, "csv");
    if (ids->len == 0)
        return redirect_to_list(call, &(struct flash){.code = FLASH_NOTHING_SELECTED});
    if (change == KEY_DELETE && !http_form_get(admin_form(call), "confirm"))
        return ask(call, ids);
    if (change != KEY_CHANGE_COUNT)
        return change_all(call, change, ids);
    if (text_starts(word, "verify"))
        return verify_all(call, ids);
    if (csv || text_eq(word, "export"))
        return keys_export(call, ids, csv);
    if (text_eq(word, "edit"))
        return edit(call, ids);
    return err_set_param(&call->err, ERR_INVALID, "action", "unknown action"), 400;
}

int admin_keys_action(struct http_call *call)
{
    const struct http_form *form = admin_form(call);
    struct key_ids ids = {0};
    size_t len;
    const char *word = read_order(form, &ids, &len);
    struct keys_filter filter = keys_filter_read(form);
    int status = 0;
    if (http_form_get(form, "all") && !http_form_get(form, "only")) {
        ids.len = 0;
        if (keys_list_ids(&ids, call->admin->store, &filter, clock_wall_ms(), &call->err) < 0)
            status = admin_status_of(&call->err);
    }
    if (status == 0)
        status = carry_out(call, word, len, &ids);
    VEC_FREE(&ids);
    return status;
}
