#include "translate/pass_reply.h"

#include "base/json.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/error_body.h"
#include "translate/gemini_scan.h"

/* How a dialect counts; paths in its "usage". */
struct usage_words {
    const char *prompt, *output, *thoughts, *cached, *tool_use, *total;
};

static const struct usage_words usage_words[] = {
    [PASS_INTERACTIONS] = {"total_input_tokens", "total_output_tokens", "total_thought_tokens",
                           "total_cached_tokens", "total_tool_use_tokens", "total_tokens"},
    [PASS_OPENAI] = {"prompt_tokens", "completion_tokens", "",
                     "prompt_tokens_details.cached_tokens", "", "total_tokens"},
};

struct pass_filter {
    struct reply_filter base;
    enum pass_dialect dialect;
};

/* --- usage ------------------------------------------------------------------------------------ */

static int64_t count_at(json_object *usage, const char *path)
{
    json_object *value = *path ? json_path(usage, path) : NULL;
    return json_object_is_type(value, json_type_int) ? token_count(json_object_get_int64(value))
                                                     : 0;
}

static void read_counts(json_object *counts, enum pass_dialect dialect, struct token_usage *usage)
{
    const struct usage_words *words = &usage_words[dialect];
    *usage = (struct token_usage){.known = true,
                                  .prompt = count_at(counts, words->prompt),
                                  .output = count_at(counts, words->output),
                                  .thoughts = count_at(counts, words->thoughts),
                                  .cached = count_at(counts, words->cached),
                                  .tool_use = count_at(counts, words->tool_use),
                                  .total = count_at(counts, words->total)};
    /* Thoughts are in the total only. */
    int64_t rest = usage->total - usage->prompt - usage->output;
    if (dialect == PASS_OPENAI && rest > 0)
        usage->thoughts = rest;
}

/* "usage" of the object itself, or of the interaction that an event tells of. */
static void read_usage(const struct pass_filter *filter, const char *text, size_t len,
                       struct reply_facts *facts_r)
{
    size_t start = 0, end = 0;
    if (filter->dialect == PASS_INTERACTIONS &&
        gemini_scan_member(text, len, "interaction", &start, &end) == 1) {
        text += start;
        len = end - start;
    }
    if (gemini_scan_member(text, len, "usage", &start, &end) != 1)
        return;
    JSON_AUTO json_object *counts = json_parse_text(text + start, end - start, NULL);
    if (json_object_is_type(counts, json_type_object))
        read_counts(counts, filter->dialect, &facts_r->usage);
}

/* --- the filter ------------------------------------------------------------------------------- */

static int pass_event(struct reply_filter *base, const char *data, size_t len, const char *raw,
                      size_t raw_len, struct strbuf *out, struct reply_facts *facts_r,
                      struct err *err)
{
    (void)err;
    facts_r->meaningful = true;
    read_usage((struct pass_filter *)base, data, len, facts_r);
    strbuf_append(out, raw, raw_len);
    return 0;
}

static int pass_end(struct reply_filter *base, struct strbuf *out, struct err *err)
{
    (void)base;
    (void)out;
    (void)err;
    return 0;
}

static void pass_fail(struct reply_filter *base, int status, const struct err *why,
                      struct strbuf *out)
{
    if (((struct pass_filter *)base)->dialect == PASS_INTERACTIONS) {
        strbuf_puts(out, "event: error\ndata: ");
        interactions_error_event(out, status, why);
    } else {
        strbuf_puts(out, "data: ");
        openai_error_body(out, status, why, NULL, 0);
    }
    strbuf_puts(out, "\n\n");
}

static int pass_whole(struct reply_filter *base, const char *body, size_t len, struct strbuf *out,
                      struct reply_facts *facts_r, struct err *err)
{
    (void)err;
    facts_r->meaningful = true;
    read_usage((struct pass_filter *)base, body, len, facts_r);
    strbuf_append(out, body, len);
    return 0;
}

static void pass_destroy(struct reply_filter *base)
{
    free(base);
}

static const struct reply_filter_ops pass_ops = {
    .event = pass_event,
    .end = pass_end,
    .fail = pass_fail,
    .whole = pass_whole,
    .destroy = pass_destroy,
};

struct reply_filter *pass_reply_filter_create(enum pass_dialect dialect)
{
    struct pass_filter *filter = xcalloc(1, sizeof(*filter));
    filter->base.ops = &pass_ops;
    filter->dialect = dialect;
    return &filter->base;
}
