/* Which path a request means, as each web server tells it. */
#include "front.h"

struct row {
    const char *front; /* which web server, how mounted */
    const char *uri;
    const char *script;
    const char *info;
    const char *file;  /* SCRIPT_FILENAME */
    const char *mount; /* GB_MOUNT as a parameter */
    const char *path;
    const char *raw_path;
    const char *query;
    const char *script_name;
};

static const struct row rows[] = {
    {"lighttpd at / with fix-root-scriptname", "/v1/models?x=1", "", "/v1/models", "/srv", NULL,
     "/v1/models", "/v1/models", "x=1", ""},
    {"lighttpd at / without it: SCRIPT_NAME is the first segment", "/v1/models", "/v1", "/models",
     "/srv/v1", NULL, "/v1/models", "/v1/models", "", ""},
    {"lighttpd at /, one segment", "/health", "/health", "", "/srv/health", NULL, "/health",
     "/health", "", ""},
    {"lighttpd at /gb with GB_MOUNT", "/gb/v1/models", "/gb", "/v1/models", "/srv/gb", "/gb",
     "/v1/models", "/v1/models", "", "/gb"},
    {"the mount itself", "/gb", "/gb", "", "/srv/gb", "/gb", "/", "/", "", "/gb"},
    {"a GB_MOUNT with a slash at its end", "/gb/", "/gb", "/", "/srv/gb", "/gb/", "/", "/", "",
     "/gb"},
    {"a GB_MOUNT without a slash in front", "/gb/x", "/gb", "/x", "/srv/gb", "gb", "/x", "/x", "",
     "/gb"},
    {"GB_MOUNT is no prefix of another word", "/gbx/y", "/gbx", "/y", "/srv", "/gb", "/gbx/y",
     "/gbx/y", "", "/gb"},
    {"GB_MOUNT where the front has cut it off", "/v1/models", "/v1/models", NULL, NULL, "/gb",
     "/v1/models", "/v1/models", "", "/gb"},
    {"GB_MOUNT of the root", "/v1/models", "/v1", "/models", NULL, "", "/v1/models", "/v1/models",
     "", ""},
    {"nginx: SCRIPT_NAME is the whole path", "/v1/models?a=b&c", "/v1/models", NULL,
     "/usr/share/nginx/html/v1/models", NULL, "/v1/models", "/v1/models", "a=b&c", ""},
    {"nginx tidies SCRIPT_NAME, not REQUEST_URI", "//v1/./models", "/v1/models", NULL, NULL, NULL,
     "//v1/./models", "//v1/./models", "", ""},
    {"nginx after a rewrite", "/api/models?q=1", "/v1/models", NULL, NULL, NULL, "/v1/models",
     "/v1/models", "q=1", ""},
    {"nginx with fastcgi_split_path_info and GB_MOUNT", "/gb/v1/models", "/gb", "/v1/models", NULL,
     "/gb", "/v1/models", "/v1/models", "", "/gb"},
    {"mod_proxy_fcgi with ProxyPass /gb/", "/gb/v1/models", "/gb/v1/models", NULL,
     "proxy:fcgi://127.0.0.1:9000/v1/models", "/gb", "/v1/models", "/v1/models", "", "/gb"},
    {"mod_proxy_fcgi with SetHandler", "/v1/models", "/v1", "/models",
     "proxy:unix:/run/x|fcgi://localhost/var/www/v1", NULL, "/v1/models", "/v1/models", "", ""},
    {"mod_fcgid, ScriptAlias /gb", "/gb/v1/models", "/gb", "/v1/models", "/opt/x/gb.fcgi", "/gb",
     "/v1/models", "/v1/models", "", "/gb"},
    {"mod_fcgid, the file in the path", "/cgi-bin/gb.fcgi/v1/models", "/cgi-bin/gb.fcgi",
     "/v1/models", "/usr/lib/cgi-bin/gb.fcgi", NULL, "/v1/models", "/v1/models", "",
     "/cgi-bin/gb.fcgi"},
    {"mod_fcgid, the bare file", "/cgi-bin/gb.fcgi", "/cgi-bin/gb.fcgi", NULL,
     "/usr/lib/cgi-bin/gb.fcgi", NULL, "/", "/", "", "/cgi-bin/gb.fcgi"},
    {".htaccess at the root", "/v1/models", "/gb.fcgi", "/v1/models", "/var/www/gb.fcgi", NULL,
     "/v1/models", "/v1/models", "", ""},
    {".htaccess in a folder", "/app/v1/models?k=v", "/app/gb.fcgi", "/v1/models",
     "/var/www/app/gb.fcgi", NULL, "/v1/models", "/v1/models", "k=v", "/app"},
    {".htaccess in a folder, its root", "/app/", "/app/gb.fcgi", "/", "/var/www/app/gb.fcgi", NULL,
     "/", "/", "", "/app"},
    {".htaccess that names another path", "/api/m", "/gb.fcgi", "/v1/models", "/var/www/gb.fcgi",
     NULL, "/v1/models", "/v1/models", "", "/gb.fcgi"},
    {"no REQUEST_URI", NULL, "/cgi-bin/gb.cgi", "/v1/a b%", NULL, NULL, "/v1/a b%", "/v1/a%20b%25",
     "", "/cgi-bin/gb.cgi"},
    {"no REQUEST_URI, nothing at all", NULL, NULL, NULL, NULL, NULL, "/", "/", "", ""},
    {"a whole URL", "http://host:8000/v1/models?x", NULL, NULL, NULL, NULL, "/v1/models",
     "/v1/models", "x", ""},
    {"a whole URL without a path", "http://host?x", NULL, NULL, NULL, NULL, "/", "/", "x", ""},
    {"the asterisk of OPTIONS", "*", NULL, NULL, NULL, NULL, "/", "/", "", ""},
    {"a URL in the query", "/a?u=http://x/", NULL, NULL, NULL, NULL, "/a", "/a", "u=http://x/", ""},
    {"an encoded colon", "/v1beta/models/m%3AgenerateContent", NULL, NULL, NULL, NULL,
     "/v1beta/models/m:generateContent", "/v1beta/models/m%3AgenerateContent", "", ""},
    {"an encoded slash stays", "/v1/models/models%2Fm%2fx", NULL, NULL, NULL, NULL,
     "/v1/models/models%2Fm%2fx", "/v1/models/models%2Fm%2fx", "", ""},
    {"an encoded slash below a mount", "/gb.fcgi/models%2Fm", "/gb.fcgi", "/models/m", NULL, NULL,
     "/models%2Fm", "/models%2Fm", "", "/gb.fcgi"},
    {"Apache leaves an encoded slash in PATH_INFO (AllowEncodedSlashes NoDecode)",
     "/gb.fcgi/v1/models%2Fm", "/gb.fcgi", "/v1/models%2Fm", NULL, NULL, "/v1/models%2Fm",
     "/v1/models%2Fm", "", "/gb.fcgi"},
    {"the same below SetHandler", "/v1/models%2Fm", "/v1", "/models%2Fm", NULL, NULL,
     "/v1/models%2Fm", "/v1/models%2Fm", "", ""},
    {"the same, a ProxyPass with GB_MOUNT", "/pp/v1/models%2fm", "/pp/v1/models%2fm", NULL, NULL,
     "/pp", "/v1/models%2fm", "/v1/models%2fm", "", "/pp"},
    {"an escaped escape is no slash", "/gb.fcgi/a%252Fb", "/gb.fcgi", "/a%2Fb", NULL, NULL,
     "/a%2Fb", "/a%252Fb", "", "/gb.fcgi"},
    {"an encoded mount", "/%67b/x", NULL, NULL, NULL, "/gb", "/x", "/x", "", "/gb"},
    {"dots and doubled slashes stay", "/a//b/../c/", NULL, NULL, NULL, NULL, "/a//b/../c/",
     "/a//b/../c/", "", ""},
    {"a plus is a plus", "/a+b?c+d", NULL, NULL, NULL, NULL, "/a+b", "/a+b", "c+d", ""},
    {"UTF-8", "/%C3%A9", NULL, NULL, NULL, NULL, "/\xC3\xA9", "/%C3%A9", "", ""},
    {"a mount of two slashes is no other site", "//evil.example/gb.fcgi", "//evil.example/gb.fcgi",
     NULL, NULL, NULL, "/", "/", "", "/evil.example/gb.fcgi"},
    {"a mount of odd characters is encoded", "/a%22%3Bb/gb.fcgi/x", "/a\";b/gb.fcgi", "/x", NULL,
     NULL, "/x", "/x", "", "/a%22%3Bb/gb.fcgi"},
};

