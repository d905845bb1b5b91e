/* What happens around every call: the settings snapshot is held, access is checked, errors are
 * written in the dialect of the route. */
#include "app_hooks.h"

#include <string.h>

#include "api/cors.h"
#include "api/url_tolerance.h"
#include "app.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "http/forwarded.h"

static void enter(struct http_call *call)
{
    struct app *app = call->app;
    call->api = &app->api;
    call->admin = &app->admin;
    call->settings = settings_holder_acquire(app->site.settings);
    const struct settings *set = call->settings;
    http_request_believe(call->req, set->trusted_proxies.items, set->trusted_proxies.len);
    api_cors_headers(call);
}

static void tell_refusal(const struct http_call *call, int status)
{
    char path[200], client[64], error[2 * sizeof(call->err.text)];
    log_event(LOG_INFO, "http.refused", "id=%llu status=%d client=%s method=%s path=%s error=%s",
              (unsigned long long)call->req->id, status,
              log_quote(call->req->remote_addr, client, sizeof(client)), call->req->method_name,
              log_quote(call->req->path, path, sizeof(path)),
              log_quote(call->err.text, error, sizeof(error)));
}

static void leave(struct http_call *call, int status)
{
    const struct settings *set = call->settings;
    if (status >= 400)
        tell_refusal(call, status);
    api_leave(call, status);
    settings_unref(&set);
    call->settings = NULL;
}

static int check_access(struct http_call *call)
{
    if (call->route->dialect == DIALECT_OPENAI)
        call->res->whole_time_header = "openai-processing-ms";
    switch (call->route->access) {
    case ACCESS_PUBLIC:
        return 0;
    case ACCESS_CLIENT:
        return api_check_access(call);
    case ACCESS_ADMIN:
    case ACCESS_ADMIN_API:
        return admin_check_access(call);
    }
    return 500;
}

/* A person who mistyped an address wants a page; programs do not ask for HTML. */
static bool wants_page(struct http_call *call)
{
    const struct settings *set = call->settings;
    const char *accept = http_request_header(call->req, "Accept");
    if (call->route)
        return call->route->dialect == DIALECT_PAGE;
    return set->admin_enabled && call->req->method == HTTP_GET && accept &&
           text_starts(accept, "text/html");
}

static int write_error(struct http_call *call, int status)
{
    if (wants_page(call))
        return admin_write_error(call, status);
    return api_write_error(call, status);
}

static const char *elsewhere(struct http_call *call, int choice)
{
    const struct settings *set = call->settings;
    STRBUF_AUTO struct strbuf path = STRBUF_INIT(LIMIT_HEADERS);
    if (!set->url_normalization_enabled ||
        !url_tolerance_target(call->req->raw_path, choice, &path))
        return NULL;
    return arena_strdup(call->req->arena, strbuf_str(&path));
}

const struct router_hooks app_hooks = {.enter = enter,
                                       .leave = leave,
                                       .check_access = check_access,
                                       .write_error = write_error,
                                       .preflight = api_cors_preflight,
                                       .elsewhere = elsewhere};
