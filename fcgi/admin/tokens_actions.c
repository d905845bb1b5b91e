/* What people do to client tokens: make, edit, pause, resume, delete, look at. */
#include <string.h>

#include "admin/audit.h"
#include "admin/confirm.h"
#include "admin/tokens.h"
#include "base/limits.h"
#include "base/rand.h"
#include "base/text.h"

static const char *number_text(const struct http_call *call, int64_t number)
{
    return arena_printf(call->req->arena, "%lld", (long long)number);
}

/* --- making ----------------------------------------------------------------------------------- */

int tokens_make(struct http_call *call, struct token_form *form, char secret[TOKEN_SECRET_LEN])
{
    int64_t id;
    text_copy(secret, TOKEN_SECRET_LEN, TOKEN_PREFIX);
    rand_token(secret + strlen(TOKEN_PREFIX), TOKEN_CHANCE + 1);
    if (store_token_add(call->admin->store, secret, form->token.name, false, &id, &call->err) < 0)
        return -1;
    form->token.id = id;
    if (store_token_edit(call->admin->store, &form->token, &call->err) < 0)
        return -1;
    admin_audit(call, "token.add", number_text(call, id), form->token.name);
    return 0;
}

int admin_tokens_add(struct http_call *call)
{
    char secret[TOKEN_SECRET_LEN];
    struct token_form form, empty;
    const struct store_token nothing = {.name = ""};
    token_form_read(&form, admin_form(call), call->req->arena);
    if (form.is_wrong)
        return tokens_send_list(call, &form, NULL, 400);
    int result = tokens_make(call, &form, secret);
    token_form_show(&empty, &nothing, call->req->arena);
    int status =
        result < 0 ? admin_status_of(&call->err) : tokens_send_list(call, &empty, secret, 200);
    secret_wipe(secret, sizeof(secret));
    return status;
}

int tokens_change(struct http_call *call, const struct token_form *form)
{
    if (store_token_edit(call->admin->store, &form->token, &call->err) < 0)
        return -1;
    admin_audit(call, "token.edit", number_text(call, form->token.id), form->token.name);
    return 0;
}

int tokens_pause(struct http_call *call, int64_t id, bool paused)
{
    if (store_token_set_paused(call->admin->store, id, paused, &call->err) < 0)
        return -1;
    admin_audit(call, paused ? "token.pause" : "token.resume", number_text(call, id), "");
    return 0;
}

int tokens_delete(struct http_call *call, int64_t id)
{
    if (store_token_delete(call->admin->store, id, &call->err) < 0)
        return -1;
    admin_audit(call, "token.delete", number_text(call, id), "");
    return 0;
}

int admin_token_save(struct http_call *call)
{
    struct token_form form;
    int64_t id;
    if (tokens_find(call, &form, &id) < 0)
        return admin_status_of(&call->err);
    const char *hint = form.token.hint;
    token_form_read(&form, admin_form(call), call->req->arena);
    form.token.id = id;
    form.token.hint = hint;
    if (form.is_wrong)
        return tokens_send_one(call, &form, id, 400);
    if (tokens_change(call, &form) < 0)
        return admin_status_of(&call->err);
    return admin_redirect_flash(call, "/tokens", &(struct flash){.code = FLASH_TOKEN_SAVED});
}

/* --- the buttons of a row ----------------------------------------------------------------------- */

/* 0, or -1. */
typedef int token_change(struct http_call *call, int64_t id);

static int pause_token(struct http_call *call, int64_t id)
{
    return tokens_pause(call, id, true);
}

static int resume_token(struct http_call *call, int64_t id)
{
    return tokens_pause(call, id, false);
}

static const struct action {
    const char *word;
    token_change *change;
    enum flash_code done;
    bool asks_first;
} actions[] = {
    {"pause", pause_token, FLASH_TOKEN_PAUSED, false},
    {"resume", resume_token, FLASH_TOKEN_RESUMED, false},
    {"delete", tokens_delete, FLASH_TOKEN_DELETED, true},
};

static int ask(struct http_call *call)
{
    enum language language = preferences_of(call->req, call->res).language;
    const struct confirm confirm = {
        .question = string_text(language, STRING_DELETE_TOKEN),
        .explanation = string_text(language, STRING_DELETE_TOKEN_EXPLAINED),
        .path = "/tokens/action",
        .button = string_text(language, STRING_DELETE),
        .back = "/tokens",
    };
    return confirm_ask(call, &confirm);
}

static int carry_out(struct http_call *call, const struct action *action, int64_t id)
{
    if (action->asks_first && !confirm_given(call))
        return ask(call);
    if (action->change(call, id) < 0)
        return admin_status_of(&call->err);
    return admin_redirect_flash(call, "/tokens", &(struct flash){.code = action->done});
}

struct reveal {
    int64_t id;
    struct arena *arena;
    const char *secret;
};

static int find_secret(void *ctx, const struct store_token *token)
{
    struct reveal *reveal = ctx;
    if (token->id != reveal->id)
        return 0;
    reveal->secret = token->secret ? arena_strdup(reveal->arena, token->secret) : NULL;
    return 1;
}

const char *tokens_secret(struct http_call *call, int64_t id)
{
    struct reveal reveal = {.id = id, .arena = call->req->arena};
    if (store_tokens_each(call->admin->store, true, find_secret, &reveal, &call->err) < 0)
        return NULL;
    return reveal.secret;
}

/* Shows a token in the answer to this very request; that somebody looked is written down. */
static int reveal_token(struct http_call *call, int64_t id)
{
    struct token_form empty;
    const struct store_token nothing = {.name = ""};
    const char *secret = tokens_secret(call, id);
    if (!secret && call->err.code != ERR_NONE)
        return admin_status_of(&call->err);
    if (!secret)
        return err_set(&call->err, ERR_NOT_FOUND, "there is no such token"), 404;
    admin_audit(call, "token.reveal", number_text(call, id), "");
    token_form_show(&empty, &nothing, call->req->arena);
    return tokens_send_list(call, &empty, secret, 200);
}

int admin_tokens_action(struct http_call *call)
{
    const char *only = http_form_get(admin_form(call), "only");
    const char *colon = only ? strchr(only, ':') : NULL;
    int64_t id;
    if (!colon || text_to_int(colon + 1, &id) < 0)
        return err_set_param(&call->err, ERR_INVALID, "only", "an action and a number"), 400;
    const char *word = arena_strndup(call->req->arena, only, (size_t)(colon - only));
    if (text_eq(word, "reveal"))
        return reveal_token(call, id);
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        if (text_eq(word, actions[i].word))
            return carry_out(call, &actions[i], id);
    }
    return err_set_param(&call->err, ERR_INVALID, "only", "unknown action"), 400;
}
