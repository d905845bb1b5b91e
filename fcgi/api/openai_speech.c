/* POST /v1/audio/speech. */
#include <string.h>

#include "api/openai_parts.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/text.h"
#include "translate/openai_speech.h"

struct speech {
    struct api_call call;
    struct speech_request request;
    const char *model; /* Google's */
};

/* TTS_MODEL, unless the client names a model of Google's. 0 or a status. */
static int find_model(struct speech *speech)
{
    struct api_call *call = &speech->call;
    const char *name = speech->request.model;
    text_copy(call->log->model, sizeof(call->log->model), name);
    name = openai_model_of(call, name);
    speech->model =
        openai_model_bare(text_istarts(name, "gemini") ? name : call->settings->tts_model);
    return openai_model_check(call, speech->model);
}

static int parse(struct speech *speech)
{
    int status = 0;
    const struct settings *set = speech->call.settings;
    struct speech_defaults defaults = {.voice = set->tts_voice_name, .speed = set->tts_speed};
    JSON_AUTO json_object *body = api_call_read_json(&speech->call, &status);
    if (!body)
        return status;
    if (speech_request_parse(&speech->request, body, &defaults, &speech->call.http->err) < 0)
        return 400;
    return find_model(speech);
}

static struct reply_filter *make_filter(void *ctx)
{
    const struct speech *speech = ctx;
    return speech_filter_create(&speech->request);
}

static void aim(struct speech *speech, const struct strbuf *body)
{
    struct api_call *call = &speech->call;
    struct exchange_request *request = &call->request;
    STRBUF_AUTO struct strbuf path = STRBUF_INIT(LIMIT_HEADERS);
    bool flows = speech_flows(&speech->request, speech->model);
    strbuf_puts(&path, "/models/");
    url_encode(&path, speech->model, strlen(speech->model), "");
    strbuf_puts(&path, flows ? ":streamGenerateContent" : ":generateContent");
    request->url = api_call_url(call, strbuf_str(&path), flows ? "alt=sse" : "");
    request->model = speech->model;
    request->body = strbuf_str(body);
    request->body_len = body->len;
    request->prompt_tokens = (int64_t)body->len / 4;
    request->streamed = flows;
    request->framing = flows ? FRAMING_SSE : FRAMING_RAW;
    request->heartbeat = flows && speech->request.events ? ": waiting\n\n" : NULL;
    request->make_filter = make_filter;
    request->write_error = openai_write_error;
    request->ctx = speech;
    call->log->streamed = flows;
    call->reply_type = speech_content_type(&speech->request);
    call->cut_on_failure = !speech->request.events;
}

static int run(struct speech *speech)
{
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(api_body_room(speech->call.settings, 2));
    speech_request_write(&speech->request, speech->model, &body);
    aim(speech, &body);
    return api_call_run(&speech->call);
}

int api_openai_speech(struct http_call *http)
{
    struct speech *speech = ARENA_NEW(http->req->arena, struct speech);
    api_call_begin(&speech->call, http);
    int status = parse(speech);
    if (status == 0)
        status = run(speech);
    speech_request_free(&speech->request);
    return status;
}
