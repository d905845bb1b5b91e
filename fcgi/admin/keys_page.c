/* The page /keys: how the pool stands, and its keys one by one. */
#include "admin/admin.h"

#include <string.h>

#include "admin/key_fields.h"
#include "admin/key_reason.h"
#include "admin/keys_list.h"
#include "admin/number_text.h"
#include "admin/page.h"
#include "base/text.h"
#include "store/store_usage.h"

enum { BAR_WIDTH = 1000, BAR_LEAST = 6, RESTS_SHOWN = 3, PAGES_AROUND = 2 };

static const enum string_id state_names[KEYS_STATE_COUNT] = {
    STRING_STATE_ALL,     STRING_STATE_READY,  STRING_STATE_PARTLY,
    STRING_STATE_RESTING, STRING_STATE_PAUSED, STRING_STATE_DEAD};

static const enum string_id sort_names[KEYS_SORT_COUNT] = {
    STRING_SORT_AGE, STRING_SORT_NEWEST, STRING_SORT_USE, STRING_SORT_FAILURES, STRING_SORT_LABEL};

static const struct {
    const char *word;
    enum string_id name;
} kinds[] = {[STORE_KEY_GEMINI] = {"gemini", STRING_KIND_GEMINI},
             [STORE_KEY_VERTEX] = {"vertex", STRING_KIND_VERTEX},
             [STORE_KEY_PAID] = {"paid", STRING_KIND_PAID}};

/* --- the pool as a whole ---------------------------------------------------------------------- */

static void set_bar(const struct page *page, const struct keys_list *list)
{
    STRBUF_AUTO struct strbuf words = STRBUF_INIT(1024);
    int parts = 0;
    double x = 0;
    for (int i = KEYS_READY; i < KEYS_STATE_COUNT; i++)
        parts += list->states[i] > 0;
    for (int i = KEYS_READY; i < KEYS_STATE_COUNT; i++) {
        if (list->states[i] == 0)
            continue;
        double share = (double)list->states[i] / (double)list->states[KEYS_ALL];
        double width = BAR_LEAST + share * (BAR_WIDTH - BAR_LEAST * parts);
        struct view_dict *part = view_section(page->content, "BAR_PART");
        view_set(part, "STATE", keys_state_word((enum keys_state)i));
        view_setf(part, "X", "%.2f", x);
        view_setf(part, "WIDTH", "%.2f", width);
        x += width;
        strbuf_printf(&words, "%s%s %lld", words.len ? ", " : "", page_text(page, state_names[i]),
                      (long long)list->states[i]);
    }
    view_set(page->content, "BAR_TEXT", strbuf_str(&words));
}

/* Each state with its number, as a link that filters by it. */
static void set_tiles(const struct page *page, const struct keys_list *list,
                      const struct keys_filter *filter)
{
    for (int i = 0; i < KEYS_STATE_COUNT; i++) {
        struct keys_filter own = {
            .state = (enum keys_state)i, .text = "", .size = filter->size, .kind = -1};
        struct view_dict *tile = view_section(page->content, "TILE");
        view_set(tile, "STATE", keys_state_word(own.state));
        page_set_text(page, tile, "LABEL", state_names[i]);
        view_set_int(tile, "COUNT", list->states[i]);
        view_set(tile, "HREF", page_url(page->call, keys_filter_path(page->arena, &own)));
        if (filter->state == own.state)
            view_show(tile, "CURRENT");
    }
}

/* Where clients find the API, as this browser found the admin. */
static void set_endpoints(const struct page *page)
{
    const struct http_request *req = page->call->req;
    const char *origin =
        *req->host ? arena_printf(page->arena, "%s://%s", req->scheme, req->host) : "";
    view_setf(page->content, "OPENAI_URL", "%s%s/v1", origin, req->script_name);
    view_setf(page->content, "GEMINI_URL", "%s%s/v1beta", origin, req->script_name);
}

static void set_kinds(const struct page *page)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct view_dict *kind = view_section(page->content, "KIND");
        view_set(kind, "VALUE", kinds[i].word);
        page_set_text(page, kind, "LABEL", kinds[i].name);
    }
}

