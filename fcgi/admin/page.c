#include "admin/page.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"

#define PAGE_MAX (8 * MIB)

/* Pages that the navigation leads to: a new page is a row. */
static const struct nav_row {
    const char *path;
    enum string_id label;
} nav_rows[] = {
    {"/dashboard", STRING_DASHBOARD}, {"/keys", STRING_KEYS},     {"/tokens", STRING_TOKENS},
    {"/requests", STRING_REQUESTS},   {"/errors", STRING_ERRORS}, {"/config", STRING_SETTINGS},
    {"/playground", STRING_TRY},      {"/help", STRING_HELP},
};

static const enum string_id theme_labels[THEME_COUNT] = {STRING_THEME_AUTO, STRING_THEME_LIGHT,
                                                         STRING_THEME_DARK};
static const char *const width_classes[] = {"", "medium", "narrow"};

/* What an action did, as sentences: `always`, and one for each count that is not 0. */
static const struct flash_row {
    const char *tone;
    enum string_id always;
    enum string_id counts[FLASH_COUNTS];
    enum string_id hints; /* what stands before the hints */
    const char *link;     /* where it can be undone; NULL: it cannot, or in the same place */
} flash_rows[FLASH_CODE_COUNT] = {
/* Zero, so that what a row leaves out says nothing; no message is "skip to content". */
#define NO_TEXT STRING_SKIP
    [FLASH_ADDED] = {"good",
                     NO_TEXT,
                     {STRING_DONE_ADDED, STRING_DONE_KNOWN, STRING_DONE_REPEATED,
                      STRING_DONE_REJECTED, STRING_DONE_WORK, STRING_DONE_REST, STRING_DONE_DEAD,
                      STRING_DONE_UNKNOWN},
                     STRING_REJECTED_WHICH},
    [FLASH_PAUSED] = {"good", NO_TEXT, {STRING_DONE_PAUSED, STRING_DONE_MISSING, NO_TEXT, NO_TEXT}},
    [FLASH_RESUMED] = {"good",
                       NO_TEXT,
                       {STRING_DONE_RESUMED, STRING_DONE_MISSING, NO_TEXT, NO_TEXT}},
    [FLASH_RESET] = {"good", NO_TEXT, {STRING_DONE_RESET, STRING_DONE_MISSING, NO_TEXT, NO_TEXT}},
    [FLASH_DELETED] = {"good",
                       NO_TEXT,
                       {STRING_DONE_DELETED, STRING_DONE_MISSING, NO_TEXT, NO_TEXT}},
    [FLASH_EDITED] = {"good", NO_TEXT, {STRING_DONE_EDITED, STRING_DONE_MISSING, NO_TEXT, NO_TEXT}},
    [FLASH_NOTHING_SELECTED] = {"bad",
                                STRING_NOTHING_SELECTED,
                                {NO_TEXT, NO_TEXT, NO_TEXT, NO_TEXT}},
    [FLASH_NO_KEYS] = {"bad",
                       STRING_NO_KEYS_FOUND,
                       {NO_TEXT, NO_TEXT, NO_TEXT, STRING_DONE_REJECTED},
                       STRING_REJECTED_WHICH},
#define NO_COUNTS                          \
    {                                      \
        NO_TEXT, NO_TEXT, NO_TEXT, NO_TEXT \
    }
    [FLASH_SETTINGS_SAVED] = {"good", STRING_SETTINGS_SAVED, NO_COUNTS, STRING_SETTINGS_WHICH,
                              "/config/history"},
    [FLASH_LOG_DELETED] = {"good",
                           STRING_LOG_NONE_DELETED,
                           {STRING_DONE_LOG_DELETED, NO_TEXT, NO_TEXT, NO_TEXT},
                           NO_TEXT},
    [FLASH_LOG_CLEARED] = {"good", STRING_LOG_CLEARED, NO_COUNTS, NO_TEXT},
    [FLASH_TOKEN_SAVED] = {"good", STRING_TOKEN_SAVED, NO_COUNTS, NO_TEXT},
    [FLASH_TOKEN_PAUSED] = {"good", STRING_TOKEN_PAUSED, NO_COUNTS, NO_TEXT},
    [FLASH_TOKEN_RESUMED] = {"good", STRING_TOKEN_RESUMED, NO_COUNTS, NO_TEXT},
    [FLASH_TOKEN_DELETED] = {"good", STRING_TOKEN_DELETED, NO_COUNTS, NO_TEXT},
    [FLASH_VERIFIED] = {"good",
                        STRING_VERIFIED_ALL,
                        {STRING_DONE_WORK, STRING_DONE_REST, STRING_DONE_DEAD, STRING_DONE_UNKNOWN},
                        NO_TEXT},
    [FLASH_KEY_SAVED] = {"good", STRING_KEY_SAVED, NO_COUNTS, NO_TEXT},
    [FLASH_MODELS_FRESH] = {"good", STRING_MODELS_FRESH, NO_COUNTS, NO_TEXT},
    [FLASH_MODELS_FAILED] = {"bad", STRING_MODELS_FAILED, NO_COUNTS, NO_TEXT},
    [FLASH_LOG_ON] = {"good", STRING_LOG_ON, NO_COUNTS, NO_TEXT},
    [FLASH_LOG_OFF] = {"good", STRING_LOG_OFF, NO_COUNTS, NO_TEXT},
    [FLASH_NO_ROW_SELECTED] = {"bad", STRING_NO_ROW_SELECTED, NO_COUNTS, NO_TEXT},
    [FLASH_SETTINGS_SAME] = {"plain", STRING_SETTINGS_SAME, NO_COUNTS, NO_TEXT},
    [FLASH_SETTINGS_WRONG] = {"bad", STRING_SETTINGS_WRONG, NO_COUNTS, STRING_SETTINGS_WRONG_WHICH},
    [FLASH_SETTING_RESET] = {"good", STRING_SETTING_RESET, NO_COUNTS, STRING_SETTINGS_WHICH,
                             "/config/history"},
    [FLASH_SETTING_UNDONE] = {"good", STRING_SETTING_UNDONE, NO_COUNTS, STRING_SETTINGS_WHICH},
};

