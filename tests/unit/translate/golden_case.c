#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "config/safety_text.h"
#include "translate/model_name.h"
#include "translate/openai_completions.h"

#define GOLDEN_NOW_MS 1700000000000
enum { FILE_MAX = 4 * 1024 * 1024 };

/* --- files ----------------------------------------------------------------------------------- */

static char *read_file(const char *base, const char *ending, size_t *len_r)
{
    FREE_AUTO char *path = xasprintf("%s%s", base, ending);
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = xcalloc(1, FILE_MAX);
    *len_r = fread(text, 1, FILE_MAX - 1, file);
    fclose(file);
    return text;
}

static void write_file(const char *base, const char *ending, const char *text, size_t len)
{
    FREE_AUTO char *path = xasprintf("%s%s", base, ending);
    FILE *file = fopen(path, "wb");
    if (!file)
        return;
    fwrite(text, 1, len, file);
    fclose(file);
}

static json_object *parse(const char *text, size_t len, const char *what)
{
    struct err err = ERR_INIT;
    json_object *doc = json_parse_text(text, len, &err);
    if (!doc)
        fail_msg("%s: %s", what, err.text);
    return doc;
}

/* --- the environment of a case --------------------------------------------------------------- */

void golden_make_id(void *ctx, char *buf, size_t size)
{
    struct golden_case *test = ctx;
    snprintf(buf, size, "%0*d", (int)size - 1, ++test->ids);
}

static int signature_get(void *ctx, const char *call_id, struct strbuf *out)
{
    struct golden_case *test = ctx;
    const char *known = json_get_str(json_get_obj(test->settings, "signatures"), call_id, NULL);
    strbuf_puts(out, known);
    return known != NULL;
}

static int model_exists(void *ctx, const char *model)
{
    struct golden_case *test = ctx;
    json_object *list = json_get_arr(test->settings, "models");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (text_eq(json_object_get_string(json_object_array_get_idx(list, i)), model))
            return 1;
    return 0;
}

static bool is_image_model(void *ctx, const char *model)
{
    struct golden_case *test = ctx;
    return model_name_listed(json_get_arr(test->settings, "image_models"), model);
}

static bool may_read_urls(void *ctx, const char *model)
{
    struct golden_case *test = ctx;
    return model_name_listed(json_get_arr(test->settings, "url_context_models"), model);
}

/* Hosts an image, but for one whose data begin with "BAD". */
static int image_put(void *ctx, const char *mime_type, const char *base64, size_t len,
                     struct strbuf *url)
{
    struct golden_case *test = ctx;
    if (len >= 3 && memcmp(base64, "BAD", 3) == 0)
        return 0;
    strbuf_printf(url, "%s%zu.%s", json_get_str(test->settings, "image_host", ""), len,
                  strchr(mime_type, '/') + 1);
    return 1;
}

static void read_env(struct golden_case *test)
{
    json_object *set = test->settings = json_get_obj(test->head, "env");
    test->safety = safety_text_of(json_get_arr(set, "safety_settings"));
    test->env = (struct translate_env){
        .now_ms = GOLDEN_NOW_MS,
        .make_id = golden_make_id,
        .ctx = test,
        .signature_get = json_get_obj(set, "signatures") ? signature_get : NULL,
        .show_thoughts = json_get_bool(set, "show_thoughts", false),
        .code_execution = json_get_bool(set, "code_execution", false),
        .url_context = json_get_bool(set, "url_context", false),
        .show_search_links = json_get_bool(set, "show_search_links", false),
        .thinking_format = json_get_str(set, "thinking_format", "reasoning_content"),
        .image_format = json_get_str(set, "image_format", "markdown"),
        .safety_settings = test->safety,
        .thinking_budgets = json_get_obj(set, "thinking_budgets"),
        .model_exists = json_get_arr(set, "models") ? model_exists : NULL,
        .image_put = json_get_str(set, "image_host", NULL) ? image_put : NULL,
        .is_image_model = is_image_model,
        .may_read_urls = json_get_arr(set, "url_context_models") ? may_read_urls : NULL,
        .create_image_model = json_get_str(set, "create_image_model", NULL),
    };
}

