/* What translation alone costs: microseconds of processor time for a request (parsed, translated, written) and for an
 * event of a stream, for a short chat and for one of 200 KB with 50 tools. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/limits.h"
#include "translate/openai_chat.h"

enum { TURNS = 60, TOOLS = 50, PROPERTIES = 12, EVENTS = 100000 };

static void make_id(void *ctx, char *buf, size_t size)
{
    (void)ctx;
    memset(buf, 'a', size - 1);
    buf[size - 1] = '\0';
}

/* Of this process alone: whatever else runs on the machine does not count. */
static int64_t spent_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static const struct translate_env env = {.make_id = make_id, .show_thoughts = true};

static void put_times(struct strbuf *out, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        strbuf_puts(out, text);
}

static void put_turn(struct strbuf *out, int number)
{
    strbuf_puts(out, ",{\"role\":\"user\",\"content\":\"");
    put_times(out, "The quick brown fox jumps.\\n", 40);
    strbuf_printf(out,
                  "\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c%d\","
                  "\"type\":\"function\",\"function\":{\"name\":\"tool%d\",\"arguments\":"
                  "\"{\\\"p0\\\":\\\"a\\\"}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c%d\","
                  "\"content\":\"",
                  number, number % TOOLS, number);
    put_times(out, "A line of what came out.\\n", 40);
    strbuf_puts(out, "\"}");
}

static void put_tool(struct strbuf *out, int number)
{
    strbuf_printf(out,
                  "%s{\"type\":\"function\",\"function\":{\"name\":\"tool%d\",\"description\":"
                  "\"Does something useful\",\"parameters\":{\"type\":\"object\",\"properties\":{",
                  number ? "," : "", number);
    for (int i = 0; i < PROPERTIES; i++)
        strbuf_printf(out,
                      "%s\"p%d\":{\"type\":\"string\",\"description\":\"Says something\","
                      "\"enum\":[\"a\",\"b\",\"c\"]}",
                      i ? "," : "", i);
    strbuf_puts(out, "},\"required\":[\"p0\"],\"additionalProperties\":false}}}");
}

static void put_long_chat(struct strbuf *out)
{
    strbuf_puts(out, "{\"model\":\"gemini-3.8-flash\",\"messages\":[{\"role\":\"system\","
                     "\"content\":\"Be brief.\"}");
    for (int i = 0; i < TURNS; i++)
        put_turn(out, i);
    strbuf_puts(out, "],\"tools\":[");
    for (int i = 0; i < TOOLS; i++)
        put_tool(out, i);
    strbuf_puts(out, "]}");
}

static int request_once(const struct strbuf *body, struct strbuf *out)
{
    struct openai_chat_request request;
    json_object *parsed = json_parse_text(body->data, body->len, NULL);
    int rc = openai_chat_request_parse(&request, parsed, NULL, &env, NULL);
    json_object_put(parsed);
    if (rc < 0)
        return -1;
    strbuf_clear(out);
    openai_chat_request_write(&request, out);
    openai_chat_request_free(&request);
    return 0;
}

static int measure_request(const char *name, const struct strbuf *body, int times)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(16 * MIB);
    int64_t start_us = spent_us();
    for (int i = 0; i < times; i++)
        if (request_once(body, &out) < 0)
            return -1;
    printf("translate: %s request of %zu bytes: %.1f us\n", name, body->len,
           (double)(spent_us() - start_us) / times);
    return 0;
}

static int measure_stream(void)
{
    static const char event[] =
        "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \" your head around the concepts. "
        "Be patient, and do not be discouraged if some of it stays dark right away.\\n\"}],"
        "\"role\": \"model\"}}],\"usageMetadata\": {\"promptTokenCount\": 15,\"totalTokenCount\": "
        "15,\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 15}]},"
        "\"modelVersion\": \"gemini-3.8-flash\",\"responseId\": \"RUy4aObyJcTujrEPqtKYKQ\"}";
    struct openai_chat_request request = {.model = "gemini-3.8-flash", .stream = true};
    struct reply_filter *filter = openai_chat_filter_create(&request, &env, "chatcmpl-bench");
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(MIB);
    struct reply_facts facts;
    int rc = 0;
    int64_t start_us = spent_us();
    for (int i = 0; i < EVENTS && rc == 0; i++) {
        strbuf_clear(&out);
        rc = filter->ops->event(filter, event, strlen(event), event, strlen(event), &out, &facts,
                                NULL);
    }
    printf("translate: stream event of %zu bytes: %.2f us\n", strlen(event),
           (double)(spent_us() - start_us) / EVENTS);
    filter->ops->destroy(filter);
    return rc;
}

int main(void)
{
    STRBUF_AUTO struct strbuf small = STRBUF_INIT(MIB);
    STRBUF_AUTO struct strbuf large = STRBUF_INIT(MIB);
    strbuf_puts(&small, "{\"model\":\"gemini-3.8-flash\",\"messages\":[{\"role\":\"system\","
                        "\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"Hello, how "
                        "are you?\"}],\"temperature\":0.7}");
    put_long_chat(&large);
    if (measure_request("short", &small, 20000) < 0 || measure_request("long", &large, 300) < 0 ||
        measure_stream() < 0)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