/* --- filter and pages ------------------------------------------------------------------------- */

static void set_words(const struct page *page, const char *section, const struct keys_words *words,
                      const char *chosen)
{
    if (words->count == 0 && text_empty(chosen))
        return;
    struct view_dict *dict = view_section(page->content, section);
    bool words_are_reasons = text_eq(section, "REASONS");
    bool found = text_empty(chosen);
    for (size_t i = 0; i <= words->count; i++) {
        if (i == words->count && found)
            break;
        const char *word = i < words->count ? words->items[i] : chosen;
        struct view_dict *choice = view_section(dict, "CHOICE");
        view_set(choice, "VALUE", word);
        view_set(choice, "LABEL",
                 words_are_reasons ? key_reason_text(page->preferences.language, word) : word);
        if (!text_eq(word, chosen))
            continue;
        view_show(choice, "CURRENT");
        found = true;
    }
}

static void set_word_choices(const struct page *page, const struct keys_list *list,
                             const struct keys_filter *filter)
{
    set_words(page, "REASONS", &list->reasons, filter->reason);
    set_words(page, "LABELS", &list->labels, filter->label);
    set_words(page, "PROJECTS", &list->projects, filter->project);
}

static void set_filter(const struct page *page, const struct keys_filter *filter)
{
    keys_filter_set(page->content, filter);
    for (int i = 0; i < KEYS_SORT_COUNT; i++) {
        struct view_dict *choice = view_section(page->content, "SORT_CHOICE");
        view_set(choice, "VALUE", keys_sort_word((enum keys_sort)i));
        page_set_text(page, choice, "LABEL", sort_names[i]);
        if (filter->sort == (enum keys_sort)i)
            view_show(choice, "CURRENT");
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct view_dict *choice = view_section(page->content, "KIND_CHOICE");
        view_set(choice, "VALUE", kinds[i].word);
        page_set_text(page, choice, "LABEL", kinds[i].name);
        if (filter->kind == (int)i)
            view_show(choice, "CURRENT");
    }
    if (filter->kind >= 0 || filter->failures > 0 || !text_empty(filter->reason) ||
        !text_empty(filter->label) || !text_empty(filter->project))
        view_show(page->content, "MORE_OPEN");
    for (int i = 0; i < KEYS_STATE_COUNT; i++) {
        struct view_dict *choice = view_section(page->content, "STATE_CHOICE");
        view_set(choice, "VALUE", keys_state_word((enum keys_state)i));
        page_set_text(page, choice, "LABEL", state_names[i]);
        if (filter->state == (enum keys_state)i)
            view_show(choice, "CURRENT");
    }
    for (int i = 0; i < KEYS_PAGE_SIZES; i++) {
        struct view_dict *choice = view_section(page->content, "SIZE_CHOICE");
        view_set_int(choice, "VALUE", keys_page_sizes[i]);
        if (filter->size == keys_page_sizes[i])
            view_show(choice, "CURRENT");
    }
}

static const char *path_of_page(const struct page *page, const struct keys_filter *filter,
                                int number)
{
    struct keys_filter other = *filter;
    other.page = number;
    return page_url(page->call, keys_filter_path(page->arena, &other));
}

static void add_step(const struct page *page, struct view_dict *pages, const char *section,
                     const struct keys_filter *filter, int number)
{
    view_set(view_section(pages, section), "HREF", path_of_page(page, filter, number));
}

/* The first, the last, and those around the present one. */
static void set_pages(const struct page *page, struct view_dict *list_dict,
                      const struct keys_list *list, const struct keys_filter *filter)
{
    if (list->pages < 2)
        return;
    struct view_dict *pages = view_section(list_dict, "PAGES");
    int before = 0;
    if (list->page > 1)
        add_step(page, pages, "PREVIOUS", filter, list->page - 1);
    for (int i = 1; i <= list->pages; i++) {
        bool near = i >= list->page - PAGES_AROUND && i <= list->page + PAGES_AROUND;
        if (i != 1 && i != list->pages && !near)
            continue;
        struct view_dict *link = view_section(pages, "PAGE_LINK");
        view_set(link, "HREF", path_of_page(page, filter, i));
        view_set_int(link, "NUMBER", i);
        if (i == list->page)
            view_show(link, "CURRENT");
        if (i > before + 1)
            view_show(link, "GAP");
        before = i;
    }
    if (list->page < list->pages)
        add_step(page, pages, "NEXT", filter, list->page + 1);
}

