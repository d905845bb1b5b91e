#include "../unit.h"

#include "base/scope.h"
#include "translate/gemini_scan.h"

static struct reply_facts facts_of(const char *text)
{
    struct reply_facts facts;
    gemini_scan_reply(text, strlen(text), &facts);
    return facts;
}

/* What makes an event worth committing to, and what of it the client would see. */
static void parts(void **state)
{
#define PART(part) "{\"candidates\":[{\"content\":{\"parts\":[" part "],\"role\":\"model\"}}]}"
    static const struct {
        const char *text;
        bool meaningful, visible;
    } rows[] = {
        {PART("{\"text\":\"Hi\"}"), true, true},
        {PART("{\"text\":\"\"}"), false, false},
        {PART("{\"text\":\"\",\"thoughtSignature\":\"QUJD\"}"), false, false},
        {PART("{\"text\":\"Hm\",\"thought\":true}"), true, false},
        {PART("{\"thought\":true,\"text\":\"Hm\"}"), true, false},
        {PART("{\"text\":\"Hm\",\"thought\":false}"), true, true},
        {PART("{\"functionCall\":{\"name\":\"f\"}}"), true, true},
        {PART("{\"inlineData\":{\"data\":\"AAAA\"}}"), true, true},
        {PART("{\"executableCode\":{\"code\":\"1\"}}"), true, true},
        {PART("{\"codeExecutionResult\":{}}"), true, true},
        {PART("{\"functionCall\":null}"), false, false},
        {PART("{\"text\":\"Hm\",\"thought\":true},{\"text\":\"Hi\"}"), true, true},
        {PART(""), false, false},
        {"{\"candidates\":[{\"content\":{\"role\":\"model\"}}]}", false, false},
        {"{\"candidates\":[{\"index\":0}]}", false, false},
        {"{\"candidates\":[]}", false, false},
        {"{\"x\":{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]}}]}}", false, false},
        {"{\"x\":\"\\\"parts\\\":[{\\\"text\\\":\\\"Hi\\\"}]\",\"usageMetadata\":{}}", false,
         false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct reply_facts facts = facts_of(rows[i].text);
        UNIT_ROW(facts.meaningful == rows[i].meaningful, rows[i].text);
        UNIT_ROW(facts.visible == rows[i].visible, rows[i].text);
        UNIT_ROW(!facts.malformed, rows[i].text);
    }
}

static void reasons(void **state)
{
    (void)state;
    struct reply_facts facts = facts_of("{\"candidates\":[{\"finishReason\":\"MAX_TOKENS\"}]}");
    assert_true(facts.finished);
    assert_string_equal(facts.finish_reason, "MAX_TOKENS");
    facts = facts_of("{\"candidates\":[{\"finishReason\":\"FINISH_REASON_UNSPECIFIED\"}]}");
    assert_false(facts.finished);
    facts = facts_of("{\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}");
    assert_string_equal(facts.block_reason, "SAFETY");
    facts = facts_of("{\"promptFeedback\":{\"blockReason\":\"BLOCKED_REASON_UNSPECIFIED\"}}");
    assert_string_equal(facts.block_reason, "");
    facts = facts_of("{\"promptFeedback\":{\"blockReason\":\"\"}}");
    assert_string_equal(facts.block_reason, "");
}

static void usage(void **state)
{
    (void)state;
    struct reply_facts facts =
        facts_of("{\"usageMetadata\":{\"promptTokenCount\":1,\"cachedContentTokenCount\":2,"
                 "\"candidatesTokenCount\":3,\"thoughtsTokenCount\":4,"
                 "\"toolUsePromptTokenCount\":5,\"totalTokenCount\":\"6\","
                 "\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":9}]},"
                 "\"modelVersion\":\"gemini-x\"}");
    assert_true(facts.usage.known);
    assert_int_equal(facts.usage.prompt, 1);
    assert_int_equal(facts.usage.cached, 2);
    assert_int_equal(facts.usage.output, 3);
    assert_int_equal(facts.usage.thoughts, 4);
    assert_int_equal(facts.usage.tool_use, 5);
    assert_int_equal(facts.usage.total, 6);
    assert_string_equal(facts.model_version, "gemini-x");
    assert_false(facts_of("{\"candidates\":[]}").usage.known);
}

/* Sums over requests, and what a key has left, must not be spoilt by one answer. */
static void counts_that_cannot_be(void **state)
{
    (void)state;
    struct reply_facts facts =
        facts_of("{\"usageMetadata\":{\"promptTokenCount\":9223372036854775799,"
                 "\"candidatesTokenCount\":-3,\"thoughtsTokenCount\":1000000000,"
                 "\"toolUsePromptTokenCount\":1000000001,\"totalTokenCount\":\"-1\"}}");
    assert_true(facts.usage.known);
    assert_int_equal(facts.usage.prompt, 0);
    assert_int_equal(facts.usage.output, 0);
    assert_int_equal(facts.usage.thoughts, 1000000000);
    assert_int_equal(facts.usage.tool_use, 0);
    assert_int_equal(facts.usage.total, 0);
}

