/* POST /v1/embeddings: chunks of a hundred, side by side on different keys. */
#include <string.h>

#include "api/openai_parts.h"
#include "base/json.h"
#include "base/text.h"
#include "translate/openai_embeddings.h"

#define CHUNKS_MAX ((EMBEDDINGS_INPUTS_MAX + EMBEDDINGS_CHUNK - 1) / EMBEDDINGS_CHUNK)

struct embeddings {
    struct api_call call;
    struct embeddings_request request;
    const char *model; /* Google's */
    struct fan_out_part parts[CHUNKS_MAX];
    struct strbuf bodies[CHUNKS_MAX];
    int count;
};

/* EMBEDDING_MODEL_MAP first, then MODEL_ALIASES. 0 or a status. */
static int find_model(struct embeddings *all)
{
    struct api_call *call = &all->call;
    const char *name = all->request.model;
    text_copy(call->log->model, sizeof(call->log->model), name);
    name = model_name_alias(call->settings->embedding_model_map, openai_model_bare(name));
    all->model = openai_model_of(call, name);
    return openai_model_check(call, all->model);
}

static int parse(struct embeddings *all)
{
    int status = 0;
    JSON_AUTO json_object *body = api_call_read_json(&all->call, &status);
    if (!body)
        return status;
    if (embeddings_request_parse(&all->request, body, &all->call.http->err) < 0)
        return 400;
    return find_model(all);
}

static void aim(struct embeddings *all)
{
    all->count = embeddings_chunk_count(&all->request);
    for (int i = 0; i < all->count; i++) {
        struct strbuf *body = &all->bodies[i];
        strbuf_init(body, api_body_room(all->call.settings, 2));
        embeddings_chunk_write(&all->request, i, all->model, body);
        openai_part_aim(&all->call, &all->parts[i], all->model, "batchEmbedContents", body);
    }
}

static int send_answer(struct embeddings *all)
{
    struct api_call *call = &all->call;
    json_object *data = json_object_new_array();
    for (int i = 0; i < all->count; i++) {
        const struct strbuf *body = &all->parts[i].body;
        if (embeddings_chunk_read(&all->request, i, strbuf_str(body), body->len, data,
                                  &call->http->err) < 0) {
            json_object_put(data);
            return 502;
        }
        strbuf_free(&all->parts[i].body);
    }
    JSON_AUTO json_object *answer =
        embeddings_answer(&all->request, data, call->log->prompt_tokens);
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    json_write(&text, answer);
    http_response_send(call->http->res, 200, "application/json; charset=utf-8", strbuf_str(&text),
                       text.len);
    return 200;
}

static int run(struct embeddings *all)
{
    aim(all);
    int failed = openai_parts_run(&all->call, all->parts, all->count);
    int status =
        failed < 0 ? send_answer(all) : openai_part_refuse(&all->call, &all->parts[failed]);
    openai_parts_log(&all->call, status);
    fan_out_free(all->parts, all->count);
    for (int i = 0; i < all->count; i++)
        strbuf_free(&all->bodies[i]);
    return status;
}

int api_openai_embeddings(struct http_call *http)
{
    struct embeddings *all = ARENA_NEW(http->req->arena, struct embeddings);
    api_call_begin(&all->call, http);
    int status = parse(all);
    if (status == 0)
        status = run(all);
    embeddings_request_free(&all->request);
    return status;
}
