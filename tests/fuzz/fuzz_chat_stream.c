/* Any stream, cut anywhere, becomes whole events of valid JSON; and the cuts do not matter. */
#include "fuzz.h"

#include "upstream/event_stream.h"

struct run {
    const struct openai_chat_request *request;
    const struct translate_env *env;
    struct reply_filter *filter;
    struct strbuf out;
    bool stopped;
};

static int take(void *ctx, const char *data, size_t len, const char *raw, size_t raw_len)
{
    struct run *run = ctx;
    struct reply_facts facts;
    int rc = run->filter->ops->event(run->filter, data, len, raw, raw_len, &run->out, &facts, NULL);
    run->stopped = rc < 0 || facts.has_error;
    return run->stopped ? -1 : 0;
}

/* `cuts` tells the sizes of the pieces; 0 the whole at once. */
static void feed(struct run *run, const uint8_t *text, size_t size, unsigned cuts)
{
    struct event_stream stream;
    run->filter = openai_chat_filter_create(run->request, run->env, "chatcmpl-fuzz");
    strbuf_init(&run->out, 64 * 1024 * 1024);
    event_stream_init(&stream, FRAMING_SSE, take, run);
    for (size_t at = 0; at < size && !run->stopped;) {
        cuts = cuts * 1103515245 + (cuts ? 12345 : 0);
        size_t piece = cuts ? 1 + (cuts >> 16) % 37 : size;
        if (piece > size - at)
            piece = size - at;
        if (event_stream_push(&stream, text + at, piece, NULL) < 0)
            run->stopped = true;
        at += piece;
    }
    if (!run->stopped)
        event_stream_end(&stream, NULL);
    if (!run->stopped)
        run->filter->ops->end(run->filter, &run->out, NULL);
    event_stream_free(&stream);
    run->filter->ops->destroy(run->filter);
}

static void promise_events(const struct strbuf *out)
{
    const char *at = strbuf_str(out);
    while (*at) {
        const char *end = strstr(at, "\n\n");
        promise(strncmp(at, "data: ", 6) == 0 && end);
        if (strncmp(at, "data: [DONE]\n\n", 14) != 0) {
            JSON_AUTO json_object *chunk = json_parse_text(at + 6, (size_t)(end - at - 6), NULL);
            promise(json_member(chunk, "choices") != NULL);
        }
        at = end + 2;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct translate_env env = fuzz_env(data[0]);
    struct openai_chat_request request = fuzz_chat(data, true);
    struct run whole = {.request = &request, .env = &env};
    struct run cut = whole;
    feed(&whole, data + 3, size - 3, 0);
    feed(&cut, data + 3, size - 3, data[2] + 1u);
    if (!whole.stopped)
        promise(strcmp(strbuf_str(&whole.out), strbuf_str(&cut.out)) == 0);
    promise_events(&whole.out);
    strbuf_free(&whole.out);
    strbuf_free(&cut.out);
    return 0;
}
