/* The body of a call of Google's own API: taken from the client, searched for what it names, and sent
 * with other names for models that have an alias. */
#include <string.h>

#include "api/native.h"
#include "base/text.h"
#include "base/vec.h"

/* --- models ---------------------------------------------------------------------------------- */

const char *native_model_of(struct native *native, const char *name)
{
    struct api_call *call = &native->call;
    const char *model = api_call_model(call, name);
    if (!native->refused && api_call_model_refused_as(call, model, name))
        native->refused = arena_strdup(call->http->req->arena, name);
    return model;
}

int native_refuse_name(struct http_call *http)
{
    return err_set_param(&http->err, ERR_INVALID, "name",
                         "the path has a part that cannot be a name"),
           400;
}

int native_check_models(struct native *native)
{
    if (!native->refused)
        return 0;
    return err_set_param(&native->call.http->err, ERR_NOT_FOUND, "model",
                         "the model %s is not offered here", native->refused),
           404;
}

void native_see_model(struct native *native, int depth, const char *text)
{
    static const char prefix[] = "models/";
    struct arena *arena = native->call.http->req->arena;
    bool prefixed = text_starts(text, prefix);
    const char *name = prefixed ? text + strlen(prefix) : text;
    const char *model = native_model_of(native, name);
    if (depth == 1 && !native->model[0])
        text_copy(native->model, sizeof(native->model), model);
    if (text_eq(model, name) || !native_id_valid(model, strlen(model)))
        return;
    struct native_model renamed = {.start = native->asked.text_start,
                                   .end = native->asked.offset,
                                   .name =
                                       arena_printf(arena, "%s%s", prefixed ? prefix : "", model)};
    VEC_PUSH(&native->renamed, renamed);
}

/* --- taking ---------------------------------------------------------------------------------- */

static void watch_body(void *ctx, const void *data, size_t len)
{
    struct native *native = ctx;
    resource_scan_push(&native->asked, data, len);
}

static void note_member(void *ctx, const char *name, int64_t start, int64_t end)
{
    struct native_outline *outline = ctx;
    if (outline->count == NATIVE_OUTLINE_MAX) {
        outline->crowded = true;
        return;
    }
    struct native_member *member = &outline->items[outline->count++];
    text_copy(member->name, sizeof(member->name), name);
    member->start = start;
    member->end = end;
}

static void open_spool(struct native *native, int64_t max, bool watched)
{
    struct body_spool_options options = {.req = native->call.http->req,
                                         .data_dir = native->call.settings->data_dir,
                                         .max = max,
                                         .memory = native->memory,
                                         .watch = watched ? watch_body : NULL,
                                         .ctx = native};
    native->spool = body_spool_create(&options);
}

int native_take_body(struct native *native)
{
    struct http_call *http = native->call.http;
    native->asked.member = note_member;
    native->asked.member_ctx = &native->outline;
    open_spool(native, native->call.settings->max_request_body, true);
    if (body_spool_read_all(native->spool, &http->err) < 0)
        return body_spool_status(&http->err);
    return native->pins.status;
}

int native_take_front(struct native *native, int64_t max)
{
    struct http_call *http = native->call.http;
    open_spool(native, max, false);
    if (body_spool_read_front(native->spool, &http->err) < 0)
        return body_spool_status(&http->err);
    return 0;
}

static void add_piece(struct native *native, size_t *count, const struct body_piece *piece)
{
    if (piece->len > 0)
        native->pieces[(*count)++] = *piece;
}

/* The body around the names that are replaced, which need no escapes. */
static void rename_models(struct native *native)
{
    size_t count = 0;
    int64_t at = 0;
    if (native->renamed.len == 0 || native->pieces)
        return;
    native->pieces = xcalloc(2 * native->renamed.len + 1, sizeof(native->pieces[0]));
    for (size_t i = 0; i < native->renamed.len; i++) {
        const struct native_model *model = &native->renamed.items[i];
        add_piece(native, &count, &(struct body_piece){NULL, at, model->start - at});
        add_piece(native, &count,
                  &(struct body_piece){model->name, 0, (int64_t)strlen(model->name)});
        at = model->end;
    }
    add_piece(native, &count,
              &(struct body_piece){NULL, at, body_spool_length(native->spool) - at});
    body_spool_compose(native->spool, native->pieces, count);
}

void native_send_body(struct native *native)
{
    struct exchange_request *request = &native->call.request;
    const char *type = native->call.http->req->content_type;
    size_t len = 0;
    const char *memory = body_spool_memory(native->spool, &len);
    rename_models(native);
    if (native->pieces)
        memory = NULL;
    if (memory && len > 0) {
        request->body = memory;
        request->body_len = len;
    } else if (!memory) {
        request->source = body_spool_source(native->spool);
    }
    if (*type && (len > 0 || !memory))
        request->content_type = type;
    native->call.body_on_its_way = body_spool_is_live(native->spool);
}
