#include "admin/way_back.h"

#include <string.h>

#include "admin/admin.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/cookie.h"

#define BACK_COOKIE "gb_back"
#define BACK_SECONDS 900
#define BACK_MAX 700 /* of an address; a longer one is remembered without its query */

static void set_cookie(struct http_call *call, const char *value, int64_t max_age_s)
{
    const struct http_cookie cookie = {.name = BACK_COOKIE,
                                       .value = value,
                                       .max_age_s = max_age_s,
                                       .http_only = true,
                                       .same_site = "Lax"};
    http_response_cookie(call->res, &cookie);
}

/* A path of ours, and nothing that a browser could take for a host: the cookie may be anybody's. */
static bool is_own_path(const char *path)
{
    if (path[0] != '/' || path[1] == '/' || strlen(path) > BACK_MAX || strchr(path, '\\'))
        return false;
    for (; *path; path++)
        if (*path <= ' ' || *path >= 0x7f)
            return false;
    return true;
}

static bool is_opened_by_a_person(const struct http_request *req)
{
    const char *wanted_for = http_request_header(req, "Sec-Fetch-Dest");
    return (req->method & HTTP_GET) && (!wanted_for || text_eq(wanted_for, "document"));
}

void way_back_note(struct http_call *call)
{
    struct http_request *req = call->req;
    const char *below = call->admin->path;
    if (!is_opened_by_a_person(req) || !text_starts(req->raw_path, below))
        return;
    const char *path = req->raw_path + strlen(below);
    const char *whole = arena_printf(req->arena, "%s?%s", path, req->query ? req->query : "");
    if (!text_empty(req->query) && is_own_path(whole))
        path = whole;
    if (!is_own_path(path))
        return;
    STRBUF_AUTO struct strbuf value = STRBUF_INIT(3 * BACK_MAX + 1);
    url_encode(&value, path, strlen(path), "");
    set_cookie(call, strbuf_str(&value), BACK_SECONDS);
}

const char *way_back_take(struct http_call *call)
{
    const char *value = http_request_cookie(call->req, BACK_COOKIE);
    if (text_empty(value))
        return "/dashboard";
    set_cookie(call, "", -1);
    char *path = arena_strdup(call->req->arena, value);
    int64_t len = url_decode(path, strlen(path), false);
    if (len < 0)
        return "/dashboard";
    path[len] = '\0';
    return is_own_path(path) ? path : "/dashboard";
}
