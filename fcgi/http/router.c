#include "http/router.h"

#include <stdlib.h>
#include <string.h>

#include "http/parse.h"
#include "http/pattern.h"
#include "http/target.h"

enum {
    STATUS_NO_CONTENT = 204,
    STATUS_ERROR = 400, /* and above */
    STATUS_NOT_FOUND = 404,
    STATUS_METHOD_NOT_ALLOWED = 405,
    STATUS_INTERNAL = 500
};

struct router {
    const struct route *routes;
    struct pattern **patterns; /* one for each route */
    size_t count;
    struct router_hooks hooks;
    void *app;
};

/* What the table says about one path. */
struct match {
    size_t row;       /* the row to call; router->count when there is none */
    size_t first_row; /* the first row with this path, whatever its methods */
    unsigned methods; /* of all rows with this path */
    struct split_path path;
};

void router_destroy(struct router **router)
{
    if (!*router)
        return;
    for (size_t i = 0; i < (*router)->count; i++)
        pattern_destroy(&(*router)->patterns[i]);
    free((*router)->patterns);
    free(*router);
    *router = NULL;
}

struct router *router_create(const struct route *routes, const struct router_hooks *hooks,
                             void *app, struct err *err)
{
    struct router *router = xcalloc(1, sizeof(*router));
    *router = (struct router){.routes = routes, .hooks = *hooks, .app = app};
    while (routes[router->count].pattern)
        router->count++;
    router->patterns = xcalloc(router->count, sizeof(struct pattern *));
    for (size_t i = 0; i < router->count; i++) {
        router->patterns[i] = pattern_create(routes[i].pattern, err);
        if (!router->patterns[i]) {
            router_destroy(&router);
            return NULL;
        }
    }
    return router;
}

/* GET stands for HEAD too. */
static unsigned methods_of(const struct route *route)
{
    return route->methods | (route->methods & HTTP_GET ? HTTP_HEAD : 0u);
}

static void find(const struct router *router, const struct http_request *req, struct match *match)
{
    *match = (struct match){.row = router->count, .first_row = router->count};
    path_split(&match->path, req->arena, req->raw_path);
    for (size_t i = 0; i < router->count; i++) {
        if (!pattern_matches(router->patterns[i], &match->path))
            continue;
        if (!match->methods)
            match->first_row = i;
        match->methods |= methods_of(&router->routes[i]);
        if (methods_of(&router->routes[i]) & req->method) {
            match->row = i;
            return;
        }
    }
}

/* The row to call, or for a wrong method the first one with the path. */
static size_t row_of(const struct router *router, const struct match *match)
{
    return match->row < router->count ? match->row : match->first_row;
}

/* A path that begins with a fixed word of the table. */
static bool is_certain(const struct router *router, const struct match *match)
{
    return match->methods && pattern_starts_fixed(router->patterns[row_of(router, match)]);
}

/* Finds the row, and settles the doubt about the mount that some web servers leave. */
static void find_with_mount(const struct router *router, struct http_request *req,
                            struct match *match)
{
    find(router, req, match);
    size_t hint_len = req->target ? req->target->hint_len : 0;
    if (hint_len == 0 || is_certain(router, match))
        return;
    struct match below;
    http_request_mount_at(req, hint_len);
    find(router, req, &below);
    if (is_certain(router, &below))
        *match = below;
    else
        http_request_mount(req);
}

/* "GET, HEAD, OPTIONS" */
static const char *allow_value(struct arena *arena, unsigned methods)
{
    const char *value = "";
    for (unsigned method = HTTP_GET; method < HTTP_OTHER; method <<= 1) {
        if ((methods | HTTP_OPTIONS) & method)
            value = arena_printf(arena, "%s%s%s", value, *value ? ", " : "",
                                 http_method_name((enum http_method)method));
    }
    return value;
}