const char *page_url(const struct http_call *call, const char *path)
{
    return arena_printf(call->req->arena, "%s%s%s", call->req->script_name, call->admin->path,
                        path);
}

int admin_redirect(struct http_call *call, const char *path)
{
    http_response_header(call->res, "Cache-Control", "no-store");
    http_response_redirect(call->res, 303,
                           arena_printf(call->req->arena, "%s%s", call->admin->path, path));
    return 303;
}

int admin_redirect_flash(struct http_call *call, const char *path, const struct flash *flash)
{
    struct arena *arena = call->req->arena;
    const char *message =
        flash_query(arena, store_vault(call->admin->store), admin_session(call), flash);
    return admin_redirect(
        call, arena_printf(arena, "%s%c%s", path, strchr(path, '?') ? '&' : '?', message));
}

const char *page_text(const struct page *page, enum string_id id)
{
    return string_text(page->preferences.language, id);
}

void page_set_text(const struct page *page, struct view_dict *dict, const char *name,
                   enum string_id id)
{
    view_set(dict, name, page_text(page, id));
}

static void set_moment(struct view_dict *dict, int64_t when_ms, const char *words)
{
    char buf[40];
    view_set(dict, "ISO", clock_iso(when_ms, buf, sizeof(buf)));
    view_set(dict, "LOCAL", clock_local(when_ms, buf, sizeof(buf)));
    view_set(dict, "WORDS", words);
}

void page_set_past(const struct page *page, struct view_dict *dict, int64_t when_ms)
{
    set_moment(dict, when_ms,
               string_ago(page->arena, page->preferences.language, when_ms, page->now_ms));
}

void page_set_future(const struct page *page, struct view_dict *dict, int64_t when_ms)
{
    enum language language = page->preferences.language;
    const char *span = string_span(page->arena, language, when_ms - page->now_ms);
    set_moment(dict, when_ms, string_with_text(page->arena, language, STRING_BACK_IN, span));
}

/* --- the layout ------------------------------------------------------------------------------- */

static bool is_plain_path(const char *path)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/";
    return path[0] == '/' && path[1] != '/' && strspn(path, allowed) == strlen(path);
}

/* The page itself, for links that change how it looks. What was posted cannot be asked for again
 * and leads to the start, as does an address that is not plainly one of ours. */
