/* The chat filter where one golden case is not enough: broken input, stores, several requests. */
#include "../unit.h"

#include <stdio.h>

#include "base/json.h"
#include "translate/chat_signatures.h"
#include "translate/openai_chat.h"

enum { OUT_MAX = 1024 * 1024, STORED_MAX = 8 };

/* A store of signatures. */
struct shelf {
    char ids[STORED_MAX][64];
    char signatures[STORED_MAX][512];
    int count;
};

static void make_id(void *ctx, char *buf, size_t size)
{
    (void)ctx;
    memset(buf, 'a', size - 1);
    buf[size - 1] = '\0';
}

static void put(void *ctx, const char *call_id, const char *signature)
{
    struct shelf *shelf = ctx;
    assert_true(shelf->count < STORED_MAX);
    snprintf(shelf->ids[shelf->count], sizeof(shelf->ids[0]), "%s", call_id);
    snprintf(shelf->signatures[shelf->count++], sizeof(shelf->signatures[0]), "%s", signature);
}

static int get(void *ctx, const char *call_id, struct strbuf *out)
{
    struct shelf *shelf = ctx;
    for (int i = 0; i < shelf->count; i++) {
        if (strcmp(shelf->ids[i], call_id) == 0) {
            strbuf_puts(out, shelf->signatures[i]);
            return 1;
        }
    }
    return 0;
}

struct fixture {
    struct shelf shelf;
    struct translate_env env;
    struct openai_chat_request request;
    struct reply_filter *filter;
    struct strbuf out;
    struct reply_facts facts;
    struct err err;
};

static json_object *parse(const char *text)
{
    json_object *value = json_parse_text(text, strlen(text), NULL);
    assert_non_null(value);
    return value;
}

static void read_request(struct fixture *f, const char *body)
{
    JSON_AUTO json_object *parsed = parse(body);
    assert_int_equal(openai_chat_request_parse(&f->request, parsed, NULL, &f->env, &f->err), 0);
}

static void begin(struct fixture *f, const char *body)
{
    *f = (struct fixture){0};
    f->env = (struct translate_env){
        .make_id = make_id, .ctx = &f->shelf, .signature_get = get, .signature_put = put};
    strbuf_init(&f->out, OUT_MAX);
    read_request(f, body);
    f->filter = openai_chat_filter_create(&f->request, &f->env, "chatcmpl-x");
}

static void end(struct fixture *f)
{
    f->filter->ops->destroy(f->filter);
    openai_chat_request_free(&f->request);
    strbuf_free(&f->out);
}

static int event(struct fixture *f, const char *text)
{
    return f->filter->ops->event(f->filter, text, strlen(text), text, strlen(text), &f->out,
                                 &f->facts, &f->err);
}

#define SIMPLE                                               \
    "{\"model\":\"gemini-3-flash-preview\",\"stream\":true," \
    "\"stream_options\":{\"include_usage\":true},"           \
    "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
#define TEXT(text) "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" text "\"}]}}]}"
#define LAST(text, usage)                                                  \
    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" text "\"}]}," \
    "\"finishReason\":\"STOP\"}],\"usageMetadata\":{" usage "}}"

/* --- broken input ---------------------------------------------------------------------------- */

static void events_that_are_none(void **state)
{
    static const char *const texts[] = {"", "{", "null", "<html>", "{\"candidates\":[}", "\"x\""};
    struct fixture f;
    (void)state;
    begin(&f, SIMPLE);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_int_equal(event(&f, texts[i]), -1);
        assert_true(f.facts.malformed);
        assert_int_equal(f.out.len, 0);
    }
    end(&f);
}

/* Values of other types than Google's are passed over. */
static void events_of_wrong_types(void **state)
{
    static const char *const texts[] = {
        "{\"candidates\":7}",
        "{\"candidates\":[7,null,\"x\",[]]}",
        "{\"candidates\":[{\"content\":[],\"index\":\"x\",\"finishReason\":7}]}",
        "{\"candidates\":[{\"content\":{\"parts\":{}}}]}",
        "{\"candidates\":[{\"content\":{\"parts\":[1,null,[],{\"text\":5}]}}]}",
        "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":5},{\"inlineData\":5}]}}]}",
        "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"data\":5}}]}}]}",
        "{\"candidates\":[{\"index\":-1},{\"index\":100000}]}",
        "{\"candidates\":[{\"groundingMetadata\":{\"groundingSupports\":[5],"
        "\"groundingChunks\":5},\"logprobsResult\":{\"chosenCandidates\":[5]}}]}",
        "{\"candidates\":[{\"groundingMetadata\":{\"groundingSupports\":[{\"segment\":5,"
        "\"groundingChunkIndices\":[\"x\",0]}],\"groundingChunks\":[5,{\"web\":5}]}}]}",
        "{\"promptFeedback\":5,\"usageMetadata\":[]}",
        "{\"usageMetadata\":{\"promptTokensDetails\":[5,{\"modality\":5}]}}",
    };
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        begin(&f, SIMPLE);
        UNIT_ROW(event(&f, texts[i]) == 0, texts[i]);
        event(&f, LAST("x", "\"promptTokenCount\":1"));
        f.filter->ops->end(f.filter, &f.out, &f.err);
        end(&f);
    }
}