static void compare(void *ctx, struct http_request *req, struct http_response *res)
{
    const struct row *row = ctx;
    (void)res;
    UNIT_ROW(strcmp(req->path, row->path) == 0, req->path);
    UNIT_ROW(strcmp(req->raw_path, row->raw_path) == 0, req->raw_path);
    UNIT_ROW(strcmp(req->query, row->query) == 0, req->query);
    UNIT_ROW(strcmp(req->script_name, row->script_name) == 0, req->script_name);
}

static void var(struct front *front, const char *name, const char *value)
{
    if (value)
        front_var(front, name, value);
}

static void every_front(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct front front;
        front_init(&front);
        front_var(&front, "REQUEST_METHOD", "GET");
        var(&front, "REQUEST_URI", rows[i].uri);
        var(&front, "SCRIPT_NAME", rows[i].script);
        var(&front, "PATH_INFO", rows[i].info);
        var(&front, "SCRIPT_FILENAME", rows[i].file);
        var(&front, "GB_MOUNT", rows[i].mount);
        front_serve(&front, compare, (void *)(uintptr_t)&rows[i]);
        UNIT_ROW(front_status(&front) == 200, rows[i].front);
        front_free(&front);
    }
}

static void plain_cgi_believes_script_name(void **state)
{
    static const struct row row = {.path = "/", .raw_path = "/", .query = "", .script_name = "/gb"};
    struct front front;
    (void)state;
    front_get(&front, "GET", "/gb");
    front_var(&front, "SCRIPT_NAME", "/gb");
    front.is_cgi = true;
    front_serve(&front, compare, (void *)(uintptr_t)&row);
    front_free(&front);
}