static void errors(void **state)
{
    (void)state;
    struct reply_facts facts = facts_of("{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}");
    assert_true(facts.has_error);
    assert_int_equal(facts.error_code, 503);
    facts = facts_of("[{\"error\":{\"status\":\"RESOURCE_EXHAUSTED\"}}]");
    assert_true(facts.has_error);
    assert_int_equal(facts.error_code, 429);
    facts = facts_of("{\"error\":{\"code\":\"invalid_request\"}}");
    assert_true(facts.has_error);
    assert_int_equal(facts.error_code, 0);
    assert_false(facts_of("{\"error\":null,\"candidates\":[]}").has_error);
}

static void malformed(void **state)
{
    static const char *const texts[] = {
        "",     "null",       "12",       "\"x\"",         "{",           "{\"a\"}",
        "{}",   "[]",         "{\"a\":1", "{\"a\":1}}",    "{\"a\":1} x", "{\"a\":\"x}",
        "[{}]", "{\"a\":1,}", "{a:1}",    "<html></html>", "{\"a\":[}]}", "[{\"a\":1},3]",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        UNIT_ROW(facts_of(texts[i]).malformed, texts[i]);
    assert_false(facts_of(" {\"totalTokens\": 3 }\n").malformed);
    assert_false(facts_of("[{\"a\":1},{\"b\":2}]").malformed);
}

/* A reader that recurses would fall over a hundred thousand brackets; more than any tree of ours
 * may have is no answer. */
static void deep(void **state)
{
    enum { DEPTH = 100000 };
    struct reply_facts facts;
    size_t len = strlen("{\"a\":");
    FREE_AUTO char *text = xcalloc(1, 2 * DEPTH + 20);
    (void)state;
    memcpy(text, "{\"a\":", len);
    memset(text + len, '[', DEPTH);
    memset(text + len + DEPTH, ']', DEPTH);
    text[len + 2 * DEPTH] = '}';
    gemini_scan_reply(text, len + 2 * DEPTH + 1, &facts);
    assert_true(facts.malformed);
    gemini_scan_reply(text, len + DEPTH, &facts);
    assert_true(facts.malformed);
}

static void members(void **state)
{
    static const char text[] = " {\"a\": [1, {\"b\":2}], \"b\" : \"x\\\"y\" ,\"c\":null,\"a\":7}";
    size_t start, end;
    (void)state;
    assert_int_equal(gemini_scan_member(text, strlen(text), "b", &start, &end), 1);
    assert_memory_equal(text + start, "\"x\\\"y\"", 6);
    assert_int_equal(end - start, 6);
    assert_int_equal(gemini_scan_member(text, strlen(text), "a", &start, &end), 1);
    assert_int_equal(end - start, 1); /* the last of the name counts */
    assert_int_equal(text[start], '7');
    assert_int_equal(gemini_scan_member(text, strlen(text), "d", &start, &end), 0);
    assert_int_equal(gemini_scan_member("[1]", 3, "a", &start, &end), -1);
    assert_int_equal(gemini_scan_member("{\"a\":1", 6, "a", &start, &end), -1);
    assert_int_equal(gemini_scan_member("{\"\\u0061\":1}", 12, "a", &start, &end), 1);
}

static void continuation_token(void **state)
{
    STRBUF_AUTO struct strbuf token = STRBUF_INIT(100);
    static const char text[] = "{\"candidates\":[{\"finishReason\":\"CONTINUATION\","
                               "\"continuationToken\":\"QUJD+/=\"}]}";
    (void)state;
    assert_true(facts_of(text).continues);
    assert_int_equal(gemini_scan_continuation(text, strlen(text), &token), 1);
    assert_string_equal(strbuf_str(&token), "QUJD+/=");
    assert_int_equal(gemini_scan_continuation("{\"candidates\":[{}]}", 19, &token), 0);
}

static void merging(void **state)
{
    struct reply_facts all = {0};
    struct reply_facts event =
        facts_of("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}],"
                 "\"usageMetadata\":{\"promptTokenCount\":4},"
                 "\"modelVersion\":\"v\"}");
    (void)state;
    reply_facts_merge(&all, &event);
    event = facts_of("{\"candidates\":[{\"finishReason\":\"STOP\"}],"
                     "\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":2}}");
    reply_facts_merge(&all, &event);
    event = facts_of("{\"candidates\":[{}]}");
    reply_facts_merge(&all, &event);
    assert_true(all.meaningful && all.visible && all.finished);
    assert_string_equal(all.finish_reason, "STOP");
    assert_string_equal(all.model_version, "v");
    assert_int_equal(all.usage.output, 2);
    assert_int_equal(all.usage.prompt, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts),
        cmocka_unit_test(reasons),
        cmocka_unit_test(usage),
        cmocka_unit_test(counts_that_cannot_be),
        cmocka_unit_test(errors),
        cmocka_unit_test(malformed),
        cmocka_unit_test(deep),
        cmocka_unit_test(members),
        cmocka_unit_test(continuation_token),
        cmocka_unit_test(merging),
    };
    return UNIT_RUN(tests);
}
