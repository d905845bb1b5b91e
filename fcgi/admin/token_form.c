#include "admin/token_form.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

enum { NAME_MAX_LEN = 100, MODELS_MAX = 100 };
#define NUMBER_MAX ((int64_t)1000000000000)

const char *const token_field_names[TOKEN_FIELDS] = {
    [TOKEN_NAME] = "name",
    [TOKEN_EXPIRES] = "expires",
    [TOKEN_MODELS] = "models",
    [TOKEN_RPM] = "requests_per_minute",
    [TOKEN_RPD] = "requests_per_day",
    [TOKEN_TPD] = "tokens_per_day",
};

/* --- from the store --------------------------------------------------------------------------- */

/* The last day that ends with `end_ms`. */
static const char *day_text(int64_t end_ms, struct arena *arena)
{
    char text[20];
    struct tm local;
    time_t seconds = (time_t)((end_ms - 1) / SECOND_MS);
    if (end_ms <= 0)
        return "";
    localtime_r(&seconds, &local);
    strftime(text, sizeof(text), "%Y-%m-%d", &local);
    return arena_strdup(arena, text);
}

const char *token_model_lines(const char *json, struct arena *arena)
{
    STRBUF_AUTO struct strbuf lines = STRBUF_INIT(64 * KIB);
    JSON_AUTO json_object *list =
        text_empty(json) ? NULL : json_parse_text(json, strlen(json), NULL);
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&lines, "%s%s", i ? "\n" : "",
                      json_object_get_string(json_object_array_get_idx(list, i)));
    return arena_strdup(arena, strbuf_str(&lines));
}

static const char *limit_text(int64_t limit, struct arena *arena)
{
    return limit > 0 ? arena_printf(arena, "%lld", (long long)limit) : "";
}

void token_form_show(struct token_form *form, const struct store_token *token, struct arena *arena)
{
    *form = (struct token_form){.token = *token};
    form->inputs[TOKEN_NAME] = token->name ? arena_strdup(arena, token->name) : "";
    form->inputs[TOKEN_EXPIRES] = day_text(token->expires_ms, arena);
    form->inputs[TOKEN_MODELS] = token_model_lines(token->models, arena);
    form->inputs[TOKEN_RPM] = limit_text(token->requests_per_minute, arena);
    form->inputs[TOKEN_RPD] = limit_text(token->requests_per_day, arena);
    form->inputs[TOKEN_TPD] = limit_text(token->tokens_per_day, arena);
}

/* --- from a person ---------------------------------------------------------------------------- */

/* The end of that local day; 0 for none, -1 when it is no day. */
static int64_t end_of_day(const char *text)
{
    struct tm local = {.tm_isdst = -1};
    if (!*text)
        return 0;
    const char *end = strptime(text, "%Y-%m-%d", &local);
    if (!end || *end)
        return -1;
    local.tm_mday++;
    time_t seconds = mktime(&local);
    return seconds <= 0 ? -1 : (int64_t)seconds * SECOND_MS;
}

/* 0 for nothing, -1 when it is no number. */
static int64_t limit_of(const char *text)
{
    int64_t number;
    if (!*text)
        return 0;
    return text_to_int(text, &number) < 0 || number < 0 || number > NUMBER_MAX ? -1 : number;
}

/* A JSON list of the lines; "" for none, NULL when there are too many. */
static const char *models_of(const char *lines, struct arena *arena)
{
    JSON_AUTO json_object *list = json_object_new_array();
    for (const char *at = lines; *at;) {
        size_t len = strcspn(at, "\n,");
        char *name = text_trim(arena_strndup(arena, at, len));
        if (*name)
            json_object_array_add(list, json_object_new_string(name));
        at += len;
        at += *at != '\0';
    }
    size_t count = json_object_array_length(list);
    if (count > MODELS_MAX)
        return NULL;
    return count ? json_to_arena(arena, list, NULL) : "";
}

static void read_inputs(struct token_form *form, const struct http_form *posted,
                        struct arena *arena)
{
    for (int i = 0; i < TOKEN_FIELDS; i++) {
        const char *text = http_form_get(posted, token_field_names[i]);
        if (!text || !utf8_valid(text, strlen(text)))
            text = "";
        form->inputs[i] = text_trim(arena_strdup(arena, text));
    }
}

void token_form_read(struct token_form *form, const struct http_form *posted, struct arena *arena)
{
    struct store_token *token = &form->token;
    *form = (struct token_form){.is_wrong = false};
    read_inputs(form, posted, arena);
    token->name = form->inputs[TOKEN_NAME];
    token->expires_ms = end_of_day(form->inputs[TOKEN_EXPIRES]);
    token->models = models_of(form->inputs[TOKEN_MODELS], arena);
    token->requests_per_minute = limit_of(form->inputs[TOKEN_RPM]);
    token->requests_per_day = limit_of(form->inputs[TOKEN_RPD]);
    token->tokens_per_day = limit_of(form->inputs[TOKEN_TPD]);
    form->wrong[TOKEN_NAME] = strlen(token->name) > NAME_MAX_LEN;
    form->wrong[TOKEN_EXPIRES] = token->expires_ms < 0;
    form->wrong[TOKEN_MODELS] = !token->models;
    form->wrong[TOKEN_RPM] = token->requests_per_minute < 0;
    form->wrong[TOKEN_RPD] = token->requests_per_day < 0;
    form->wrong[TOKEN_TPD] = token->tokens_per_day < 0;
    for (int i = 0; i < TOKEN_FIELDS; i++)
        form->is_wrong = form->is_wrong || form->wrong[i];
}

/* --- into the page ---------------------------------------------------------------------------- */

void token_form_fill(const struct page *page, const char *name, const struct token_form *form)
{
    static const struct {
        const char *value, *wrong;
        enum string_id fault;
    } parts[TOKEN_FIELDS] = {
        [TOKEN_NAME] = {"NAME", "NAME_WRONG", STRING_WRONG_NAME},
        [TOKEN_EXPIRES] = {"EXPIRES", "EXPIRES_WRONG", STRING_WRONG_DAY},
        [TOKEN_MODELS] = {"MODELS", "MODELS_WRONG", STRING_WRONG_MODELS},
        [TOKEN_RPM] = {"RPM", "RPM_WRONG", STRING_WRONG_NUMBER},
        [TOKEN_RPD] = {"RPD", "RPD_WRONG", STRING_WRONG_NUMBER},
        [TOKEN_TPD] = {"TPD", "TPD_WRONG", STRING_WRONG_NUMBER},
    };
    struct view_dict *dict = view_include(page->content, name, "token_form.tpl");
    for (int i = 0; i < TOKEN_FIELDS; i++) {
        view_set(dict, parts[i].value, form->inputs[i]);
        if (form->wrong[i])
            page_set_text(page, view_section(dict, parts[i].wrong), "TEXT", parts[i].fault);
    }
}