/* Has the error body written, and makes sure that something was sent. */
static void send_error(const struct router *router, struct http_call *call, int status)
{
    struct http_response *res = call->res;
    if (call->retry_after_s > 0)
        http_response_header(res, "Retry-After",
                             arena_printf(call->req->arena, "%d", call->retry_after_s));
    router->hooks.write_error(call, status);
    if (!res->begun)
        http_response_send(res, status, NULL, NULL, 0);
}

/* Sends what a handler or a hook has left unsent behind its status. */
static void settle(const struct router *router, struct http_call *call, int status)
{
    if (call->res->begun)
        return;
    if (status >= STATUS_ERROR)
        send_error(router, call, status);
    else if (status > 0)
        http_response_send(call->res, status, NULL, NULL, 0);
    else
        send_error(router, call, STATUS_INTERNAL);
}

static void call_row(const struct router *router, struct http_call *call, const struct match *match)
{
    call->req->captures = pattern_captures(router->patterns[match->row], &match->path,
                                           call->req->arena, &call->req->capture_count);
    int status = router->hooks.check_access(call);
    if (status == 0)
        status = call->route->handler(call);
    settle(router, call, status);
}

static void answer_options(const struct router *router, struct http_call *call)
{
    if (router->hooks.preflight)
        router->hooks.preflight(call);
    http_response_send(call->res, STATUS_NO_CONTENT, NULL, NULL, 0);
}

/* No row takes this path with this method. */
static void answer_without_row(const struct router *router, struct http_call *call,
                               unsigned methods)
{
    const struct http_request *req = call->req;
    if (!methods) {
        err_set(&call->err, ERR_NOT_FOUND, "there is nothing at %s", req->path);
        send_error(router, call, STATUS_NOT_FOUND);
        return;
    }
    http_response_header(call->res, "Allow", allow_value(req->arena, methods));
    if (req->method == HTTP_OPTIONS) {
        answer_options(router, call);
        return;
    }
    err_set(&call->err, ERR_UNSUPPORTED, "%s does not take %s", req->path, req->method_name);
    send_error(router, call, STATUS_METHOD_NOT_ALLOWED);
}

/* The most that a hook is asked for one path. */
#define ELSEWHERE_MAX 8

/* A row for whatever else there may be below a prefix. */
static bool is_weak(const struct router *router, const struct match *match)
{
    static const char rest[] = "{rest...}";
    const char *pattern = match->methods ? router->routes[row_of(router, match)].pattern : "";
    size_t len = strlen(pattern);
    return len >= sizeof(rest) && strcmp(pattern + len - (sizeof(rest) - 1), rest) == 0;
}

/* Tries the paths that this one may be a slip of. Where a row takes it already, weakly, only the
 * likeliest is better. */
static void find_elsewhere(const struct router *router, struct http_call *call, struct match *match)
{
    struct http_request *req = call->req;
    const char *asked = req->raw_path;
    int choices = match->methods ? 1 : ELSEWHERE_MAX;
    for (int choice = 0; choice < choices; choice++) {
        struct match other;
        const char *raw_path = router->hooks.elsewhere(call, choice);
        if (!raw_path)
            return;
        req->raw_path = raw_path;
        find(router, req, &other);
        req->raw_path = asked;
        if (!other.methods)
            continue;
        *match = other;
        req->raw_path = raw_path;
        req->path = http_decode_path(req->arena, raw_path, strlen(raw_path));
        call->route = &router->routes[row_of(router, match)];
        return;
    }
}

void router_dispatch(struct router *router, struct http_request *req, struct http_response *res)
{
    struct http_call call = {.req = req, .res = res, .app = router->app};
    struct match match;
    find_with_mount(router, req, &match);
    if (match.methods)
        call.route = &router->routes[row_of(router, &match)];
    router->hooks.enter(&call);
    if (router->hooks.elsewhere && (!match.methods || is_weak(router, &match)))
        find_elsewhere(router, &call, &match);
    if (match.row < router->count)
        call_row(router, &call, &match);
    else
        answer_without_row(router, &call, match.methods);
    router->hooks.leave(&call, res->status);
}
