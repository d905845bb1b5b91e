/* /api/tokens: client tokens for scripts. A token is told whole once, when it is made. */
#include <string.h>

#include "admin/json_answer.h"
#include "admin/tokens.h"
#include "base/text.h"

static json_object *token_json(const struct store_token *token)
{
    json_object *object = json_object_new_object();
    json_object *models = text_empty(token->models)
                              ? NULL
                              : json_parse_text(token->models, strlen(token->models), NULL);
    json_add_int(object, "id", token->id);
    json_add_str(object, "name", token->name ? token->name : "");
    json_add_str(object, "token", token->hint);
    json_add_bool(object, "paused", token->paused);
    json_add_int(object, "created_ms", token->created_ms);
    json_add_int(object, "expires_ms", token->expires_ms);
    json_add_int(object, "last_used_ms", token->last_used_ms);
    json_add(object, "models", models ? models : json_object_new_array());
    json_add_int(object, "requests_per_minute", token->requests_per_minute);
    json_add_int(object, "requests_per_day", token->requests_per_day);
    json_add_int(object, "tokens_per_day", token->tokens_per_day);
    return object;
}

static int add_token(void *ctx, const struct store_token *token)
{
    json_object_array_add(ctx, token_json(token));
    return 0;
}

int admin_api_tokens(struct http_call *call)
{
    json_object *answer = json_object_new_object();
    json_object *tokens = json_object_new_array();
    json_add(answer, "tokens", tokens);
    if (store_tokens_each(call->admin->store, false, add_token, tokens, &call->err) == 0)
        return json_send_take(call, 200, answer);
    json_object_put(answer);
    return admin_status_of(&call->err);
}

/* --- the body as the form has it ------------------------------------------------------------------ */

/* A list as lines; null as nothing. */
static const char *field_text(struct arena *arena, json_object *value)
{
    STRBUF_AUTO struct strbuf lines = STRBUF_INIT(64 * 1024);
    if (!json_object_is_type(value, json_type_array))
        return value ? arena_strdup(arena, json_object_get_string(value)) : "";
    for (size_t i = 0; i < json_object_array_length(value); i++)
        strbuf_printf(&lines, "%s\n", json_object_get_string(json_object_array_get_idx(value, i)));
    return arena_strdup(arena, strbuf_str(&lines));
}

/* What the body gives, over what `form` has. 0, or -1 that names the wrong member. */
static int read_members(struct http_call *call, json_object *body, struct token_form *form)
{
    struct arena *arena = call->req->arena;
    struct http_field fields[TOKEN_FIELDS];
    const struct http_form posted = {fields, TOKEN_FIELDS};
    for (size_t i = 0; i < TOKEN_FIELDS; i++) {
        json_object *value = NULL;
        bool given = json_object_object_get_ex(body, token_field_names[i], &value);
        fields[i] = (struct http_field){token_field_names[i],
                                        given ? field_text(arena, value) : form->inputs[i]};
    }
    token_form_read(form, &posted, arena);
    for (size_t i = 0; i < TOKEN_FIELDS; i++) {
        if (form->wrong[i])
            return err_set_param(&call->err, ERR_INVALID, token_field_names[i], "%s is not right",
                                 token_field_names[i]);
    }
    return 0;
}

/* --- making, changing, deleting ------------------------------------------------------------------- */

int admin_api_tokens_add(struct http_call *call)
{
    JSON_AUTO json_object *body = json_body(call);
    const struct store_token nothing = {.name = ""};
    char secret[TOKEN_SECRET_LEN];
    struct token_form form;
    if (!body)
        return admin_status_of(&call->err);
    token_form_show(&form, &nothing, call->req->arena);
    if (read_members(call, body, &form) < 0)
        return 400;
    if (tokens_make(call, &form, secret) < 0)
        return admin_status_of(&call->err);
    json_object *answer = json_object_new_object();
    json_add_int(answer, "id", form.token.id);
    json_add_str(answer, "token", secret);
    secret_wipe(secret, sizeof(secret));
    return json_send_take(call, 200, answer);
}

struct wanted {
    int64_t id;
    json_object *found;
};

static int find_token(void *ctx, const struct store_token *token)
{
    struct wanted *wanted = ctx;
    if (token->id != wanted->id)
        return 0;
    wanted->found = token_json(token);
    return 1;
}

static int send_token(struct http_call *call, int64_t id)
{
    struct wanted wanted = {.id = id};
    if (store_tokens_each(call->admin->store, false, find_token, &wanted, &call->err) < 0)
        return admin_status_of(&call->err);
    if (!wanted.found)
        return err_set(&call->err, ERR_NOT_FOUND, "there is no such token"), 404;
    return json_send_take(call, 200, wanted.found);
}

int admin_api_token_edit(struct http_call *call)
{
    JSON_AUTO json_object *body = json_body(call);
    struct token_form form;
    int64_t id;
    if (!body || tokens_find(call, &form, &id) < 0)
        return admin_status_of(&call->err);
    if (read_members(call, body, &form) < 0)
        return 400;
    form.token.id = id;
    json_object *paused = json_member(body, "paused");
    if (tokens_change(call, &form) < 0 ||
        (paused && tokens_pause(call, id, json_object_get_boolean(paused)) < 0))
        return admin_status_of(&call->err);
    return send_token(call, id);
}

int admin_api_token_delete(struct http_call *call)
{
    struct token_form form;
    int64_t id;
    if (tokens_find(call, &form, &id) < 0)
        return admin_status_of(&call->err);
    if (tokens_delete(call, id) < 0)
        return admin_status_of(&call->err);
    json_object *answer = json_object_new_object();
    json_add_bool(answer, "success", true);
    json_add_str(answer, "message", "deleted");
    return json_send_take(call, 200, answer);
}
