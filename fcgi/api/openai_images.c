/* POST /v1/images/generations and /v1/images/edits: each image is a call of its own, side by side
 * on different keys. */
#include <string.h>

#include "api/image_put.h"
#include "api/image_streams.h"
#include "api/model_cache.h"
#include "api/openai_form.h"
#include "api/openai_parts.h"
#include "base/json.h"
#include "base/text.h"
#include "translate/imagen.h"

struct images {
    struct api_call call;
    struct image_request request;
    const char *model; /* Google's */
    bool imagen;       /* several images a call, by predict */
    struct strbuf bodies[IMAGES_MAX];
    struct fan_out_part parts[IMAGES_MAX];
    int count; /* of the two */
};

/* --- the request ------------------------------------------------------------------------------- */

static bool is_googles(const struct images *images, const char *name)
{
    const struct api_call *call = &images->call;
    return text_istarts(name, "gemini") ||
           model_cache_lists(call->http->api->models, call->settings->base_url, name) == 1;
}

/* Aliases lead from Imagen to a living model; where the base has it still, it is meant itself. */
static bool is_living_imagen(struct images *images, const char *name)
{
    struct api_call *call = &images->call;
    struct model_cache *models = call->http->api->models;
    struct err err = ERR_INIT;
    int status = 0;
    if (!imagen_is(name))
        return false;
    json_object_put(model_cache_get(models, &call->env, &status, &err));
    return model_cache_lists(models, call->settings->base_url, name) == 1;
}

/* CREATE_IMAGE_MODEL, unless the client names a model of Google's. 0 or a status. */
static int find_model(struct images *images)
{
    struct api_call *call = &images->call;
    const char *name = openai_model_bare(images->request.model);
    text_copy(call->log->model, sizeof(call->log->model), images->request.model);
    if (!is_living_imagen(images, name))
        name = openai_model_of(call, name);
    images->model = openai_model_bare(
        *name && is_googles(images, name) ? name : call->settings->create_image_model);
    return openai_model_check(call, images->model);
}

/* 0, or 400 where the model cannot do what is wanted of it. */
static int check_model(struct images *images)
{
    images->imagen = imagen_is(images->model);
    if (!images->imagen || !images->request.edit)
        return 0;
    return err_set_param(&images->call.http->err, ERR_INVALID, "model",
                         "%s cannot edit images: name a model of Gemini's", images->model),
           400;
}

static bool is_image_field(const char *name)
{
    return text_eq(name, "image") || text_starts(name, "image[");
}

static int add_image(struct images *images, const struct openai_form *form,
                     const struct multipart_part *part)
{
    struct err *err = &images->call.http->err;
    if (image_size_check(part->len, err) < 0)
        return -1;
    FREE_AUTO char *data = xcalloc(1, (size_t)part->len + 1);
    if (openai_form_look(&images->call, form, part, 0, data, (size_t)part->len) < 0)
        return -1;
    return image_request_add(&images->request, part->content_type, data, (size_t)part->len, err);
}

/* Files of a form: images, and nothing else. */
static int add_files(struct images *images, const struct openai_form *form)
{
    struct err *err = &images->call.http->err;
    for (size_t i = 0; i < form->parts.count; i++) {
        const struct multipart_part *part = &form->parts.parts[i];
        if (!part->file_name)
            continue;
        if (text_eq(part->name, "mask"))
            return err_set_param(err, ERR_INVALID, "mask",
                                 "mask is not supported: say in the prompt what to change");
        if (!is_image_field(part->name))
            return err_set_param(err, ERR_INVALID, part->name, "%s is not known as a file",
                                 part->name);
        if (add_image(images, form, part) < 0)
            return -1;
    }
    return 0;
}

static int read_form(struct images *images, struct openai_form *form)
{
    struct api_call *call = &images->call;
    struct err *err = &call->http->err;
    int status = openai_form_read(call, form);
    if (status)
        return status;
    JSON_AUTO json_object *fields = openai_form_fields(call, form);
    if (!fields || image_request_parse(&images->request, fields, true, err) < 0 ||
        add_files(images, form) < 0)
        return body_spool_status(err);
    return 0;
}

static int parse_form(struct images *images)
{
    struct openai_form *form = ARENA_NEW(images->call.http->req->arena, struct openai_form);
    int status = read_form(images, form);
    openai_form_free(form);
    return status;
}

static int parse_json(struct images *images, bool edit)
{
    int status = 0;
    JSON_AUTO json_object *body = api_call_read_json(&images->call, &status);
    if (!body)
        return status;
    return image_request_parse(&images->request, body, edit, &images->call.http->err) < 0 ? 400 : 0;
}

static int parse(struct images *images, bool edit)
{
    struct http_call *http = images->call.http;
    bool json = text_istarts(http->req->content_type, "application/json");
    int status = edit && !json ? parse_form(images) : parse_json(images, edit);
    if (status)
        return status;
    if (edit && json_object_array_length(images->request.inputs) == 0)
        return err_set_param(&http->err, ERR_INVALID, "image", "image is missing"), 400;
    status = find_model(images);
    return status ? status : check_model(images);
}

/* --- the answer -------------------------------------------------------------------------------- */