static void an_error_event(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, SIMPLE);
    assert_int_equal(event(&f, "{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}"), 0);
    assert_true(f.facts.has_error);
    assert_int_equal(f.out.len, 0);
    end(&f);
}

/* --- signatures ------------------------------------------------------------------------------ */

#define CALL_EVENT                                                                               \
    "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"id\":\"g1\"," \
    "\"args\":{\"a\":1}},\"thoughtSignature\":\"QUJD\"}]},\"finishReason\":\"STOP\"}]}"
#define HISTORY(id)                                                                               \
    "{\"model\":\"gemini-3-flash-preview\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}," \
    "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"" id "\",\"type\":\"function\","           \
    "\"function\":{\"name\":\"f\",\"arguments\":\"{ \\\"a\\\": 1 }\"}}]},"                        \
    "{\"role\":\"tool\",\"tool_call_id\":\"" id "\",\"content\":\"ok\"}]}"

static void expect_signature(struct fixture *f, const char *body, const char *signature)
{
    struct openai_chat_request first = f->request;
    read_request(f, body);
    json_object *part = json_path(f->request.gemini, "contents.1.parts.0");
    assert_string_equal(json_get_str(part, "thoughtSignature", ""), signature);
    openai_chat_request_free(&f->request);
    f->request = first;
}

static void signatures_are_kept(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, SIMPLE);
    assert_int_equal(event(&f, CALL_EVENT), 0);
    assert_int_equal(f.shelf.count, 2);
    assert_string_equal(f.shelf.ids[0], "g1");
    expect_signature(&f, HISTORY("g1"), "QUJD");
    /* a client that gives calls ids of its own */
    expect_signature(&f, HISTORY("tool_0"), "QUJD");
    f.shelf.count = 0;
    expect_signature(&f, HISTORY("g1"), SIGNATURE_STAND_IN);
    end(&f);
}

/* Google's own tools beside the client's functions. */
static void server_parts_come_back(void **state)
{
    static const char answer[] =
        "{\"candidates\":[{\"content\":{\"parts\":["
        "{\"toolCall\":{\"id\":\"s1\",\"toolType\":\"GOOGLE_SEARCH_WEB\"},"
        "\"thoughtSignature\":\"U0lH\"},"
        "{\"toolResponse\":{\"id\":\"s1\",\"response\":{\"x\":[1]}}},"
        "{\"functionCall\":{\"name\":\"f\",\"id\":\"g1\",\"args\":{\"a\":1}},"
        "\"thoughtSignature\":\"QUJD\"}]},\"finishReason\":\"STOP\"}]}";
    struct fixture f;
    struct openai_chat_request first;
    (void)state;
    begin(&f, SIMPLE);
    assert_int_equal(event(&f, answer), 0);
    assert_null(strstr(strbuf_str(&f.out), "GOOGLE_SEARCH_WEB"));
    first = f.request;
    read_request(&f, HISTORY("g1"));
    json_object *parts = json_path(f.request.gemini, "contents.1.parts");
    assert_int_equal(json_object_array_length(parts), 3);
    assert_string_equal(json_get_str(json_path(parts, "0.toolCall"), "toolType", ""),
                        "GOOGLE_SEARCH_WEB");
    assert_string_equal(json_get_str(json_path(parts, "0"), "thoughtSignature", ""), "U0lH");
    assert_non_null(json_path(parts, "1.toolResponse.response.x"));
    assert_string_equal(json_get_str(json_path(parts, "2.functionCall"), "name", ""), "f");
    openai_chat_request_free(&f.request);
    f.request = first;
    end(&f);
}

#define TOOLS                                                                                      \
    "\"tools\":[{\"type\":\"google_search\"},{\"type\":\"function\",\"function\":{\"name\":\"f\"}" \
    "}]"
#define AFTER_TEXT(before, text, more)                                                             \
    "{\"model\":\"gemini-3-flash-preview\",\"messages\":[{\"role\":\"user\",\"content\":\"" before \
    "\"},{\"role\":\"assistant\",\"content\":\"" text                                              \
    "\"},{\"role\":\"user\",\"content\":\"And?\"}]" more "}"

