/* The first visit to an installation that no token opens yet: see setup_code.h for who may take it.
 * It asks for an admin token, makes a client token, and leads on to the keys. */
#include "admin/setup.h"

#include <stdlib.h>
#include <string.h>

#include "admin/audit.h"
#include "admin/page.h"
#include "admin/setup_code.h"
#include "auth/login.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/text.h"
#include "store/store_settings.h"
#include "store/store_tokens.h"

#define TOKEN_MIN 12
#define CLIENT_PREFIX "sk-"
#define CLIENT_CHARACTERS 40

bool setup_is_due(const struct http_call *call)
{
    return text_empty(admin_token_in_force(call->settings));
}

/* The folder's whole path: the owner has to find it. */
static const char *whole_path(struct http_call *call, const char *dir)
{
    FREE_AUTO char *path = realpath(dir, NULL);
    return arena_strdup(call->req->arena, path ? path : dir);
}

enum { NO_PROBLEM = -1 };

/* `problem`: a string_id, with {s} for the time to wait, or NO_PROBLEM. */
static int show(struct http_call *call, int problem, int wait_s, int status)
{
    const struct settings *set = call->settings;
    struct page page;
    page_begin(&page, call, "setup.tpl", STRING_SETUP_TITLE, PAGE_NARROW);
    view_set(page.content, "FOLDER", whole_path(call, set->data_dir));
    if (problem != NO_PROBLEM) {
        enum language language = page.preferences.language;
        const char *span = string_span(page.arena, language, wait_s * SECOND_MS);
        view_set(view_section(page.content, "NOTE"), "TEXT",
                 string_with_text(page.arena, language, (enum string_id)problem, span));
    }
    return page_send(&page, status);
}

int setup_show(struct http_call *call)
{
    const struct settings *set = call->settings;
    char code[SETUP_CODE_SIZE];
    struct err err = ERR_INIT;
    if (setup_code_get(set->data_dir, code, &err) < 0) {
        char quoted[400];
        log_event(LOG_ERROR, "setup.no_code", "error=%s",
                  log_quote(err.text, quoted, sizeof(quoted)));
        return show(call, STRING_LOGIN_SHUT, 0, 503);
    }
    return show(call, NO_PROBLEM, 0, 200);
}

static int refuse_code(struct http_call *call, enum login_result result, int wait_s)
{
    if (result == LOGIN_WRONG)
        return show(call, STRING_SETUP_WRONG, 0, 401);
    if (result == LOGIN_UNAVAILABLE)
        return show(call, STRING_LOGIN_UNAVAILABLE, 0, 503);
    http_response_header(call->res, "Retry-After", arena_printf(call->req->arena, "%d", wait_s));
    return show(call, STRING_LOGIN_THROTTLED, wait_s, 429);
}

static int add_client_token(struct http_call *call)
{
    char token[sizeof(CLIENT_PREFIX) + CLIENT_CHARACTERS] = CLIENT_PREFIX;
    rand_token(token + strlen(CLIENT_PREFIX), CLIENT_CHARACTERS + 1);
    int64_t id;
    int rc = store_token_add(call->admin->store, token, "first", false, &id, &call->err);
    secret_wipe(token, sizeof(token));
    return rc < 0 ? -1 : 0;
}

/* Takes the installation over with `token` as its admin token. */
static int claim(struct http_call *call, const char *token, int64_t now_ms)
{
    const struct settings *set = call->settings;
    struct store *store = call->admin->store;
    const struct store_setting_change change = {
        .name = "AUTH_TOKEN", .value = token, .secret = true};
    if (add_client_token(call) < 0 ||
        store_settings_save(store, &change, 1, "setup", now_ms, &call->err) < 0)
        return admin_status_of(&call->err);
    setup_code_remove(set->data_dir);
    if (call->admin->settings_changed)
        call->admin->settings_changed(call->admin->ctx);
    if (session_open(store, call->req, call->res, set->admin_session_expire, now_ms, &call->err) <
        0)
        return admin_status_of(&call->err);
    admin_audit(call, "setup", "", "the installation was taken over with the setup code");
    return admin_redirect(call, "/keys");
}

static bool is_good_token(const char *token, struct err *err)
{
    return !text_empty(token) && strlen(token) >= TOKEN_MIN &&
           setting_check(setting_find("AUTH_TOKEN"), token, err) == 0;
}

int admin_setup(struct http_call *call)
{
    const struct settings *set = call->settings;
    struct http_form form = {0};
    char code[SETUP_CODE_SIZE];
    int64_t now_ms = clock_wall_ms();
    int wait_s = 0;
    if (!setup_is_due(call))
        return admin_redirect(call, "/");
    if (text_eq(http_request_header(call->req, "Sec-Fetch-Site"), "cross-site"))
        return 403;
    if (http_request_form(call->req, &form, &call->err) < 0)
        return admin_status_of(&call->err);
    if (setup_code_get(set->data_dir, code, &call->err) < 0)
        return show(call, STRING_LOGIN_SHUT, 0, 503);
    const char *given = http_form_get(&form, "code");
    enum login_result result = login_try(
        call->admin->store, call->req->remote_addr,
        given ? text_trim(arena_strdup(call->req->arena, given)) : "", code, now_ms, &wait_s);
    secret_wipe(code, sizeof(code));
    if (result == LOGIN_WRONG)
        admin_audit_refused(call, "setup.refused", "tries with a wrong setup code");
    if (result != LOGIN_OK)
        return refuse_code(call, result, wait_s);
    const char *token = http_form_get(&form, "auth_token");
    if (!is_good_token(token, &call->err))
        return show(call, STRING_SETUP_SHORT, 0, 400);
    return claim(call, token, now_ms);
}
