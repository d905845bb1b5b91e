/* The page /config: every setting in its group, changed in one form. */
#include "admin/settings_form.h"

#include <string.h>

#include "admin/models_page.h"
#include "admin/page.h"
#include "admin/settings_save.h"
#include "base/limits.h"
#include "base/text.h"
#include "config/setting_text.h"

enum { ROWS_LEAST = 2, ROWS_MOST = 10, NAMES_TOLD = FLASH_HINTS };

/* --- one setting ------------------------------------------------------------------------------ */

/* Which part of the template shows a type. */
static const char *const controls[] = {
    [SETTING_BOOL] = "BOX", [SETTING_INT] = "NUMBER",    [SETTING_NUM] = "NUMBER",
    [SETTING_STR] = "TEXT", [SETTING_CHOICE] = "CHOICE", [SETTING_LIST] = "AREA",
    [SETTING_MAP] = "AREA", [SETTING_JSON] = "AREA",
};

static const enum string_id source_names[] = {
    [SOURCE_DEFAULT] = STRING_SOURCE_DEFAULT,
    [SOURCE_ENVIRONMENT] = STRING_SOURCE_ENVIRONMENT,
    [SOURCE_STORE] = STRING_SOURCE_STORE,
};
static const char *const source_words[] = {"default", "environment", "store"};

static int rows_of(const char *text)
{
    int rows = 1;
    for (; *text; text++)
        rows += *text == '\n';
    return rows < ROWS_LEAST ? ROWS_LEAST : rows > ROWS_MOST ? ROWS_MOST : rows;
}

static void set_choices(struct view_dict *control, const struct setting_entry *entry)
{
    for (const char *word = entry->def->choices; *word;) {
        int len = (int)strcspn(word, "|");
        struct view_dict *option = view_section(control, "OPTION");
        view_setf(option, "VALUE", "%.*s", len, word);
        if (strlen(entry->input) == (size_t)len && strncmp(entry->input, word, (size_t)len) == 0)
            view_show(option, "CURRENT");
        word += word[len] ? len + 1 : len;
    }
}

static void set_control(struct view_dict *dict, const struct setting_entry *entry)
{
    const struct setting_def *def = entry->def;
    bool secret = def->flags & SET_SECRET;
    struct view_dict *control = view_section(dict, secret ? "SECRET" : controls[def->type]);
    view_set(control, "INPUT", secret ? "" : entry->input);
    if (entry->error)
        view_show(control, "INVALID");
    if (secret)
        return;
    if (def->type == SETTING_BOOL && text_eq(entry->input, "true"))
        view_show(control, "CURRENT");
    if (def->type == SETTING_CHOICE)
        set_choices(control, entry);
    if (text_eq(controls[def->type], "AREA"))
        view_set_int(control, "ROWS", rows_of(entry->input));
}

/* A setting that is not changed here, and why. */
static void set_fixed(const struct page *page, struct view_dict *dict,
                      const struct setting_entry *entry)
{
    unsigned flags = entry->def->flags;
    struct view_dict *fixed = view_section(dict, "FIXED");
    page_set_text(page, fixed, "WHY", flags & SET_SEED ? STRING_FIXED_SEED : STRING_FIXED_ENV);
    if (!(flags & SET_SECRET) && *entry->shown)
        view_set(view_section(fixed, "VALUE_SHOWN"), "TEXT", entry->shown);
}

static bool is_long(const struct setting_def *def)
{
    return text_eq(controls[def->type], "AREA");
}

/* Checks word what is wrong in English; of a plain value the range says it in the page's language. */
static bool is_told_by_range(const struct page *page, const struct setting_def *def)
{
    return page->preferences.language != LANGUAGE_ENGLISH && def->type != SETTING_STR &&
           def->type != SETTING_LIST && def->type != SETTING_MAP && def->type != SETTING_JSON;
}

static void set_notes(const struct page *page, struct view_dict *dict,
                      const struct setting_entry *entry)
{
    const struct setting_def *def = entry->def;
    const char *language = language_tag(page->preferences.language);
    STRBUF_AUTO struct strbuf range = STRBUF_INIT(4 * KIB);
    setting_range_text(&range, def, language);
    if (def->type != SETTING_BOOL && def->type != SETTING_CHOICE)
        view_set(view_section(dict, "RANGE"), "TEXT", strbuf_str(&range));
    if (*def->fallback && !is_long(def))
        view_set(view_section(dict, "FALLBACK"), "TEXT", def->fallback);
    if (def->flags & SET_START)
        view_show(dict, "AT_START");
    if (entry->error) {
        struct view_dict *error = view_section(dict, "ERROR");
        if (!is_told_by_range(page, entry->def))
            view_set(view_section(error, "DETAIL"), "TEXT", entry->error);
        view_set(error, "RANGE", strbuf_str(&range));
    }
}

static bool is_set(const struct settings *set, const struct setting_def *def)
{
    FREE_AUTO char *text = setting_value_text(set, def);
    bool found = *text != '\0' && !text_eq(text, "[]");
    secret_wipe(text, strlen(text));
    return found;
}

static void set_source(const struct page *page, struct view_dict *dict,
                       const struct setting_def *def)
{
    const struct settings *set = page->call->settings;
    enum setting_source source = setting_source_of(set, def);
    view_set(dict, "SOURCE", source_words[source]);
    page_set_text(page, dict, "SOURCE_NAME", source_names[source]);
    if (source == SOURCE_STORE && setting_is_editable(def))
        view_show(dict, "CAN_RESET");
    if (def->flags & SET_SECRET)
        view_show(dict, is_set(set, def) ? "IS_SET" : "IS_UNSET");
}