static const char *own_path(const struct http_call *call)
{
    const struct route *route = call->route;
    bool can_return = route && (route->methods & HTTP_GET) &&
                      (call->req->method & (HTTP_GET | HTTP_HEAD)) &&
                      is_plain_path(call->req->raw_path);
    const char *path = can_return ? call->req->raw_path : page_url(call, "/");
    return can_return ? arena_printf(call->req->arena, "%s%s", call->req->script_name, path) : path;
}

static bool is_own_parameter(const char *pair)
{
    static const char *const names[] = {"lang=", "theme=", "flash=", "sig=", "note="};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (text_starts(pair, names[i]))
            return true;
    }
    return false;
}

/* The page's own address with `name` set to `value`; the filter in its query stays. */
static const char *own_url(const struct http_call *call, const char *name, const char *value)
{
    STRBUF_AUTO struct strbuf url = STRBUF_INIT(LIMIT_HEADERS);
    strbuf_printf(&url, "%s?%s=%s", own_path(call), name, value);
    for (const char *pair = call->req->query; *pair;) {
        size_t len = strcspn(pair, "&");
        if (len && !is_own_parameter(pair))
            strbuf_printf(&url, "&%.*s", (int)len, pair);
        pair += len;
        pair += *pair == '&';
    }
    return arena_strdup(call->req->arena, strbuf_str(&url));
}

static void set_strings(struct page *page)
{
    for (int i = 0; i < STRING_COUNT; i++)
        view_share(page->layout, string_template_name((enum string_id)i),
                   page_text(page, (enum string_id)i));
}

static void set_language(struct page *page)
{
    enum language other =
        page->preferences.language == LANGUAGE_ENGLISH ? LANGUAGE_CHINESE : LANGUAGE_ENGLISH;
    view_set(page->layout, "LANG", language_tag(page->preferences.language));
    view_set(page->layout, "OTHER_LANG", language_tag(other));
    view_set(page->layout, "OTHER_LANG_NAME", language_name(other));
    view_set(page->layout, "OTHER_LANG_URL", own_url(page->call, "lang", language_word(other)));
}

static void set_theme(struct page *page)
{
    view_set(page->layout, "THEME", theme_word(page->preferences.theme));
    for (int i = 0; i < THEME_COUNT; i++) {
        struct view_dict *choice = view_section(page->layout, "THEME_CHOICE");
        const char *word = theme_word((enum theme)i);
        view_set(choice, "HREF", own_url(page->call, "theme", word));
        view_set(choice, "ICON", word);
        page_set_text(page, choice, "LABEL", theme_labels[i]);
        if (page->preferences.theme == (enum theme)i)
            view_show(choice, "CURRENT");
    }
}

/* Whether the page lies in that part: "/config/history" in "/config", "/keys" not in "/key". */
static bool is_part(const struct http_call *call, const char *path)
{
    size_t skipped = strlen(call->admin->path);
    const char *own = call->route ? call->route->pattern : "";
    if (!text_starts(own, call->admin->path) || !text_starts(own + skipped, path))
        return false;
    char after = own[skipped + strlen(path)];
    return after == '\0' || after == '/';
}

static void set_nav(struct page *page)
{
    view_show(page->layout, "SIGNED_IN");
    for (size_t i = 0; i < ARRAY_LEN(nav_rows); i++) {
        struct view_dict *link = view_section(page->layout, "NAV");
        view_set(link, "HREF", page_url(page->call, nav_rows[i].path));
        page_set_text(page, link, "LABEL", nav_rows[i].label);
        if (is_part(page->call, nav_rows[i].path))
            view_show(link, "CURRENT");
    }
}

static void set_banners(struct page *page)
{
    const struct admin *admin = page->call->admin;
    if (admin->demo)
        view_show(page->layout, "DEMO");
    if (admin_token_borrowed(page->call->settings))
        view_show(page->layout, "BORROWED");
}

static void add_flash_line(struct view_dict *dict, const char *text)
{
    view_set(view_section(dict, "FLASH_LINE"), "TEXT", text);
}

