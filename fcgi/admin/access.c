/* Who may use the admin, and what those see who may not. */
#include "admin/admin.h"

#include <string.h>

#include "admin/audit.h"
#include "admin/page.h"
#include "admin/way_back.h"
#include "auth/client_token.h"
#include "base/clock.h"
#include "base/network.h"
#include "base/text.h"

/* What the access check found out, kept for the call behind call->principal. */
struct visit {
    struct principal principal; /* first: what others see of it */
    struct store_session session;
    bool has_session;
    struct http_form form;
};

const char *admin_token_in_force(const struct settings *set)
{
    if (!text_empty(set->auth_token))
        return set->auth_token;
    return set->allowed_tokens.len ? set->allowed_tokens.items[0] : "";
}

bool admin_token_borrowed(const struct settings *set)
{
    return text_empty(set->auth_token) && !text_empty(admin_token_in_force(set));
}

static bool is_admin_route(const struct http_call *call)
{
    return call->route &&
           (call->route->access == ACCESS_ADMIN || call->route->access == ACCESS_ADMIN_API);
}

static const struct visit *visit_of(const struct http_call *call)
{
    return is_admin_route(call) ? call->principal : NULL;
}

const struct store_session *admin_session(const struct http_call *call)
{
    const struct visit *visit = visit_of(call);
    return visit && visit->has_session ? &visit->session : NULL;
}

const struct http_form *admin_form(const struct http_call *call)
{
    static const struct http_form nothing;
    const struct visit *visit = visit_of(call);
    return visit ? &visit->form : &nothing;
}

/* Scripts show the admin token as a client shows its own. */
static bool has_admin_bearer(struct http_call *call)
{
    const char *expected = admin_token_in_force(call->settings);
    const char *presented = client_token_of_request(call->req);
    return !text_empty(expected) && presented && secret_equal(presented, expected);
}

const char *admin_who(const struct http_call *call)
{
    const struct visit *visit = visit_of(call);
    return visit ? visit->principal.name : "admin";
}

/* Whom the web server has signed on and the settings name. A name is compared as it is: what two
 * systems take for the same name is not ours to guess. */
static const char *admin_by_front(const struct http_call *call)
{
    const struct settings *set = call->settings;
    const char *user = call->req->remote_user;
    return set->admin_remote_user && *user && setting_list_has(&set->admin_users, user) ? user
                                                                                        : NULL;
}

bool admin_is_signed_on(const struct http_call *call)
{
    return admin_by_front(call) != NULL;
}

static bool is_measuring_place(const struct http_call *call, const char *address)
{
    const struct settings *set = call->settings;
    return network_any_has(set->metrics_allowed.items, set->metrics_allowed.len, address);
}

/* Measuring programs have no session; those at some addresses need no token either. Where a proxy stands
 * between, its address is not the asker's: whom it adds last has to be at such a place too. A client
 * that writes the header itself only asks for more. */
static bool may_measure(const struct http_call *call)
{
    const char *forwarded = http_request_header(call->req, "X-Forwarded-For");
    if (call->route->handler != admin_metrics || !is_measuring_place(call, call->req->peer_addr))
        return false;
    if (!forwarded)
        return http_request_header(call->req, "Forwarded") == NULL;
    const char *comma = strrchr(forwarded, ',');
    char *last = arena_strdup(call->req->arena, comma ? comma + 1 : forwarded);
    return is_measuring_place(call, text_trim(last));
}

static int refuse(struct http_call *call)
{
    if (call->route->access == ACCESS_ADMIN_API) {
        err_set(&call->err, ERR_INVALID, "sign in, or send the admin token as a bearer token");
        return 401;
    }
    way_back_note(call);
    bool had_session = http_request_cookie(call->req, SESSION_COOKIE) != NULL;
    return admin_redirect(call, had_session ? "/?note=ended" : "/");
}

static bool is_form(const struct http_request *req)
{
    return text_istarts(req->content_type, "application/x-www-form-urlencoded");
}

