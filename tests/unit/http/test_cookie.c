/* Set-Cookie. */
#include "front.h"

#include "base/log.h"
#include "http/cookie.h"

static void set_cookie(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)req;
    http_response_cookie(res, ctx);
}

/* What Set-Cookie says for a request below `script` (NULL: at the root) by `scheme`. */
static void serve(struct front *front, struct http_cookie *cookie, const char *script,
                  const char *scheme)
{
    front_get(front, "GET", script ? script : "/");
    front_var(front, "REQUEST_SCHEME", scheme);
    if (script)
        front_var(front, "SCRIPT_NAME", script);
    front_serve(front, set_cookie, cookie);
}

static void cookies(void **state)
{
    struct {
        struct http_cookie cookie;
        const char *script;
        const char *scheme;
        const char *line;
    } rows[] = {
        {{.name = "s", .value = "abc"}, NULL, "http", "Set-Cookie: s=abc; Path=/"},
        {{.name = "s", .value = "abc", .max_age_s = 3600, .http_only = true, .same_site = "Lax"},
         "/a/gb.fcgi",
         "https",
         "Set-Cookie: s=abc; Path=/a/gb.fcgi/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"},
        {{.name = "s", .value = "", .max_age_s = -1, .path = "/x"},
         NULL,
         "http",
         "Set-Cookie: s=; Path=/x; Max-Age=0"},
        {{.name = "s", .value = "v", .secure = true, .same_site = "Strict"},
         NULL,
         "http",
         "Set-Cookie: s=v; Path=/; Secure; SameSite=Strict"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct front front;
        serve(&front, &rows[i].cookie, rows[i].script, rows[i].scheme);
        UNIT_ROW(front_has_line(&front, rows[i].line), strbuf_str(&front.out));
        front_free(&front);
    }
}

static void bad_cookies_are_not_set(void **state)
{
    struct http_cookie rows[] = {
        {.name = "a b", .value = "v"},
        {.name = "", .value = "v"},
        {.name = NULL, .value = "v"},
        {.name = "a;", .value = "v"},
        {.name = "a", .value = NULL},
        {.name = "a", .value = "b; Path=/"},
        {.name = "a", .value = "b\r\nX: 1"},
        {.name = "a", .value = "b,c"},
        {.name = "a", .value = "\"b\""},
        {.name = "a", .value = "b", .path = "/; Domain=x"},
        {.name = "a", .value = "b", .path = "/\r\n"},
        {.name = "a", .value = "b", .same_site = "Lax; Domain=x"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct front front;
        serve(&front, &rows[i], NULL, "http");
        assert_null(strstr(strbuf_str(&front.out), "Set-Cookie"));
        front_free(&front);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookies),
        cmocka_unit_test(bad_cookies_are_not_set),
    };
    log_set_level(LOG_OFF);
    return UNIT_RUN(tests);
}
