/* POST /v1/audio/speech. */
#include <string.h>

#include "api/openai_parts.h"
#include "base/json.h"
#include "base/text.h"
#include "translate/openai_speech.h"

struct speech {
    struct api_call call;
    struct speech_request request;
    const char *model; /* Google's */
    struct fan_out_part part;
};

/* TTS_MODEL, unless the client names a model of Google's. 0 or a status. */
static int find_model(struct speech *speech)
{
    struct api_call *call = &speech->call;
    const char *name = speech->request.model;
    text_copy(call->log.model, sizeof(call->log.model), name);
    name = api_call_model(call, name);
    if (text_starts(name, "models/"))
        name += strlen("models/");
    speech->model = text_istarts(name, "gemini") ? name : call->settings->tts_model;
    if (openai_model_is_odd(speech->model))
        return err_set_param(&call->http->err, ERR_INVALID, "model", "model is no name of a model"),
               400;
    if (api_call_model_refused(call, speech->model))
        return err_set_param(&call->http->err, ERR_NOT_FOUND, "model",
                             "the model %s is not offered here", speech->model),
               404;
    return 0;
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

static int send_audio(struct speech *speech)
{
    struct api_call *call = &speech->call;
    const struct strbuf *body = &speech->part.body;
    STRBUF_AUTO struct strbuf samples = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    STRBUF_AUTO struct strbuf audio = STRBUF_INIT(2 * LIMIT_UNARY_ANSWER);
    STRBUF_AUTO struct strbuf events = STRBUF_INIT(4 * LIMIT_UNARY_ANSWER);
    unsigned rate = 0;
    if (speech_samples(strbuf_str(body), body->len, &samples, &rate, &call->http->err) < 0)
        return 502;
    const char *type = speech_write(&speech->request, &samples, rate, &audio);
    const struct strbuf *out = &audio;
    if (!type)
        return err_set(&call->http->err, ERR_INTERNAL, "the audio cannot be encoded"), 500;
    if (speech->request.events) {
        speech_write_events(&audio, call->log.prompt_tokens, call->log.output_tokens, &events);
        out = &events;
        type = "text/event-stream";
    }
    http_response_send(call->http->res, 200, type, strbuf_str(out), out->len);
    return 200;
}

static int run(struct speech *speech)
{
    struct api_call *call = &speech->call;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(2 * (size_t)call->settings->max_request_body);
    speech_request_write(&speech->request, speech->model, &body);
    openai_part_aim(call, &speech->part, speech->model, "generateContent", &body);
    int failed = openai_parts_run(call, &speech->part, 1);
    int status = failed < 0 ? send_audio(speech) : openai_part_refuse(call, &speech->part);
    openai_parts_log(call, status);
    fan_out_free(&speech->part, 1);
    return status;
}

int api_openai_speech(struct http_call *http)
{
    struct speech *speech = ARENA_NEW(http->req->arena, struct speech);
    api_call_begin(&speech->call, http);
    int status = parse(speech);
    if (status == 0)
        status = run(speech);
    speech_request_free(&speech->request);
    api_call_end(&speech->call);
    return status;
}
