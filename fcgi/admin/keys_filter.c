#include "admin/keys_filter.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/store_keys.h"

enum { TEXT_MAX = 100, PAGE_LAST = 100000 };

const int keys_page_sizes[KEYS_PAGE_SIZES] = {10, 20, KEYS_PAGE_SIZE, 100, 200, 500};

static const char *const state_words[KEYS_STATE_COUNT] = {"all",     "ready",  "partly",
                                                          "resting", "paused", "dead"};

static const char *const sort_words[KEYS_SORT_COUNT] = {"age", "newest", "use", "failures",
                                                        "label"};

const char *keys_sort_word(enum keys_sort sort)
{
    return sort_words[sort];
}

const char *keys_kind_word(int kind)
{
    return kind < 0 ? "" : store_key_kind_words[kind];
}

static int index_of(const char *const *words, int count, const char *word, int fallback)
{
    for (int i = 0; i < count; i++) {
        if (text_eq(word, words[i]))
            return i;
    }
    return fallback;
}

static int64_t failures_of(const char *text)
{
    int64_t failures;
    return text_to_int(text, &failures) < 0 || failures < 0 ? 0 : failures;
}

const char *keys_state_word(enum keys_state state)
{
    return state_words[state];
}

static enum keys_state state_of(const char *word)
{
    for (int i = 0; i < KEYS_STATE_COUNT; i++) {
        if (text_eq(word, state_words[i]))
            return (enum keys_state)i;
    }
    return KEYS_ALL;
}

static int size_of(const char *text)
{
    int64_t size;
    for (size_t i = 0; text_to_int(text, &size) == 0 && i < KEYS_PAGE_SIZES; i++) {
        if (size == keys_page_sizes[i])
            return keys_page_sizes[i];
    }
    return KEYS_PAGE_SIZE;
}

static int page_of(const char *text)
{
    int64_t page;
    if (text_to_int(text, &page) < 0 || page < 1)
        return 1;
    return page < PAGE_LAST ? (int)page : PAGE_LAST;
}

static const char *text_of(const char *text)
{
    if (!text || strlen(text) > TEXT_MAX || !utf8_valid(text, strlen(text)))
        return "";
    return text;
}

static const char *field(const struct http_form *form, const char *name)
{
    const char *value = http_form_get(form, name);
    return value ? value : "";
}

struct keys_filter keys_filter_read(const struct http_form *form)
{
    return (struct keys_filter){
        .state = state_of(field(form, "state")),
        .sort =
            (enum keys_sort)index_of(sort_words, KEYS_SORT_COUNT, field(form, "sort"), KEYS_BY_AGE),
        .kind = index_of(store_key_kind_words, STORE_KEY_KINDS, field(form, "of"), -1),
        .failures = failures_of(field(form, "failures")),
        .reason = text_of(field(form, "why")),
        .label = text_of(field(form, "tag")),
        .project = text_of(field(form, "in")),
        .text = text_of(field(form, "q")),
        .page = page_of(field(form, "page")),
        .size = size_of(field(form, "size"))};
}

static void add_text(struct strbuf *query, const char *name, const char *text)
{
    if (text_empty(text))
        return;
    strbuf_printf(query, "&%s=", name);
    url_encode(query, text, strlen(text), "");
}

const char *keys_filter_path(struct arena *arena, const struct keys_filter *filter)
{
    STRBUF_AUTO struct strbuf query = STRBUF_INIT(LIMIT_HEADERS);
    if (filter->state != KEYS_ALL)
        strbuf_printf(&query, "&state=%s", state_words[filter->state]);
    if (filter->kind >= 0)
        strbuf_printf(&query, "&of=%s", store_key_kind_words[filter->kind]);
    if (filter->failures > 0)
        strbuf_printf(&query, "&failures=%lld", (long long)filter->failures);
    if (filter->sort != KEYS_BY_AGE)
        strbuf_printf(&query, "&sort=%s", sort_words[filter->sort]);
    add_text(&query, "why", filter->reason);
    add_text(&query, "tag", filter->label);
    add_text(&query, "in", filter->project);
    add_text(&query, "q", filter->text);
    if (filter->size != KEYS_PAGE_SIZE)
        strbuf_printf(&query, "&size=%d", filter->size);
    if (filter->page > 1)
        strbuf_printf(&query, "&page=%d", filter->page);
    return arena_printf(arena, "/keys%s%s", query.len ? "?" : "",
                        query.len ? strbuf_str(&query) + 1 : "");
}

void keys_filter_set(struct view_dict *dict, const struct keys_filter *filter)
{
    view_set(dict, "FILTER_STATE", keys_state_word(filter->state));
    view_set(dict, "FILTER_SORT", keys_sort_word(filter->sort));
    view_set(dict, "FILTER_KIND", keys_kind_word(filter->kind));
    view_set(dict, "FILTER_REASON", filter->reason);
    view_set(dict, "FILTER_LABEL", filter->label);
    view_set(dict, "FILTER_PROJECT", filter->project);
    view_set_int(dict, "FILTER_FAILURES", filter->failures);
    view_set(dict, "FILTER_TEXT", filter->text);
    view_set_int(dict, "FILTER_SIZE", filter->size);
    view_set_int(dict, "FILTER_PAGE", filter->page);
}
