/* What a request is made of: headers, query, cookies, limits. */
#include "front.h"

#include <stdio.h>

#include "base/limits.h"

typedef void check(struct http_request *req);

static void run_check(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)res;
    (*(check **)ctx)(req);
}

static void expect(struct front *front, check *what, int status)
{
    front_serve(front, run_check, &what);
    assert_int_equal(front_status(front), status);
    front_free(front);
}

static void check_headers(struct http_request *req)
{
    assert_string_equal(http_request_header(req, "x-goog-api-key"), "k");
    assert_string_equal(http_request_header(req, "CONTENT-TYPE"), "text/plain");
    assert_string_equal(http_request_header(req, "Content-Length"), "0");
    assert_string_equal(http_request_header(req, "Authorization"), "Bearer t");
    assert_null(http_request_header(req, "Remote-Addr"));
    assert_string_equal(req->headers[0].name, "X-Goog-Api-Key");
    assert_string_equal(req->host, "example.org");
    assert_string_equal(req->content_type, "text/plain");
    assert_string_equal(req->remote_addr, "10.0.0.9");
    assert_string_equal(req->scheme, "https");
    assert_string_equal(req->method_name, "POST");
    assert_int_equal(req->method, HTTP_POST);
    assert_int_equal(req->content_length, 0);
    assert_int_equal(req->id, 7);
    assert_true(strncmp(req->request_id, "req_", 4) == 0);
}

static void headers(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "POST", "/");
    front_var(&front, "HTTP_X_GOOG_API_KEY", "k");
    front_var(&front, "HTTP_HOST", "example.org");
    front_var(&front, "CONTENT_TYPE", "text/plain");
    front_var(&front, "CONTENT_LENGTH", "0");
    front_var(&front, "REDIRECT_HTTP_AUTHORIZATION", "Bearer t");
    front_var(&front, "REMOTE_ADDR", "10.0.0.9");
    front_var(&front, "HTTPS", "on");
    expect(&front, check_headers, 200);
}

static void check_no_headers(struct http_request *req)
{
    assert_null(http_request_header(req, "Content-Type"));
    assert_string_equal(req->host, "");
    assert_string_equal(req->content_type, "");
    assert_string_equal(req->remote_addr, "");
    assert_string_equal(req->scheme, "http");
    assert_int_equal(req->content_length, -1);
    assert_int_equal(req->method, HTTP_OTHER);
}

static void no_headers(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "PROPFIND", "/");
    front_var(&front, "CONTENT_LENGTH", "");
    front_var(&front, "CONTENT_TYPE", "");
    front_var(&front, "HTTPS", "off");
    expect(&front, check_no_headers, 200);
}

static void check_first_authorization(struct http_request *req)
{
    assert_string_equal(http_request_header(req, "authorization"), "one");
}

static void authorization_of_the_client_comes_first(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "GET", "/");
    front_var(&front, "REDIRECT_HTTP_AUTHORIZATION", "two");
    front_var(&front, "HTTP_AUTHORIZATION", "one");
    expect(&front, check_first_authorization, 200);
}

static void check_query(struct http_request *req)
{
    assert_string_equal(http_request_query(req, "key"), "a b/c");
    assert_string_equal(http_request_query(req, "alt"), "sse");
    assert_string_equal(http_request_query(req, "empty"), "");
    assert_string_equal(http_request_query(req, "bare"), "");
    assert_string_equal(http_request_query(req, "n m"), "1");
    assert_null(http_request_query(req, "bad"));
    assert_null(http_request_query(req, "nul"));
    assert_null(http_request_query(req, "ke"));
    assert_null(http_request_query(req, ""));
}

static void query(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "GET", "/?key=a+b%2Fc&&alt=sse&alt=json&empty=&bare&n%20m=1&bad=%z&nul=%00");
    expect(&front, check_query, 200);
}

static void check_cookies(struct http_request *req)
{
    assert_string_equal(http_request_cookie(req, "a"), "1");
    assert_string_equal(http_request_cookie(req, "session"), "x=y");
    assert_string_equal(http_request_cookie(req, "quoted"), "q");
    assert_string_equal(http_request_cookie(req, "empty"), "");
    assert_null(http_request_cookie(req, "essio"));
    assert_null(http_request_cookie(req, "sess"));
}

static void cookies(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "GET", "/");
    front_var(&front, "HTTP_COOKIE", "a=1;session=x=y ; quoted=\"q\"; a=2; empty=");
    expect(&front, check_cookies, 200);
}

static void check_nothing(struct http_request *req)
{
    (void)req;
}

static void lengths(void **state)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {"0", 200},  {"", 200},    {"12x", 400}, {"-1", 200},  {"-12", 400},
        {" 1", 400}, {"0x1", 400}, {"1.5", 400}, {"9999999999999999999", 400},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct front front;
        front_get(&front, "POST", "/");
        front_var(&front, "CONTENT_LENGTH", rows[i].text);
        expect(&front, check_nothing, rows[i].status);
    }
}

static void methods(void **state)
{
    static const struct {
        const char *name;
        int status;
    } rows[] = {{"GET", 200}, {"M-SEARCH", 200}, {"", 400}, {"GE T", 400}, {"G\xC3\xA9T", 400}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct front front;
        front_get(&front, rows[i].name, "/");
        expect(&front, check_nothing, rows[i].status);
    }
}

static void too_many_headers(void **state)
{
    struct front front;
    char name[32];
    (void)state;
    for (int excess = 0; excess < 2; excess++) {
        front_get(&front, "GET", "/");
        for (int i = 0; i < LIMIT_HEADER_COUNT + excess; i++) {
            snprintf(name, sizeof(name), "HTTP_H%d", i);
            front_var(&front, name, "v");
        }
        expect(&front, check_nothing, excess ? 431 : 200);
    }
}

static char *letters(size_t len, const char *start)
{
    char *text = xcalloc(1, len + 1);
    memset(text, 'a', len);
    memcpy(text, start, strlen(start));
    return text;
}

static void too_large_headers(void **state)
{
    struct front front;
    FREE_AUTO char *value = letters(LIMIT_HEADERS, "");
    FREE_AUTO char *uri = letters(LIMIT_HEADERS + 1, "/");
    (void)state;
    front_get(&front, "GET", "/");
    front_var(&front, "HTTP_H", value);
    expect(&front, check_nothing, 431);
    front_get(&front, "GET", uri);
    expect(&front, check_nothing, 414);
}

static void long_rewritten_paths_survive(void **state)
{
    struct front front;
    FREE_AUTO char *info = letters(LIMIT_HEADERS - 100, "/%%%");
    (void)state;
    memset(info + 1, '%', LIMIT_HEADERS - 101);
    front_get(&front, "GET", "/x");
    front_var(&front, "PATH_INFO", info);
    front_var(&front, "SCRIPT_NAME", "/gb.cgi");
    expect(&front, check_nothing, 200);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(no_headers),
        cmocka_unit_test(authorization_of_the_client_comes_first),
        cmocka_unit_test(query),
        cmocka_unit_test(cookies),
        cmocka_unit_test(lengths),
        cmocka_unit_test(methods),
        cmocka_unit_test(too_many_headers),
        cmocka_unit_test(too_large_headers),
        cmocka_unit_test(long_rewritten_paths_survive),
    };
    return UNIT_RUN(tests);
}
