/* POST /v1/audio/transcriptions and /v1/audio/translations. */
#include <string.h>

#include "api/base64_body.h"
#include "api/google_file.h"
#include "api/openai_form.h"
#include "api/openai_parts.h"
#include "base/json.h"
#include "base/text.h"
#include "translate/openai_transcription.h"

/* Keys that a large recording is put to, one after the other. */
#define ROUNDS_MAX 3

struct transcription {
    struct api_call call;
    struct transcription_request request;
    struct openai_form form;
    const struct multipart_part *file;
    const char *type;        /* of the file */
    const char *model;       /* Google's */
    struct base64_body body; /* of a request that holds the file */
    struct body_piece piece; /* the file, in the form's body */
    struct fan_out_part part;
    int rounds; /* in which it was asked */
};

/* TRANSCRIPTION_MODEL, unless the client names a model of Google's. 0 or a status. */
static int find_model(struct transcription *all)
{
    struct api_call *call = &all->call;
    const char *name = all->request.model;
    text_copy(call->log->model, sizeof(call->log->model), name);
    name = openai_model_of(call, name);
    all->model = openai_model_bare(
        text_istarts(name, "gemini") ? name : call->settings->transcription_model);
    return openai_model_check(call, all->model);
}

/* By the first bytes mostly. 0 or a status. */
static int find_type(struct transcription *all)
{
    struct err *err = &all->call.http->err;
    char front[512];
    all->file = multipart_find(&all->form.parts, "file");
    if (!all->file || !all->file->file_name || all->file->len == 0)
        return err_set_param(err, ERR_INVALID, "file", "file is missing or empty"), 400;
    int64_t len = openai_form_look(&all->call, &all->form, all->file, 0, front, sizeof(front));
    if (len < 0)
        return 503;
    all->type =
        transcription_type(front, (size_t)len, all->file->file_name, all->file->content_type);
    if (!all->type)
        return err_set_param(err, ERR_INVALID, "file", "file is no audio that is known"), 400;
    return 0;
}

static int parse(struct transcription *all, bool translate)
{
    struct err *err = &all->call.http->err;
    int status = openai_form_read(&all->call, &all->form);
    if (status)
        return status;
    JSON_AUTO json_object *fields = openai_form_fields(&all->call, &all->form);
    if (!fields)
        return body_spool_status(err);
    if (transcription_request_parse(&all->request, fields, translate, err) < 0)
        return 400;
    status = find_type(all);
    return status ? status : find_model(all);
}

static int send_text(struct transcription *all)
{
    struct api_call *call = &all->call;
    const struct strbuf *body = &all->part.body;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    struct transcript_usage usage = {.input = call->log->prompt_tokens,
                                     .output = call->log->output_tokens};
    const char *type = transcription_answer(&all->request, strbuf_str(body), body->len, &usage,
                                            &out, &call->http->err);
    if (!type)
        return 502;
    http_response_send(call->http->res, 200, type, strbuf_str(&out), out.len);
    return 200;
}

/* The request around the file, which stays where it lies. */
static void send_with_file(struct transcription *all, const struct strbuf *text, size_t place)
{
    struct exchange_request *request = &all->part.request;
    all->body = (struct base64_body){.front = text->data,
                                     .front_len = place,
                                     .back = text->data + place,
                                     .back_len = text->len - place,
                                     .spool = all->form.spool,
                                     .offset = all->file->offset,
                                     .len = all->file->len};
    request->source = base64_body_source(&all->body);
    request->body = NULL;
    request->body_len = 0;
}

/* The sound, wherever it lies, is nearly all there is. */
static void guess_size(struct transcription *all, const struct recording *recording)
{
    struct prompt_size size = {0};
    prompt_size_add_media(&size, recording->type, strlen(recording->type),
                          (size_t)all->file->len / 3 * 4);
    all->part.request.prompt_tokens = prompt_size_tokens(&size);
    all->part.request.prompt_kind = prompt_size_kind(&size);
}

/* One round: the calls that are made with one key where the recording lies with it. */
static int ask(struct transcription *all, const struct recording *recording, int64_t key_id)
{
    struct api_call *call = &all->call;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(MIB);
    size_t place = transcription_request_write(&all->request, recording, &body);
    openai_part_aim(call, &all->part, all->model, "generateContent", &body);
    if (place > 0)
        send_with_file(all, &body, place);
    guess_size(all, recording);
    all->part.request.pinned_key = key_id;
    all->part.request.part = ++all->rounds;
    int failed = openai_parts_run(call, &all->part, 1);
    return failed < 0 ? 0 : all->part.status;
}

/* The key of a large recording cannot serve it: another one may, with the recording put there. Who took
 * too long to read it (504) had all the time there is. */
static bool may_help_elsewhere(int status)
{
    return status == 429 || (status >= 500 && status != 504);
}

/* One key's round: puts the recording there, asks, and removes it. 0 with an answer, or the status of
 * all->part, or one that has http->err. */
static int ask_one_key(struct transcription *all, struct recording *recording)
{
    struct api_call *call = &all->call;
    struct google_file file;
    fan_out_free(&all->part, 1);
    all->part = (struct fan_out_part){0};
    err_clear(&call->http->err);
    int status = google_file_put(call, recording->type, body_spool_source(all->form.spool), &file);
    if (status)
        return status;
    recording->uri = file.uri;
    status = ask(all, recording, file.key_id);
    google_file_remove(call, &file);
    return status;
}

/* The recording goes to Google before the request, to the key that then has to serve it. */
static int ask_by_file(struct transcription *all, struct recording *recording)
{
    int status = 0;
    all->call.request.model = all->model;
    all->piece = (struct body_piece){.offset = all->file->offset, .len = all->file->len};
    body_spool_compose(all->form.spool, &all->piece, 1);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        status = ask_one_key(all, recording);
        if (!may_help_elsewhere(status))
            break;
    }
    return status;
}

static int run(struct transcription *all)
{
    struct api_call *call = &all->call;
    struct recording recording = {.type = all->type};
    bool large = all->file->len > RECORDING_INLINE_MAX;
    int status = large ? ask_by_file(all, &recording) : ask(all, &recording, 0);
    if (status == 0)
        status = send_text(all);
    else if (all->part.status)
        status = openai_part_refuse(call, &all->part);
    openai_parts_log(call, status);
    fan_out_free(&all->part, 1);
    return status;
}

static int handle(struct http_call *http, bool translate)
{
    struct transcription *all = ARENA_NEW(http->req->arena, struct transcription);
    api_call_begin(&all->call, http);
    int status = parse(all, translate);
    if (status == 0)
        status = run(all);
    transcription_request_free(&all->request);
    openai_form_free(&all->form);
    return status;
}

int api_openai_transcriptions(struct http_call *http)
{
    return handle(http, false);
}

int api_openai_translations(struct http_call *http)
{
    return handle(http, true);
}
