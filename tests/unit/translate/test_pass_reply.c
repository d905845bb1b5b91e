#include "../unit.h"

#include <stdio.h>

#include "base/limits.h"
#include "translate/error_body.h"
#include "translate/pass_reply.h"

#define COUNTS                                                                           \
    "\"usage\":{\"total_tokens\":19,\"total_input_tokens\":7,\"total_cached_tokens\":2," \
    "\"total_output_tokens\":3,\"total_thought_tokens\":8,\"total_tool_use_tokens\":1,"  \
    "\"input_tokens_by_modality\":[{\"modality\":\"text\",\"tokens\":7}]}"
#define OPENAI_COUNTS                                                             \
    "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":18," \
    "\"prompt_tokens_details\":{\"cached_tokens\":2}}"

static const struct row {
    const char *text;
    enum pass_dialect dialect;
    struct token_usage usage;
} rows[] = {
    {"{\"id\":\"v1_1\",\"steps\":[]," COUNTS "}", PASS_INTERACTIONS, {true, 7, 1, 2, 3, 8, 19}},
    {"{\"event_type\":\"interaction.completed\",\"interaction\":{\"id\":\"v1_1\"," COUNTS "}}",
     PASS_INTERACTIONS,
     {true, 7, 1, 2, 3, 8, 19}},
    {"{\"event_type\":\"step.delta\",\"delta\":{\"text\":\"\\\"usage\\\":{}\"}}",
     PASS_INTERACTIONS,
     {.known = false}},
    {"{\"interaction\":5,\"usage\":7}", PASS_INTERACTIONS, {.known = false}},
    {"{\"usage\":{\"total_input_tokens\":\"many\",\"total_output_tokens\":null}}",
     PASS_INTERACTIONS,
     {.known = true}},
    {"{\"usage\":{\"total_input_tokens\":9223372036854775807,\"total_output_tokens\":-5,"
     "\"total_tokens\":9}}",
     PASS_INTERACTIONS,
     {.known = true, .total = 9}},
    {"{\"usage\":{\"prompt_tokens\":-9223372036854775808,\"completion_tokens\":3,\"total_tokens\":"
     "4}}",
     PASS_OPENAI,
     {.known = true, .output = 3, .thoughts = 1, .total = 4}},
    {"not JSON", PASS_INTERACTIONS, {.known = false}},
    {"", PASS_INTERACTIONS, {.known = false}},
    {"{\"choices\":[]," OPENAI_COUNTS "}", PASS_OPENAI, {true, 7, 0, 2, 3, 8, 18}},
    {"{\"choices\":[],\"usage\":null}", PASS_OPENAI, {.known = false}},
    {"[DONE]", PASS_OPENAI, {.known = false}},
};

static void usage_is_read_and_bytes_pass(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (int whole = 0; whole < 2; whole++) {
            STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
            struct reply_facts facts = {0};
            struct reply_filter *filter = pass_reply_filter_create(rows[i].dialect);
            const char *text = rows[i].text;
            size_t len = strlen(text);
            int rc = whole ? filter->ops->whole(filter, text, len, &out, &facts, NULL)
                           : filter->ops->event(filter, text, len, text, len, &out, &facts, NULL);
            UNIT_ROW(rc == 0 && filter->ops->end(filter, &out, NULL) == 0, text);
            UNIT_ROW(strcmp(strbuf_str(&out), text) == 0, text);
            UNIT_ROW(memcmp(&facts.usage, &rows[i].usage, sizeof(facts.usage)) == 0, text);
            UNIT_ROW(!facts.has_error, text);
            filter->ops->destroy(filter);
        }
    }
}

static void a_broken_stream_gets_an_end(void **state)
{
    static const struct {
        enum pass_dialect dialect;
        const char *end;
    } ends[] = {
        {PASS_INTERACTIONS, "event: error\ndata: {\"event_type\":\"error\",\"error\":{"
                            "\"code\":\"deadline_exceeded\",\"message\":\"too late\"}}\n\n"},
        {PASS_OPENAI, "data: {\"error\":{\"message\":\"too late\",\"type\":\"server_error\","
                      "\"param\":null,\"code\":\"timeout\"}}\n\n"},
    };
    struct err why = ERR_INIT;
    (void)state;
    err_set(&why, ERR_IO, "too late");
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
        struct reply_filter *filter = pass_reply_filter_create(ends[i].dialect);
        (filter->ops->fail)(filter, 504, &why, &out); /* cmocka has a macro of that name */
        assert_string_equal(strbuf_str(&out), ends[i].end);
        filter->ops->destroy(filter);
    }
}

static void codes_are_words(void **state)
{
    static const struct {
        int status;
        const char *code;
    } codes[] = {
        {400, "invalid_request"}, {401, "unauthenticated"},   {403, "permission_denied"},
        {404, "not_found"},       {405, "invalid_request"},   {409, "aborted"},
        {413, "invalid_request"}, {415, "invalid_request"},   {429, "resource_exhausted"},
        {500, "internal"},        {501, "unimplemented"},     {502, "internal"},
        {503, "unavailable"},     {504, "deadline_exceeded"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
        char wanted[128];
        snprintf(wanted, sizeof(wanted),
                 "{\"error\":{\"code\":\"%s\",\"message\":\"the request failed\"}}", codes[i].code);
        interactions_error_body(&out, codes[i].status, NULL);
        assert_string_equal(strbuf_str(&out), wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(usage_is_read_and_bytes_pass),
                                       cmocka_unit_test(a_broken_stream_gets_an_end),
                                       cmocka_unit_test(codes_are_words)};
    return UNIT_RUN(tests);
}