static void add_entry(const struct page *page, struct view_dict *group,
                      const struct setting_entry *entry)
{
    char mark[SETTING_MARK_LEN + 1];
    struct view_dict *dict = view_section(group, "SETTING");
    view_set(dict, "NAME", entry->def->name);
    view_set(dict, "HELP", setting_help(entry->def, language_tag(page->preferences.language)));
    set_source(page, dict, entry->def);
    if (!setting_is_editable(entry->def)) {
        set_fixed(page, dict, entry);
        return;
    }
    if (setting_names_models(entry->def)) {
        struct view_dict *models = view_section(dict, "OF_MODELS");
        if (is_long(entry->def))
            view_show(models, "PICKS");
    }
    if (text_eq(entry->def->name, "PROXIES"))
        view_show(dict, "IS_PROXIES");
    setting_mark(entry->shown, mark);
    view_set(view_section(dict, "MARKED"), "MARK", mark);
    set_control(dict, entry);
    set_notes(page, dict, entry);
    if (entry->changed)
        view_show(dict, "TOUCHED");
}

/* --- the page --------------------------------------------------------------------------------- */

/* Those that are known now: nobody waits for upstream here. */
static void add_known_models(const struct page *page)
{
    struct http_call *call = page->call;
    int status = 0;
    JSON_AUTO json_object *models =
        call->admin->models ? call->admin->models(call, MODELS_KNOWN, &status) : NULL;
    size_t count = models ? json_object_array_length(models) : 0;
    for (size_t i = 0; i < count; i++)
        view_set(view_section(page->content, "KNOWN_MODEL"), "ID",
                 model_object_id(json_object_array_get_idx(models, i)));
}

static void fill(const struct page *page, const struct settings_form *form)
{
    add_known_models(page);
    const char *language = language_tag(page->preferences.language);
    for (int i = 0; i < GROUP_COUNT; i++) {
        const char *title = setting_group_title((enum setting_group)i, language);
        struct view_dict *link = view_section(page->content, "GROUP_LINK");
        struct view_dict *group = view_section(page->content, "GROUP");
        view_set_int(link, "NUMBER", i);
        view_set(link, "TITLE", title);
        view_set_int(group, "NUMBER", i);
        view_set(group, "TITLE", title);
        for (size_t k = 0; k < form->count; k++) {
            const struct setting_entry *entry = &form->entries[k];
            if (entry->def->group == (enum setting_group)i && setting_is_visible(entry->def))
                add_entry(page, group, entry);
        }
    }
}

static int send_form(struct http_call *call, const struct settings_form *form,
                     const struct flash *flash, int status)
{
    struct page page;
    page_begin(&page, call, "settings.tpl", STRING_SETTINGS, PAGE_WIDE);
    if (flash)
        page_show_flash(&page, flash);
    fill(&page, form);
    return page_send(&page, status);
}

int admin_settings_page(struct http_call *call)
{
    struct settings_form form;
    settings_form_show(&form, call->settings, call->req->arena);
    return send_form(call, &form, NULL, 200);
}

/* --- saving ----------------------------------------------------------------------------------- */

static void tell_names(struct flash *flash, const struct settings_form *form, bool wrong)
{
    for (size_t i = 0; i < form->count && flash->hint_count < NAMES_TOLD; i++) {
        const struct setting_entry *entry = &form->entries[i];
        if (wrong ? entry->error != NULL : entry->changed)
            flash->hints[flash->hint_count++] = entry->def->name;
    }
}

static int save_form(struct http_call *call, const struct settings_form *form)
{
    struct store_setting_change *changes =
        ARENA_ARRAY(call->req->arena, struct store_setting_change, form->changed);
    size_t count = 0;
    for (size_t i = 0; i < form->count; i++) {
        const struct setting_entry *entry = &form->entries[i];
        if (entry->changed)
            changes[count++] = (struct store_setting_change){entry->def->name, entry->value,
                                                             (entry->def->flags & SET_SECRET) != 0};
    }
    return settings_save(call, changes, count);
}

/* Sets one back to its default. */
static int reset(struct http_call *call, const char *name)
{
    const struct setting_def *def = setting_find(name);
    if (!def || !setting_is_editable(def)) {
        err_set_param(&call->err, ERR_INVALID, "reset", "there is no such setting");
        return 400;
    }
    const struct store_setting_change change = {def->name, NULL, (def->flags & SET_SECRET) != 0};
    if (settings_save(call, &change, 1) < 0)
        return admin_status_of(&call->err);
    const struct flash flash = {.code = FLASH_SETTING_RESET, .hints = {def->name}, .hint_count = 1};
    return admin_redirect_flash(call, "/config", &flash);
}

int admin_settings_save(struct http_call *call)
{
    struct settings_form form;
    struct flash flash = {.code = FLASH_SETTINGS_SAVED};
    const char *name = http_form_get(admin_form(call), "reset");
    if (name)
        return reset(call, name);
    settings_form_show(&form, call->settings, call->req->arena);
    settings_form_read(&form, call->settings, admin_form(call), call->req->arena);
    tell_names(&flash, &form, form.wrong > 0);
    if (form.wrong) {
        flash.code = FLASH_SETTINGS_WRONG;
        return send_form(call, &form, &flash, 400);
    }
    if (form.changed == 0)
        return admin_redirect_flash(call, "/config", &(struct flash){.code = FLASH_SETTINGS_SAME});
    if (save_form(call, &form) < 0)
        return admin_status_of(&call->err);
    return admin_redirect_flash(call, "/config", &flash);
}
