/* The page /config/history: who changed which setting when, and back again. */
#include "admin/page.h"

#include "admin/settings_form.h"
#include "admin/settings_save.h"
#include "base/text.h"
#include "config/setting_mask.h"

struct history {
    const struct page *page;
    size_t count;
};

/* `def` is NULL for a setting that is no more: nothing is known of what it may hold. */
static void set_value(struct view_dict *dict, const char *section, const struct setting_def *def,
                      const char *value)
{
    struct view_dict *part = view_section(dict, section);
    FREE_AUTO char *shown = !value ? NULL
                            : def  ? setting_mask(def, value)
                                   : xstrdup(*value ? SETTING_MASK : "");
    if (shown && *shown)
        view_set(view_section(part, "VALUE_SHOWN"), "TEXT", shown);
    else
        view_show(part, value ? "EMPTY" : "IS_DEFAULT");
}

static int add_event(void *ctx, const struct store_setting_event *event)
{
    struct history *history = ctx;
    const struct page *page = history->page;
    const struct setting_def *def = setting_find(event->name);
    struct view_dict *row = view_section(page->content, "EVENT");
    history->count++;
    view_set_int(row, "ID", event->id);
    view_set(row, "NAME", event->name);
    view_set(row, "WHO", event->who);
    page_set_past(page, view_section(row, "WHEN"), event->time_ms);
    if (event->secret) {
        view_show(row, "HIDDEN_VALUES");
        return 0;
    }
    struct view_dict *values = view_section(row, "VALUES");
    set_value(values, "BEFORE", def, event->old_value);
    set_value(values, "AFTER", def, event->new_value);
    if (def && setting_is_editable(def))
        view_show(row, "CAN_UNDO");
    return 0;
}

static int64_t query_number(struct http_request *req, const char *name)
{
    int64_t number;
    return text_to_int(http_request_query(req, name), &number) < 0 ? 0 : number;
}

int admin_settings_history(struct http_call *call)
{
    struct page page;
    struct history history = {.page = &page};
    page_begin(&page, call, "settings_history.tpl", STRING_HISTORY, PAGE_WIDE);
    if (store_settings_history(call->admin->store, query_number(call->req, "before"), add_event,
                               &history, &call->err) < 0) {
        page_abandon(&page);
        return admin_status_of(&call->err);
    }
    view_show(page.content, history.count ? "HAS_EVENTS" : "NO_EVENTS");
    return page_send(&page, 200);
}

struct undo {
    int64_t id;
    struct arena *arena;
    const struct setting_def *def; /* NULL: there is nothing to undo */
    const char *value;
};

/* The walk begins at the event itself, so it ends with the first visit. */
static int find_undo(void *ctx, const struct store_setting_event *event)
{
    struct undo *undo = ctx;
    const struct setting_def *def = setting_find(event->name);
    if (event->id == undo->id && !event->secret && def && setting_is_editable(def)) {
        undo->def = def;
        undo->value = arena_strdup(undo->arena, event->old_value);
    }
    return 1;
}

int admin_settings_undo(struct http_call *call)
{
    struct undo undo = {.arena = call->req->arena};
    const char *id = http_form_get(admin_form(call), "id");
    if (text_to_int(id, &undo.id) < 0 || undo.id <= 0 || undo.id == INT64_MAX)
        return err_set_param(&call->err, ERR_INVALID, "id", "no such change"), 400;
    if (store_settings_history(call->admin->store, undo.id + 1, find_undo, &undo, &call->err) < 0)
        return admin_status_of(&call->err);
    if (!undo.def)
        return err_set_param(&call->err, ERR_NOT_FOUND, "id", "no such change"), 404;
    if (undo.value && setting_check(undo.def, undo.value, &call->err) < 0)
        return 400;
    const struct store_setting_change change = {undo.def->name, undo.value, false};
    if (settings_save(call, &change, 1) < 0)
        return admin_status_of(&call->err);
    const struct flash flash = {
        .code = FLASH_SETTING_UNDONE, .hints = {undo.def->name}, .hint_count = 1};
    return admin_redirect_flash(call, "/config/history", &flash);
}
