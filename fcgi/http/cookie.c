#include "http/cookie.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "http/parse.h"

static bool is_safe_path(const char *path)
{
    for (; *path; path++) {
        if ((unsigned char)*path <= 0x20 || (unsigned char)*path >= 0x7f || *path == ';')
            return false;
    }
    return true;
}

static bool is_valid(const struct http_cookie *cookie, const char *path)
{
    return cookie->name && http_is_token(cookie->name) && cookie->value &&
           (*cookie->value == '\0' || http_is_token(cookie->value)) && is_safe_path(path) &&
           (!cookie->same_site || http_is_token(cookie->same_site));
}

static const char *max_age(struct arena *arena, int64_t max_age_s)
{
    if (max_age_s == 0)
        return "";
    /* Max-Age=0 is what deletes a cookie everywhere. */
    return arena_printf(arena, "; Max-Age=%lld", max_age_s > 0 ? (long long)max_age_s : 0LL);
}

void http_response_cookie(struct http_response *res, const struct http_cookie *cookie)
{
    struct arena *arena = res->req->arena;
    const char *path =
        cookie->path ? cookie->path : arena_printf(arena, "%s/", res->req->script_name);
    if (!is_valid(cookie, path)) {
        log_event(LOG_ERROR, "http.cookie_refused", "request=%s", res->req->request_id);
        return;
    }
    bool secure = cookie->secure || text_eq(res->req->scheme, "https");
    http_response_header_add(
        res, "Set-Cookie",
        arena_printf(arena, "%s=%s; Path=%s%s%s%s%s%s", cookie->name, cookie->value, path,
                     max_age(arena, cookie->max_age_s), cookie->http_only ? "; HttpOnly" : "",
                     secure ? "; Secure" : "", cookie->same_site ? "; SameSite=" : "",
                     cookie->same_site ? cookie->same_site : ""));
}