/* --- one key ---------------------------------------------------------------------------------- */

static void add_rest(const struct page *page, struct view_dict *row_dict,
                     const struct store_rest *rest)
{
    struct view_dict *why = view_section(row_dict, "WHY");
    view_set(why, "TEXT", key_reason_text(page->preferences.language, rest->reason));
    if (!text_empty(rest->model))
        view_set(view_section(why, "MODEL"), "NAME", rest->model);
    page_set_future(page, view_section(why, "UNTIL"), rest->until_ms);
}

static void add_text(struct view_dict *row_dict, const char *section, const char *text)
{
    if (!text_empty(text))
        view_set(view_section(row_dict, section), "TEXT", text);
}

/* Why and since when it is paused or dead. */
static void add_since(const struct page *page, struct view_dict *row_dict,
                      const struct store_key *key)
{
    struct view_dict *why = view_section(row_dict, "WHY");
    const char *reason = key_reason_text(page->preferences.language, key->reason);
    view_set(why, "TEXT", reason);
    if (*reason)
        view_show(why, "DOT");
    page_set_past(page, view_section(why, "SINCE"), key->state_since_ms);
}

/* Why it is as it is: the reason of a death; the rest for all models; or those for some. */
static void set_why(const struct page *page, struct view_dict *dict, const struct keys_row *row)
{
    const struct store_rest *whole = keys_row_whole_rest(row);
    if (row->state == KEYS_DEAD || row->state == KEYS_PAUSED)
        add_since(page, dict, &row->key);
    else if (row->state == KEYS_RESTING)
        add_rest(page, dict, whole);
    else if (row->state == KEYS_PARTLY) {
        for (size_t i = 0; i < row->rest_count && i < RESTS_SHOWN; i++)
            add_rest(page, dict, &row->rests[i]);
        if (row->rest_count > RESTS_SHOWN)
            add_text(dict, "WHY",
                     string_with_number(page->arena, page->preferences.language, STRING_AND_MORE,
                                        (int64_t)(row->rest_count - RESTS_SHOWN)));
    }
    if (row->state != KEYS_READY || row->key.failures > 0)
        add_text(dict, "LAST_ERROR", row->key.last_error);
}

static void set_possible_actions(struct view_dict *dict, const struct keys_row *row)
{
    if (row->key.state == STORE_KEY_ACTIVE)
        view_show(dict, "CAN_PAUSE");
    else
        view_show(dict, "CAN_RESUME");
    if (row->rest_count || row->key.failures > 0)
        view_show(dict, "CAN_RESET");
}

static void set_identity(const struct page *page, struct view_dict *dict,
                         const struct store_key *key)
{
    view_set_int(dict, "ID", key->id);
    view_set(dict, "HINT", key->hint);
    if (key->kind != STORE_KEY_GEMINI)
        page_set_text(page, view_section(dict, "KIND_TAG"), "KIND_NAME", kinds[key->kind].name);
    if (!text_empty(key->label) || !text_empty(key->project)) {
        bool both = !text_empty(key->label) && !text_empty(key->project);
        view_setf(view_section(dict, "LABELLED"), "LABEL", "%s%s%s", key->label ? key->label : "",
                  both ? " · " : "", key->project ? key->project : "");
    }
}

static int add_use(void *ctx, const struct usage_row *row)
{
    *(struct usage_counters *)ctx = row->counters;
    return 1;
}

