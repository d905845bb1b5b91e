#include "translate/gemini_scan.h"

#include <string.h>

#include "base/scope.h"
#include "base/text.h"
#include "translate/error_body.h"
#include "translate/json_scan.h"

/* What one part of a candidate turned out to be; decided when all its members were seen. */
struct part_marks {
    bool text;    /* a text that is not empty */
    bool thought; /* "thought": true */
    bool data;    /* a call, media or code */
};

struct reading {
    struct reply_facts *facts;
    struct part_marks part;
    bool known; /* a member that an answer has was seen */
};

typedef void fact_reader(struct json_scan *scan, struct reading *reading);

struct fact_rule {
    const char *name;
    fact_reader *read;
};

struct fact_table {
    const struct fact_rule *rules;
    size_t count;
    struct reading *reading;
};

static void by_table(struct json_scan *scan, struct json_slice name, void *ctx)
{
    const struct fact_table *table = ctx;
    for (size_t i = 0; i < table->count; i++) {
        if (json_slice_is(name, table->rules[i].name)) {
            table->rules[i].read(scan, table->reading);
            return;
        }
    }
    json_scan_skip(scan);
}

#define READ_OBJECT(scan, reading, table) \
    json_scan_members((scan), by_table, &(struct fact_table){(table), ARRAY_LEN(table), (reading)})

/* --- parts ----------------------------------------------------------------------------------- */

static void part_text(struct json_scan *scan, struct reading *reading)
{
    if (json_scan_string(scan).len > 0)
        reading->part.text = true;
}

static void part_thought(struct json_scan *scan, struct reading *reading)
{
    reading->part.thought = json_scan_true(scan);
}

static void part_data(struct json_scan *scan, struct reading *reading)
{
    if (json_scan_peek(scan) == '{')
        reading->part.data = true;
    json_scan_skip(scan);
}

static const struct fact_rule part_rules[] = {
    {"text", part_text},
    {"thought", part_thought},
    {"functionCall", part_data},
    {"inlineData", part_data},
    {"fileData", part_data},
    {"executableCode", part_data},
    {"codeExecutionResult", part_data},
};

static void one_part(struct json_scan *scan, void *ctx)
{
    struct reading *reading = ctx;
    reading->part = (struct part_marks){0};
    READ_OBJECT(scan, reading, part_rules);
    if (reading->part.text || reading->part.data) {
        reading->facts->meaningful = true;
        reading->facts->visible |= !reading->part.thought;
    }
}

static void read_parts(struct json_scan *scan, struct reading *reading)
{
    json_scan_items(scan, one_part, reading);
}

/* --- candidates ------------------------------------------------------------------------------ */

static const struct fact_rule content_rules[] = {{"parts", read_parts}};

static void read_content(struct json_scan *scan, struct reading *reading)
{
    READ_OBJECT(scan, reading, content_rules);
}

static void read_finish(struct json_scan *scan, struct reading *reading)
{
    struct json_slice reason = json_scan_string(scan);
    if (reason.len == 0 || json_slice_is(reason, "FINISH_REASON_UNSPECIFIED"))
        return;
    reading->facts->finished = true;
    json_slice_copy(reason, reading->facts->finish_reason, sizeof(reading->facts->finish_reason));
}

static void read_continuation(struct json_scan *scan, struct reading *reading)
{
    reading->facts->continues = json_scan_string(scan).len > 0;
}

static const struct fact_rule candidate_rules[] = {
    {"content", read_content},
    {"finishReason", read_finish},
    {"continuationToken", read_continuation},
};

static void one_candidate(struct json_scan *scan, void *ctx)
{
    READ_OBJECT(scan, (struct reading *)ctx, candidate_rules);
}

static void read_candidates(struct json_scan *scan, struct reading *reading)
{
    json_scan_items(scan, one_candidate, reading);
}

/* --- the rest -------------------------------------------------------------------------------- */

/* Empty and unspecified reasons stand in good answers. */
static void read_block_reason(struct json_scan *scan, struct reading *reading)
{
    struct json_slice reason = json_scan_string(scan);
    if (reason.len == 0 || json_slice_is(reason, "BLOCK_REASON_UNSPECIFIED") ||
        json_slice_is(reason, "BLOCKED_REASON_UNSPECIFIED"))
        return;
    json_slice_copy(reason, reading->facts->block_reason, sizeof(reading->facts->block_reason));
}

static const struct fact_rule feedback_rules[] = {{"blockReason", read_block_reason}};

static void read_feedback(struct json_scan *scan, struct reading *reading)
{
    READ_OBJECT(scan, reading, feedback_rules);
}

#define USAGE_READER(function, field)                                     \
    static void function(struct json_scan *scan, struct reading *reading) \
    {                                                                     \
        reading->facts->usage.field = token_count(json_scan_int(scan));   \
        reading->facts->usage.known = true;                               \
    }

USAGE_READER(usage_prompt, prompt)
USAGE_READER(usage_tool_use, tool_use)
USAGE_READER(usage_cached, cached)
USAGE_READER(usage_output, output)
USAGE_READER(usage_thoughts, thoughts)
USAGE_READER(usage_total, total)