static int send_refusal(struct images *images, const struct image_result *result)
{
    struct api_call *call = &images->call;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(LIMIT_ERROR_BODY);
    images_refusal(result, &body);
    text_copy(call->log->error, sizeof(call->log->error), result->reason);
    http_response_header(call->http->res, "x-should-retry", "false");
    http_response_send(call->http->res, 400, "application/json; charset=utf-8", strbuf_str(&body),
                       body.len);
    return 400;
}

static int send_images(struct images *images, json_object *data)
{
    struct api_call *call = &images->call;
    const struct image_request *request = &images->request;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(2 * LIMIT_UNARY_ANSWER);
    JSON_AUTO json_object *answer =
        images_answer(request, data, call->translate.now_ms / 1000, call->log->prompt_tokens,
                      call->log->output_tokens);
    if (request->stream)
        images_stream(request, answer, json_object_array_length(data) > 1 ? 0 : IMAGE_ALONE, &body);
    else
        json_write(&body, answer);
    http_response_send(call->http->res, 200,
                       request->stream ? "text/event-stream" : "application/json; charset=utf-8",
                       strbuf_str(&body), body.len);
    return 200;
}

/* Where an address is wanted it is the image host's or ours, or else the image itself as one. */
static json_object *entry_of(struct images *images, const struct image_result *result)
{
    STRBUF_AUTO struct strbuf url = STRBUF_INIT(LIMIT_HEADERS);
    bool put =
        images->request.url &&
        image_put_for_now(&images->call, result->type, json_object_get_string(result->base64),
                          (size_t)json_object_get_string_len(result->base64), &url) == 1;
    return image_entry(&images->request, result, put ? strbuf_str(&url) : NULL);
}

/* Takes the results of a part: images go into `data`, the first refusal is kept. */
static void take_part(struct images *images, struct fan_out_part *part, json_object *data,
                      struct image_result *first)
{
    struct image_result results[IMAGEN_CALL_MAX] = {{.reason = ""}};
    int count = 1;
    if (images->imagen)
        count = imagen_read(strbuf_str(&part->body), part->body.len, results);
    else
        image_result_read(&results[0], strbuf_str(&part->body), part->body.len);
    strbuf_free(&part->body);
    for (int i = 0; i < count; i++) {
        if (results[i].base64) {
            json_object_array_add(data, entry_of(images, &results[i]));
            image_result_free(&results[i]);
        } else {
            image_result_free(first);
            *first = results[i];
        }
    }
}

/* Images that were made count, even where others were refused; of failures the first is told. */
static int send_answer(struct images *images, int failed)
{
    json_object *data = json_object_new_array();
    struct image_result first = {.reason = ""};
    for (int i = 0; i < images->count; i++) {
        struct fan_out_part *part = &images->parts[i];
        if (part->status >= 200 && part->status < 300)
            take_part(images, part, data, &first);
    }
    int status;
    if (json_object_array_length(data) > 0) {
        status = send_images(images, data);
    } else {
        json_object_put(data);
        status = failed >= 0 ? openai_part_refuse(&images->call, &images->parts[failed])
                             : send_refusal(images, &first);
    }
    image_result_free(&first);
    return status;
}

/* Addresses, and what Imagen draws, are told when all images are there; others while they are made. */
static bool is_live(const struct images *images)
{
    const struct image_request *request = &images->request;
    return request->stream && !request->url && !images->imagen;
}

/* Native models draw one image a call, each time from the same words. */
static void aim(struct images *images)
{
    struct api_call *call = &images->call;
    const struct image_request *request = &images->request;
    const char *verb = images->imagen    ? "predict"
                       : is_live(images) ? "streamGenerateContent?alt=sse"
                                         : "generateContent";
    images->count = images->imagen ? imagen_call_count(request) : request->count;
    for (int i = 0; i < images->count; i++) {
        struct strbuf *body = &images->bodies[images->imagen ? i : 0];
        if (body->len == 0) {
            strbuf_init(body, api_body_room(call->settings, 2));
            if (images->imagen)
                imagen_write(request, images->model, i, body);
            else
                image_request_write(request, images->model, call->settings->safety_text, body);
        }
        openai_part_aim(call, &images->parts[i], images->model, verb, body);
    }
}

static int run(struct images *images)
{
    struct api_call *call = &images->call;
    int status;
    aim(images);
    if (is_live(images)) {
        status = image_streams_run(call, &images->request, images->parts, images->count);
    } else {
        int failed = openai_parts_run(call, images->parts, images->count);
        status = openai_parts_log(call, send_answer(images, failed));
    }
    fan_out_free(images->parts, images->count);
    for (int i = 0; i < images->count; i++)
        strbuf_free(&images->bodies[i]);
    return status;
}

static int handle(struct http_call *http, bool edit)
{
    struct images *images = ARENA_NEW(http->req->arena, struct images);
    api_call_begin(&images->call, http);
    int status = parse(images, edit);
    if (status == 0)
        status = run(images);
    image_request_free(&images->request);
    return status;
}

int api_openai_images(struct http_call *http)
{
    return handle(http, false);
}

int api_openai_image_edits(struct http_call *http)
{
    return handle(http, true);
}