/* What it did today, and how well. */
static void set_today(const struct page *page, struct view_dict *dict, int64_t id)
{
    int64_t day = store_usage_bucket(USAGE_KEY, USAGE_DAY, page->now_ms);
    const struct usage_query query = {.subject = USAGE_KEY,
                                      .span = USAGE_DAY,
                                      .from = day,
                                      .to = day + 1,
                                      .id = id,
                                      .group = USAGE_BY_ID};
    struct usage_counters use = {0};
    if (store_usage_each(page->call->admin->store, &query, add_use, &use, NULL) < 0 ||
        use.requests == 0) {
        view_show(dict, "UNUSED_TODAY");
        return;
    }
    struct view_dict *today = view_section(dict, "TODAY");
    view_set(today, "REQUESTS", number_short(page->arena, use.requests));
    view_set(today, "RATE", number_percent(page->arena, use.successes, use.requests));
}

static void add_row(const struct page *page, struct view_dict *list_dict,
                    const struct keys_row *row)
{
    struct view_dict *dict = view_section(list_dict, "ROW");
    set_identity(page, dict, &row->key);
    view_set(dict, "STATE", keys_state_word(row->state));
    page_set_text(page, dict, "STATE_NAME", state_names[row->state]);
    view_set_int(dict, "FAILURES", row->key.failures);
    view_show(dict, row->key.failures > 0 ? "FAILED" : "UNFAILED");
    if (row->key.last_used_ms > 0)
        page_set_past(page, view_section(dict, "USED"), row->key.last_used_ms);
    else
        view_show(dict, "NEVER");
    set_today(page, dict, row->key.id);
    set_why(page, dict, row);
    set_possible_actions(dict, row);
}

static void set_list(const struct page *page, const struct keys_list *list,
                     const struct keys_filter *filter)
{
    if (list->count == 0) {
        view_show(page->content, "NO_MATCH");
        return;
    }
    struct view_dict *list_dict = view_section(page->content, "LIST");
    for (size_t i = 0; i < list->count; i++)
        add_row(page, list_dict, &list->rows[i]);
    set_pages(page, list_dict, list, filter);
}

/* --- handlers --------------------------------------------------------------------------------- */

static int read_filter(struct http_call *call, struct keys_filter *filter_r)
{
    struct http_form query;
    const char *text = call->req->query;
    if (http_form_parse(&query, call->req->arena, text, strlen(text), &call->err) < 0)
        return -1;
    *filter_r = keys_filter_read(&query);
    return 0;
}

static void fill(const struct page *page, const struct keys_list *list,
                 const struct keys_filter *filter)
{
    set_endpoints(page);
    set_kinds(page);
    key_fields_fill(page, KEY_FIELDS_NEW, NULL);
    if (list->states[KEYS_ALL] == 0) {
        view_show(page->content, "NO_KEYS");
        view_show(page->content, "ADD_OPEN");
        return;
    }
    view_show(page->content, "HAS_KEYS");
    set_bar(page, list);
    set_tiles(page, list, filter);
    set_filter(page, filter);
    set_word_choices(page, list, filter);
    view_set(page->content, "MATCHES",
             string_with_number(page->arena, page->preferences.language, STRING_MATCHES,
                                (int64_t)list->matching));
    view_set_int(page->content, "MATCHING", (int64_t)list->matching);
    view_set(page->content, "ALL_MATCHING",
             string_with_number(page->arena, page->preferences.language, STRING_ALL_MATCHING,
                                (int64_t)list->matching));
    if (list->matching > list->count)
        view_show(page->content, "MORE_MATCH");
    set_list(page, list, filter);
}

int admin_keys_page(struct http_call *call)
{
    struct keys_filter filter;
    struct keys_list list;
    struct page page;

    if (read_filter(call, &filter) < 0)
        return admin_status_of(&call->err);
    page_begin(&page, call, "keys.tpl", STRING_KEYS, PAGE_WIDE);
    if (keys_list_read(&list, call->admin->store, &filter, page.arena, page.now_ms, &call->err) <
        0) {
        page_abandon(&page);
        return admin_status_of(&call->err);
    }
    filter.page = list.page;
    fill(&page, &list, &filter);
    return page_send(&page, 200);
}

int admin_keys_status(struct http_call *call)
{
    return admin_redirect(call, "/keys");
}