void golden_load(struct golden_case *test, const char *dialect, const char *name)
{
    size_t len;
    *test = (struct golden_case){0};
    text_copy(test->dialect, sizeof(test->dialect), dialect);
    text_copy(test->name, sizeof(test->name), name);
    snprintf(test->base, sizeof(test->base), "%s/tests/golden/%s/%s", GB_SRCDIR, dialect, name);
    test->in = read_file(test->base, ".in", &len);
    assert_non_null(test->in);
    char *line = strstr(test->in, "\n---\n");
    size_t head = line ? (size_t)(line - test->in) : len;
    test->rest = line ? line + strlen("\n---\n") : NULL;
    test->head = parse(test->in, head, name);
    if (!json_get_str(test->head, "about", NULL))
        fail_msg("%s does not say what it is about", name);
    read_env(test);
    test->completion = text_starts(dialect, "completion");
}

void golden_free(struct golden_case *test)
{
    json_object_put(test->head);
    free(test->safety);
    free(test->in);
}

/* --- comparing ------------------------------------------------------------------------------- */

static const char *pretty(json_object *value)
{
    return json_object_to_json_string_ext(value, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                     JSON_C_TO_STRING_NOSLASHESCAPE);
}

static char *expected(struct golden_case *test, const char *actual, size_t actual_len,
                      size_t *len_r)
{
    char *text = read_file(test->base, ".out", len_r);
    if (!text && getenv("GOLDEN_WRITE")) {
        write_file(test->base, ".out", actual, actual_len);
        text = read_file(test->base, ".out", len_r);
    }
    if (!text)
        fail_msg("%s.out is missing; this came out:\n%s", test->base, actual);
    return text;
}

/* cmocka's own messages are cut. */
static void fail_differs(struct golden_case *test, const char *actual)
{
    fputs(actual, stderr);
    fail_msg("%s.out differs; what came out stands above", test->base);
}

void golden_expect_json(struct golden_case *test, json_object *actual)
{
    size_t len;
    FREE_AUTO char *shown = xasprintf("%s\n", pretty(actual));
    FREE_AUTO char *text = expected(test, shown, strlen(shown), &len);
    JSON_AUTO json_object *wanted = parse(text, len, test->base);
    /* Both are read from text, so that 1 and 1.0 are what their digits say. */
    JSON_AUTO json_object *got = parse(shown, strlen(shown), "what came out");
    if (!json_object_equal(wanted, got))
        fail_differs(test, shown);
}

void golden_expect_text(struct golden_case *test, const char *actual, size_t len)
{
    size_t wanted_len;
    FREE_AUTO char *wanted = expected(test, actual, len, &wanted_len);
    if (wanted_len != len || memcmp(wanted, actual, len) != 0)
        fail_differs(test, actual);
}

bool golden_refused(struct golden_case *test, int rc, const struct err *err)
{
    size_t len;
    FREE_AUTO char *text = read_file(test->base, ".err", &len);
    if (!text && rc < 0)
        fail_msg("%s was refused: %s (%s)", test->base, err->text, err->param);
    if (!text)
        return false;
    JSON_AUTO json_object *wanted = parse(text, len, test->base);
    assert_int_equal(rc, -1);
    assert_string_equal(err->param, json_get_str(wanted, "param", ""));
    if (!strstr(err->text, json_get_str(wanted, "contains", "")))
        fail_msg("%s.err differs; the text was: %s", test->base, err->text);
    return true;
}

int golden_parse_body(struct golden_case *test, struct openai_chat_request *request,
                      json_object *body, struct err *err)
{
    const char *model = json_get_str(test->head, "model", NULL);
    return test->completion ? openai_completion_request_parse(request, body, model, &test->env, err)
                            : openai_chat_request_parse(request, body, model, &test->env, err);
}

struct reply_filter *golden_make_filter(struct golden_case *test,
                                        struct openai_chat_request *request)
{
    struct err err = ERR_INIT;
    if (golden_parse_body(test, request, json_get_obj(test->head, "request"), &err) < 0)
        fail_msg("%s: the request was refused: %s", test->base, err.text);
    return test->completion ? openai_completion_filter_create(request, &test->env, "cmpl-golden")
                            : openai_chat_filter_create(request, &test->env, "chatcmpl-golden");
}