/* A search alone, and then a text: the next turn brings the search back before it. */
static void server_parts_of_a_text_come_back(void **state)
{
    static const char *const parts_of_answer[] = {
        "{\"candidates\":[{\"content\":{\"parts\":["
        "{\"toolCall\":{\"id\":\"s1\",\"toolType\":\"GOOGLE_SEARCH_WEB\"},"
        "\"thoughtSignature\":\"U0lH\"}]}}]}",
        "{\"candidates\":[{\"content\":{\"parts\":["
        "{\"toolResponse\":{\"id\":\"s1\",\"response\":{\"x\":[1]}}}]}}]}",
        LAST("It rains.\\n", ""),
    };
    static const struct {
        const char *body;
        size_t parts;
    } cases[] = {
        {AFTER_TEXT("Hi", "It rains.", "," TOOLS), 3},
        {AFTER_TEXT("Hi", " It rains.\\n\\n", "," TOOLS), 3},
        {AFTER_TEXT("Hi", "It snows.", "," TOOLS), 1},       /* another answer */
        {AFTER_TEXT("Good day", "It rains.", "," TOOLS), 1}, /* another conversation */
        {AFTER_TEXT("Hi", "It rains.", ""), 1},              /* tools are not mixed any more */
    };
    struct fixture f;
    (void)state;
    begin(&f, SIMPLE);
    for (size_t i = 0; i < ARRAY_LEN(parts_of_answer); i++)
        assert_int_equal(event(&f, parts_of_answer[i]), 0);
    assert_int_equal(f.filter->ops->end(f.filter, &f.out, NULL), 0);
    struct openai_chat_request first = f.request;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        read_request(&f, cases[i].body);
        json_object *parts = json_path(f.request.gemini, "contents.1.parts");
        assert_int_equal(json_object_array_length(parts), cases[i].parts);
        if (cases[i].parts == 3) {
            assert_string_equal(json_get_str(json_path(parts, "0"), "thoughtSignature", ""),
                                "U0lH");
            assert_non_null(json_path(parts, "1.toolResponse.response.x"));
            assert_non_null(json_path(parts, "2.text"));
        }
        openai_chat_request_free(&f.request);
    }
    f.request = first;
    end(&f);
}

/* --- answers in several requests ------------------------------------------------------------- */

static void the_rest_is_joined(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, SIMPLE);
    assert_null(f.filter->ops->text_so_far(f.filter));
    event(&f, TEXT("One two three "));
    event(&f, TEXT("four"));
    assert_string_equal(strbuf_str(f.filter->ops->text_so_far(f.filter)), "One two three four");
    f.filter->ops->resume(f.filter, true);
    strbuf_clear(&f.out);
    event(&f, TEXT("three"));
    assert_int_equal(f.out.len, 0); /* may be a repetition */
    event(&f, TEXT(" four five"));
    assert_non_null(strstr(strbuf_str(&f.out), "\"delta\":{\"content\":\" five\"}"));
    event(&f, LAST(" six", "\"promptTokenCount\":9,\"candidatesTokenCount\":4"));
    assert_int_equal(f.filter->ops->end(f.filter, &f.out, &f.err), 0);
    assert_null(strstr(strbuf_str(&f.out), "three"));
    end(&f);
}

static void a_held_beginning_comes_at_the_end(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, SIMPLE);
    event(&f, TEXT("One two three four"));
    f.filter->ops->resume(f.filter, true);
    strbuf_clear(&f.out);
    event(&f, LAST("two", "\"promptTokenCount\":1"));
    assert_int_equal(f.out.len, 0);
    assert_int_equal(f.filter->ops->end(f.filter, &f.out, &f.err), 0);
    assert_non_null(strstr(strbuf_str(&f.out), "\"delta\":{\"content\":\"two\"}"));
    end(&f);
}

static void what_cannot_be_asked_for_by_its_text(void **state)
{
    static const char *const texts[] = {
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"},{\"functionCall\":{\"name\":"
        "\"f\"}}]}}]}",
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"},{\"inlineData\":{\"data\":"
        "\"AAAA\"}}]}}]}",
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"index\":0},{\"content\":{"
        "\"parts\":[{\"text\":\"b\"}]},\"index\":1}]}",
        LAST("a", "\"promptTokenCount\":1"),
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\",\"thought\":true}]}}]}",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct fixture f;
        begin(&f, SIMPLE);
        event(&f, texts[i]);
        UNIT_ROW(f.filter->ops->text_so_far(f.filter) == NULL, texts[i]);
        end(&f);
    }
}