static void mount_of_our_own_environment(void **state)
{
    static const struct row row = {
        .path = "/x", .raw_path = "/x", .query = "", .script_name = "/gb"};
    struct front front;
    (void)state;
    front_get(&front, "GET", "/gb/x");
    front.mount = "/gb";
    front_serve(&front, compare, (void *)(uintptr_t)&row);
    front_free(&front);
}

static void never_called(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    (void)req;
    (void)res;
    fail_msg("the handler was called");
}

static void bad_addresses_are_refused(void **state)
{
    static const char *const bad[] = {
        "/a%",
        "/a%2",
        "/a%zz",
        "/a%00b",
        "/a%0ab",
        "/a%0D%0Ab",
        "/a%7f",
        "/a\x01"
        "b",
        "/a?b\x02",
        "/%ff%fe",
        "/%C3",
        "/a%1F",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct front front;
        front_get(&front, "GET", bad[i]);
        front_serve(&front, never_called, NULL);
        UNIT_ROW(front_status(&front) == 400, bad[i]);
        UNIT_ROW(strstr(front_answer_body(&front), "\"code\":400") != NULL, bad[i]);
        assert_true(front_has_line(&front, "Content-Type: application/json"));
        front_free(&front);
    }
}

static void control_characters_of_path_info_are_refused(void **state)
{
    struct front front;
    (void)state;
    front_init(&front);
    front_var(&front, "REQUEST_METHOD", "GET");
    front_var(&front, "SCRIPT_NAME", "/gb.cgi");
    front_var(&front, "PATH_INFO", "/a\r\nb");
    front_serve(&front, never_called, NULL);
    assert_int_equal(front_status(&front), 400);
    front_free(&front);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_front),
        cmocka_unit_test(plain_cgi_believes_script_name),
        cmocka_unit_test(mount_of_our_own_environment),
        cmocka_unit_test(bad_addresses_are_refused),
        cmocka_unit_test(control_characters_of_path_info_are_refused),
    };
    return UNIT_RUN(tests);
}
