/* Signing in and out. */
#include "admin/admin.h"

#include "admin/audit.h"
#include "admin/page.h"
#include "admin/setup.h"
#include "admin/way_back.h"
#include "auth/login.h"
#include "base/clock.h"
#include "base/text.h"

struct note {
    const char *tone; /* NULL: nothing to say */
    const char *text;
};

/* ?note= of a redirect to the login. */
static const struct {
    const char *word;
    enum string_id id;
} notes[] = {{"ended", STRING_LOGIN_ENDED}, {"out", STRING_LOGIN_OUT}};

static struct note note_of_query(const struct page *page)
{
    const char *word = http_request_query(page->call->req, "note");
    for (size_t i = 0; i < ARRAY_LEN(notes); i++) {
        if (text_eq(word, notes[i].word))
            return (struct note){.tone = "plain", .text = page_text(page, notes[i].id)};
    }
    return (struct note){0};
}

/* Status and text of each outcome but success. */
static const struct {
    int status;
    enum string_id id;
} refusals[] = {
    [LOGIN_WRONG] = {401, STRING_LOGIN_WRONG},
    [LOGIN_THROTTLED] = {429, STRING_LOGIN_THROTTLED},
    [LOGIN_UNAVAILABLE] = {503, STRING_LOGIN_UNAVAILABLE},
};

static void begin_login(struct page *page, struct http_call *call)
{
    page_begin(page, call, "login.tpl", STRING_SIGN_IN_TITLE, PAGE_NARROW);
}

static int send_login(struct page *page, struct note note, int status)
{
    if (note.tone) {
        struct view_dict *dict = view_section(page->content, "NOTE");
        view_set(dict, "TONE", note.tone);
        view_set(dict, "TEXT", note.text);
    }
    return page_send(page, status);
}

static bool is_signed_in(struct http_call *call)
{
    const struct settings *set = call->settings;
    struct store_session session;
    return session_find(call->admin->store, call->req, set->admin_session_expire, clock_wall_ms(),
                        &session, NULL) == 1;
}

int admin_root(struct http_call *call)
{
    struct page page;
    if (is_signed_in(call) || admin_is_signed_on(call))
        return admin_redirect(call, "/dashboard");
    if (setup_is_due(call))
        return setup_show(call);
    begin_login(&page, call);
    return send_login(&page, note_of_query(&page), 200);
}

static int show_refusal(struct http_call *call, enum login_result result, int wait_s)
{
    struct page page;
    begin_login(&page, call);
    struct note note = {.tone = "bad", .text = page_text(&page, refusals[result].id)};
    if (result == LOGIN_THROTTLED) {
        enum language language = page.preferences.language;
        const char *span = string_span(page.arena, language, wait_s * SECOND_MS);
        note.text = string_with_text(page.arena, language, STRING_LOGIN_THROTTLED, span);
        http_response_header(call->res, "Retry-After", arena_printf(page.arena, "%d", wait_s));
    }
    return send_login(&page, note, refusals[result].status);
}

static int show_empty(struct http_call *call)
{
    struct page page;
    begin_login(&page, call);
    return send_login(
        &page, (struct note){.tone = "bad", .text = page_text(&page, STRING_LOGIN_EMPTY)}, 401);
}

/* A form of another site would otherwise spend the visitor's tries. */
static bool comes_from_elsewhere(const struct http_request *req)
{
    return text_eq(http_request_header(req, "Sec-Fetch-Site"), "cross-site");
}

int admin_login(struct http_call *call)
{
    const struct settings *set = call->settings;
    struct http_form form = {0};
    int64_t now_ms = clock_wall_ms();
    int wait_s = 0;

    if (comes_from_elsewhere(call->req))
        return 403;
    if (http_request_form(call->req, &form, &call->err) < 0)
        return admin_status_of(&call->err);
    const char *token = http_form_get(&form, "auth_token");
    if (text_empty(token))
        return show_empty(call);
    enum login_result result = login_try(call->admin->store, call->req->remote_addr, token,
                                         admin_token_in_force(set), now_ms, &wait_s);
    if (result == LOGIN_WRONG)
        admin_audit_refused(call, "session.refused", "tries with a wrong token");
    if (result != LOGIN_OK)
        return show_refusal(call, result, wait_s);
    if (session_open(call->admin->store, call->req, call->res, set->admin_session_expire, now_ms,
                     &call->err) < 0)
        return show_refusal(call, LOGIN_UNAVAILABLE, 0);
    admin_audit(call, "session.open", "", "");
    return admin_redirect(call, way_back_take(call));
}

int admin_logout(struct http_call *call)
{
    if (session_close(call->admin->store, call->req, call->res, &call->err) < 0)
        return admin_status_of(&call->err);
    admin_audit(call, "session.close", "", "");
    return admin_redirect(call, "/?note=out");
}