void page_show_flash(struct page *page, const struct flash *flash)
{
    const struct flash_row *row = &flash_rows[flash->code];
    struct view_dict *dict = view_section(page->layout, "FLASH");
    view_set(dict, "TONE", row->tone);
    if (row->always != NO_TEXT)
        add_flash_line(dict, page_text(page, row->always));
    for (size_t i = 0; i < FLASH_COUNTS; i++) {
        if (row->counts[i] != NO_TEXT && flash->counts[i] != 0)
            add_flash_line(dict, string_with_number(page->arena, page->preferences.language,
                                                    row->counts[i], flash->counts[i]));
    }
    if (row->link) {
        struct view_dict *link = view_section(dict, "FLASH_LINK");
        view_set(link, "HREF", page_url(page->call, row->link));
        page_set_text(page, link, "LABEL", STRING_UNDO);
    }
    if (flash->hint_count == 0)
        return;
    struct view_dict *hints = view_section(dict, "FLASH_HINTS");
    page_set_text(page, hints, "HINTS_LABEL", row->hints);
    bool settings =
        row->hints == STRING_SETTINGS_WHICH || row->hints == STRING_SETTINGS_WRONG_WHICH;
    for (size_t i = 0; i < flash->hint_count; i++) {
        struct view_dict *hint = view_section(hints, "FLASH_HINT");
        view_set(hint, "HINT", flash->hints[i]);
        view_show(hint, settings ? "SETTING_HINT" : "PLAIN_HINT");
    }
}

static void set_session(struct page *page, const struct store_session *session)
{
    struct flash flash;
    view_share(page->layout, "CSRF", session->csrf);
    set_nav(page);
    if (flash_read(page->call->req, store_vault(page->call->admin->store), session, &flash))
        page_show_flash(page, &flash);
}

void page_begin(struct page *page, struct http_call *call, const char *file, enum string_id title,
                enum page_width width)
{
    const struct store_session *session = admin_session(call);
    *page = (struct page){.call = call,
                          .arena = call->req->arena,
                          .preferences = preferences_of(call->req, call->res),
                          .layout = view_dict_create("layout"),
                          .now_ms = clock_wall_ms()};
    page->content = view_include(page->layout, "CONTENT", file);
    set_strings(page);
    page_set_title(page, page_text(page, title));
    view_share(page->layout, "BASE", page_url(call, ""));
    view_set(page->layout, "MAIN_CLASS", width_classes[width]);
    view_set(page->layout, "VERSION", call->admin->version);
    set_language(page);
    set_theme(page);
    set_banners(page);
    if (session)
        set_session(page, session);
}

void page_set_title(struct page *page, const char *title)
{
    view_share(page->layout, "TITLE", title);
}

/* --- sending ---------------------------------------------------------------------------------- */

/* Pages hold nothing from elsewhere, are framed by nobody, tell nobody where a person came from,
 * and lie in no cache. */
static void set_headers(struct http_response *res)
{
    static const struct http_field headers[] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
         "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-store"},
        {"Vary", "Cookie, Accept-Language"},
    };
    for (size_t i = 0; i < ARRAY_LEN(headers); i++)
        http_response_header(res, headers[i].name, headers[i].value);
}

static int render(struct page *page, struct strbuf *html, struct err *err)
{
    struct view *view = page->call->admin->view;
    if (!view)
        return err_set(err, ERR_IO, "the page templates cannot be read");
    return view_render(view, "layout.tpl", page->layout, html, err);
}

int page_send(struct page *page, int status)
{
    struct http_call *call = page->call;
    STRBUF_AUTO struct strbuf html = STRBUF_INIT(PAGE_MAX);
    int rendered = render(page, &html, &call->err);
    view_dict_destroy(&page->layout);
    if (rendered < 0) {
        log_event(LOG_ERROR, "admin.page_failed", "error=\"%s\"", call->err.text);
        return 503;
    }
    set_headers(call->res);
    http_response_send(call->res, status, "text/html; charset=utf-8", strbuf_str(&html), html.len);
    return status;
}

void page_abandon(struct page *page)
{
    view_dict_destroy(&page->layout);
}

int admin_status_of(const struct err *err)
{
    static const struct {
        enum err_code code;
        int status;
    } rows[] = {
        {ERR_INVALID, 400}, {ERR_TOO_LARGE, 413}, {ERR_NOT_FOUND, 404},
        {ERR_EXISTS, 409},  {ERR_BUSY, 503},      {ERR_FULL, 503},
        {ERR_IO, 503},      {ERR_DAMAGED, 503},   {ERR_GONE, 400},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].code == err->code)
            return rows[i].status;
    }
    return 500;
}