/* A session alone could be borrowed by another site's form; its CSRF token cannot. */
static int check_csrf(struct http_call *call, struct visit *visit)
{
    if (call->req->method & (HTTP_GET | HTTP_HEAD))
        return 0;
    if (is_form(call->req) && http_request_form(call->req, &visit->form, &call->err) < 0)
        return admin_status_of(&call->err);
    const char *presented = http_request_header(call->req, "X-CSRF-Token");
    if (!presented)
        presented = http_form_get(&visit->form, "csrf");
    if (session_csrf_ok(&visit->session, presented))
        return 0;
    err_set_param(&call->err, ERR_INVALID, "csrf",
                  "the form's token is missing or not this session's");
    return 403;
}

/* Opens a session for somebody whom the web server names. */
static int admit(struct http_call *call, struct visit *visit, const struct session_visit *order)
{
    if (session_begin(order, &visit->session, &call->err) < 0)
        return -1;
    visit->has_session = true;
    call->principal = visit;
    admin_audit(call, "session.open", "", "signed on by the web server");
    return 1;
}

/* 1 with the visit's session, 0 there is none, -1. */
static int find_session(struct http_call *call, struct visit *visit, int64_t now_ms)
{
    const struct settings *set = call->settings;
    const char *user = admin_by_front(call);
    const struct session_visit order = {call->admin->store,        call->req, call->res,
                                        set->admin_session_expire, now_ms,    user};
    int found = session_find_of_user(&order, &visit->session, &call->err);
    if (user)
        text_copy(visit->principal.name, sizeof(visit->principal.name), user);
    if (found == 0 && user)
        found = session_find(call->admin->store, call->req, set->admin_session_expire, now_ms,
                             &visit->session, &call->err);
    if (found == 0 && user)
        return admit(call, visit, &order);
    if (found != 1)
        return found;
    visit->has_session = true;
    session_renew_cookie(&visit->session, call->req, call->res, set->admin_session_expire, now_ms);
    return 1;
}

int admin_check_access(struct http_call *call)
{
    struct visit *visit = ARENA_NEW(call->req->arena, struct visit);
    int64_t now_ms = clock_wall_ms();

    visit->principal.admin = true;
    text_copy(visit->principal.name, sizeof(visit->principal.name), "admin");
    if (call->route->access == ACCESS_ADMIN_API && (has_admin_bearer(call) || may_measure(call))) {
        call->principal = visit;
        return 0;
    }
    int found = find_session(call, visit, now_ms);
    if (found < 0)
        return 503;
    if (found == 0)
        return refuse(call);
    call->principal = visit;
    return check_csrf(call, visit);
}

/* --- error pages ------------------------------------------------------------------------------ */

static const struct error_text {
    int status;
    enum string_id head;
    enum string_id text;
} error_texts[] = {
    {400, STRING_ERROR_400_HEAD, STRING_ERROR_400}, {403, STRING_ERROR_403_HEAD, STRING_ERROR_403},
    {404, STRING_ERROR_404_HEAD, STRING_ERROR_404}, {405, STRING_ERROR_400_HEAD, STRING_ERROR_400},
    {413, STRING_ERROR_413_HEAD, STRING_ERROR_413}, {503, STRING_ERROR_503_HEAD, STRING_ERROR_503},
};

static const struct error_text *error_text_of(int status)
{
    static const struct error_text own_fault = {500, STRING_ERROR_500_HEAD, STRING_ERROR_500};
    for (size_t i = 0; i < ARRAY_LEN(error_texts); i++) {
        if (error_texts[i].status == status)
            return &error_texts[i];
    }
    return &own_fault;
}

int admin_write_error(struct http_call *call, int status)
{
    static const char plain[] = "This page cannot be shown now; the server's log tells why.\n";
    const struct error_text *text = error_text_of(status);
    struct err reason = call->err;
    struct page page;

    page_begin(&page, call, "error.tpl", text->head, PAGE_MEDIUM);
    view_set_int(page.content, "STATUS", status);
    page_set_text(&page, page.content, "EXPLANATION", text->text);
    view_set(page.content, "BACK_URL", page_url(call, "/"));
    if (!text_empty(reason.text))
        view_set(view_section(page.content, "DETAIL"), "TEXT", reason.text);
    page_send(&page, status);
    if (!call->res->begun)
        http_response_send(call->res, status, "text/plain; charset=utf-8", plain, strlen(plain));
    return status;
}