static const struct fact_rule usage_rules[] = {
    {"promptTokenCount", usage_prompt},        {"toolUsePromptTokenCount", usage_tool_use},
    {"cachedContentTokenCount", usage_cached}, {"candidatesTokenCount", usage_output},
    {"thoughtsTokenCount", usage_thoughts},    {"totalTokenCount", usage_total},
};

static void read_usage(struct json_scan *scan, struct reading *reading)
{
    reading->facts->usage = (struct token_usage){0};
    READ_OBJECT(scan, reading, usage_rules);
}

static void read_version(struct json_scan *scan, struct reading *reading)
{
    json_slice_copy(json_scan_string(scan), reading->facts->model_version,
                    sizeof(reading->facts->model_version));
}

static void error_code(struct json_scan *scan, struct reading *reading)
{
    int64_t code = json_scan_int(scan);
    if (code >= 100 && code <= 999)
        reading->facts->error_code = (int)code;
}

/* The status word stands in where an event gives no number. */
static void error_status(struct json_scan *scan, struct reading *reading)
{
    char word[40];
    json_slice_copy(json_scan_string(scan), word, sizeof(word));
    if (reading->facts->error_code == 0)
        reading->facts->error_code = gemini_http_status(word);
}

static const struct fact_rule error_rules[] = {{"code", error_code}, {"status", error_status}};

static void read_error(struct json_scan *scan, struct reading *reading)
{
    if (json_scan_peek(scan) == 'n') {
        json_scan_skip(scan);
        return;
    }
    reading->facts->has_error = true;
    READ_OBJECT(scan, reading, error_rules);
}

static const struct fact_rule answer_rules[] = {
    {"candidates", read_candidates}, {"promptFeedback", read_feedback},
    {"usageMetadata", read_usage},   {"modelVersion", read_version},
    {"error", read_error},
};

static void answer_member(struct json_scan *scan, struct json_slice name, void *ctx)
{
    struct reading *reading = ctx;
    struct fact_table table = {answer_rules, ARRAY_LEN(answer_rules), reading};
    reading->known = true;
    by_table(scan, name, &table);
}

static void one_answer(struct json_scan *scan, void *ctx)
{
    if (json_scan_peek(scan) != '{')
        scan->bad = true;
    json_scan_members(scan, answer_member, ctx);
}

void gemini_scan_reply(const char *text, size_t len, struct reply_facts *facts_r)
{
    struct json_scan scan;
    struct reading reading = {.facts = facts_r};
    *facts_r = (struct reply_facts){0};
    json_scan_init(&scan, text, len);
    if (json_scan_peek(&scan) == '[')
        json_scan_items(&scan, one_answer, &reading);
    else
        one_answer(&scan, &reading);
    facts_r->malformed = !json_scan_done(&scan) || !reading.known;
}

/* --- one member ------------------------------------------------------------------------------ */

struct member_search {
    const char *name;
    struct json_slice value;
    bool found;
};

/* The last of two members with one name counts, as json-c and Google read it. */
static void find_member(struct json_scan *scan, struct json_slice name, void *ctx)
{
    struct member_search *search = ctx;
    struct json_slice value = json_scan_value(scan);
    if (!json_slice_is(name, search->name))
        return;
    search->value = value;
    search->found = true;
}

int gemini_scan_member(const char *text, size_t len, const char *name, size_t *start_r,
                       size_t *end_r)
{
    struct json_scan scan;
    struct member_search search = {.name = name};
    json_scan_init(&scan, text, len);
    if (json_scan_peek(&scan) != '{')
        return -1;
    json_scan_members(&scan, find_member, &search);
    if (!json_scan_done(&scan))
        return -1;
    if (!search.found)
        return 0;
    *start_r = (size_t)(search.value.start - text);
    *end_r = *start_r + search.value.len;
    return 1;
}

/* --- the continuation token ------------------------------------------------------------------ */

struct token_search {
    struct json_slice token;
    bool first; /* candidate */
};

static void token_member(struct json_scan *scan, struct json_slice name, void *ctx)
{
    struct token_search *search = ctx;
    if (json_slice_is(name, "continuationToken"))
        search->token = json_scan_string(scan);
    else
        json_scan_skip(scan);
}

static void token_candidate(struct json_scan *scan, void *ctx)
{
    struct token_search *search = ctx;
    if (search->first)
        json_scan_members(scan, token_member, search);
    else
        json_scan_skip(scan);
    search->first = false;
}

static void token_answer(struct json_scan *scan, struct json_slice name, void *ctx)
{
    if (json_slice_is(name, "candidates"))
        json_scan_items(scan, token_candidate, ctx);
    else
        json_scan_skip(scan);
}

/* The token is base64: nothing in it is escaped. */
int gemini_scan_continuation(const char *text, size_t len, struct strbuf *token)
{
    struct json_scan scan;
    struct token_search search = {.first = true};
    json_scan_init(&scan, text, len);
    json_scan_members(&scan, token_answer, &search);
    if (search.token.len == 0 || memchr(search.token.start, '\\', search.token.len))
        return 0;
    strbuf_append(token, search.token.start, search.token.len);
    return 1;
}