/* Gemini 4: each request has its own usage, and the text goes on as it is. */
static void a_token_continues(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, SIMPLE);
    event(&f, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"aa\"}]},\"finishReason\":"
              "\"CONTINUATION\",\"continuationToken\":\"QUJD\"}],\"usageMetadata\":{"
              "\"promptTokenCount\":10,\"candidatesTokenCount\":5,\"totalTokenCount\":15}}");
    assert_true(f.facts.continues);
    f.filter->ops->resume(f.filter, false);
    assert_int_equal(f.filter->ops->end(f.filter, &f.out, &f.err), -1);
    event(&f, LAST("aa", "\"promptTokenCount\":10,\"candidatesTokenCount\":7,"
                         "\"totalTokenCount\":17"));
    assert_int_equal(f.filter->ops->end(f.filter, &f.out, &f.err), 0);
    const char *out = strbuf_str(&f.out);
    assert_non_null(strstr(strstr(out, "\"content\":\"aa\"") + 1, "\"content\":\"aa\""));
    assert_null(strstr(out, "\"length\""));
    assert_non_null(strstr(out, "\"finish_reason\":\"stop\""));
    assert_non_null(strstr(out, "\"prompt_tokens\":20,\"completion_tokens\":12,"
                                "\"total_tokens\":32"));
    end(&f);
}

static int whole(struct fixture *f, const char *text)
{
    strbuf_clear(&f->out);
    return f->filter->ops->whole(f->filter, text, strlen(text), &f->out, &f->facts, &f->err);
}

/* The same for whole answers: the last one tells all of it. */
static void a_token_continues_a_whole_answer(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, SIMPLE);
    f.env.show_thoughts = true;
    f.env.thinking_format = "think_tags";
    f.request.show_thoughts = true;
    assert_int_equal(whole(&f, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hm\","
                               "\"thought\":true},{\"text\":\"One \"}]},\"finishReason\":"
                               "\"CONTINUATION\",\"continuationToken\":\"QUJD\"}],"
                               "\"usageMetadata\":{\"promptTokenCount\":4,"
                               "\"candidatesTokenCount\":1}}"),
                     0);
    f.filter->ops->resume(f.filter, false);
    assert_int_equal(whole(&f, LAST("two", "\"promptTokenCount\":4,\"candidatesTokenCount\":1")),
                     0);
    assert_non_null(
        strstr(strbuf_str(&f.out), "\"content\":\"<think>\\nHm\\n</think>\\n\\nOne two\""));
    assert_non_null(strstr(strbuf_str(&f.out), "\"finish_reason\":\"stop\""));
    assert_non_null(strstr(strbuf_str(&f.out), "\"prompt_tokens\":8,\"completion_tokens\":2"));
    end(&f);
}

/* A stream whose network breaks streams: the whole answer comes as one event. */
static void a_whole_answer_as_one_event(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, SIMPLE);
    f.request.show_thoughts = true;
    assert_int_equal(event(&f, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hm\","
                               "\"thought\":true},{\"text\":\"Yes\"}]},\"finishReason\":"
                               "\"STOP\"}]}"),
                     0);
    assert_int_equal(f.filter->ops->end(f.filter, &f.out, &f.err), 0);
    const char *out = strbuf_str(&f.out);
    assert_non_null(strstr(out, "{\"reasoning_content\":\"Hm\"}"));
    assert_non_null(strstr(out, "{\"content\":\"Yes\"}"));
    assert_non_null(strstr(out, "data: [DONE]"));
    end(&f);
}

/* Some servers between Google and us end a stream as OpenAI does. */
static void openais_end_mark_says_nothing(void **state)
{
    static const char mark[] = "[DONE]";
    struct openai_chat_request request = {.model = "m", .stream = true};
    struct translate_env env = {.make_id = make_id};
    struct reply_filter *filter = openai_chat_filter_create(&request, &env, "chatcmpl-x");
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1024);
    struct reply_facts facts;
    (void)state;
    memset(&facts, 0xff, sizeof(facts));
    assert_int_equal(
        filter->ops->event(filter, mark, strlen(mark), mark, strlen(mark), &out, &facts, NULL), 0);
    assert_false(facts.has_error || facts.malformed || facts.finished || facts.meaningful);
    assert_int_equal(out.len, 0);
    filter->ops->destroy(filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openais_end_mark_says_nothing),
        cmocka_unit_test(events_that_are_none),
        cmocka_unit_test(events_of_wrong_types),
        cmocka_unit_test(an_error_event),
        cmocka_unit_test(signatures_are_kept),
        cmocka_unit_test(server_parts_come_back),
        cmocka_unit_test(server_parts_of_a_text_come_back),
        cmocka_unit_test(the_rest_is_joined),
        cmocka_unit_test(a_held_beginning_comes_at_the_end),
        cmocka_unit_test(what_cannot_be_asked_for_by_its_text),
        cmocka_unit_test(a_token_continues),
        cmocka_unit_test(a_token_continues_a_whole_answer),
        cmocka_unit_test(a_whole_answer_as_one_event),
    };
    return UNIT_RUN(tests);
}
