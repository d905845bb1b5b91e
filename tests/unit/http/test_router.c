/* Which row a path finds, and what is answered where none does. */
#include "front.h"

#include "base/text.h"
#include "http/router.h"

static int say_row(struct http_call *call);

static const struct route table[] = {
    {HTTP_GET, "/", ACCESS_PUBLIC, DIALECT_PAGE, say_row, "root"},
    {HTTP_GET, "/health", ACCESS_PUBLIC, DIALECT_JSON, say_row, "health"},
    {HTTP_GET, "/v1/models", ACCESS_CLIENT, DIALECT_OPENAI, say_row, "list"},
    {HTTP_GET, "/v1/models/mine", ACCESS_CLIENT, DIALECT_OPENAI, say_row, "mine"},
    {HTTP_GET, "/v1/models/{model}", ACCESS_CLIENT, DIALECT_OPENAI, say_row, "one"},
    {HTTP_DELETE, "/v1/models/{model}", ACCESS_CLIENT, DIALECT_OPENAI, say_row, "delete"},
    {HTTP_POST, "/v1/chat/completions", ACCESS_CLIENT, DIALECT_OPENAI, say_row, "chat"},
    {HTTP_POST | HTTP_PUT, "/v1beta/models/{model}:generateContent", ACCESS_CLIENT, DIALECT_GEMINI,
     say_row, "generate"},
    {HTTP_POST, "/v1beta/models/{model}:streamGenerateContent", ACCESS_CLIENT, DIALECT_GEMINI,
     say_row, "stream"},
    {HTTP_GET, "/v1beta/models/{model}", ACCESS_CLIENT, DIALECT_GEMINI, say_row, "gemini"},
    {HTTP_POST, "/v1beta/{kind}/{id}:{verb}", ACCESS_CLIENT, DIALECT_GEMINI, say_row, "verb"},
    {HTTP_GET, "/v1beta/files/{id}/download", ACCESS_CLIENT, DIALECT_GEMINI, say_row, "download"},
    {HTTP_GET, "/static/{file...}", ACCESS_PUBLIC, DIALECT_PAGE, say_row, "static"},
    {HTTP_GET, "/{lang}/about", ACCESS_PUBLIC, DIALECT_PAGE, say_row, "about"},
    {HTTP_OPTIONS, "/own", ACCESS_PUBLIC, DIALECT_JSON, say_row, "own options"},
    {HTTP_GET, "/error", ACCESS_PUBLIC, DIALECT_JSON, say_row, "error"},
    {HTTP_GET, "/limit", ACCESS_PUBLIC, DIALECT_JSON, say_row, "limit"},
    {HTTP_GET, "/quiet", ACCESS_PUBLIC, DIALECT_JSON, say_row, "quiet"},
    {HTTP_GET, "/zero", ACCESS_PUBLIC, DIALECT_JSON, say_row, "zero"},
    {HTTP_GET, "/locked", ACCESS_ADMIN_API, DIALECT_JSON, say_row, "locked"},
    {HTTP_GET, "/moved", ACCESS_ADMIN, DIALECT_PAGE, say_row, "moved"},
    {0, NULL, ACCESS_PUBLIC, DIALECT_PAGE, NULL, NULL},
};

/* Counts of the hooks' calls, and what the last call of leave saw. */
static struct {
    int enter, leave, access, error, preflight;
    int status;
    const struct route *error_route;
} seen;

/* Answers "<row> name=value ...". */
static int say_row(struct http_call *call)
{
    const struct http_request *req = call->req;
    const char *row = call->route->arg;
    if (text_eq(row, "error"))
        return err_set(&call->err, ERR_INVALID, "wrong"), 418;
    if (text_eq(row, "limit")) {
        call->retry_after_s = 17;
        return 429;
    }
    if (text_eq(row, "quiet"))
        return 202;
    if (text_eq(row, "zero"))
        return 0;
    const char *text = row;
    for (size_t i = 0; i < req->capture_count; i++)
        text = arena_printf(req->arena, "%s %s=%s", text, req->captures[i].name,
                            req->captures[i].value);
    http_response_send(call->res, 200, "text/plain", text, strlen(text));
    return 200;
}

static void on_enter(struct http_call *call)
{
    assert_string_equal(call->app, "app");
    assert_int_equal(seen.leave, seen.enter);
    seen.enter++;
}

static void on_leave(struct http_call *call, int status)
{
    assert_true(call->res->begun);
    seen.leave++;
    seen.status = status;
}

static int on_access(struct http_call *call)
{
    seen.access++;
    if (call->route->access == ACCESS_ADMIN_API)
        return err_set(&call->err, ERR_INVALID, "no token"), 401;
    if (call->route->access == ACCESS_ADMIN) {
        http_response_redirect(call->res, 303, "/login");
        return 303;
    }
    return 0;
}

static int on_error(struct http_call *call, int status)
{
    seen.error++;
    seen.error_route = call->route;
    const char *text = arena_printf(call->req->arena, "%d %s", status, call->err.text);
    return http_response_send(call->res, status, "text/plain", text, strlen(text));
}

static void on_preflight(struct http_call *call)
{
    seen.preflight++;
    http_response_header(call->res, "Access-Control-Allow-Origin", "*");
}

static struct router_hooks hooks = {
    .enter = on_enter,
    .leave = on_leave,
    .check_access = on_access,
    .write_error = on_error,
    .preflight = on_preflight,
};

static void dispatch(void *ctx, struct http_request *req, struct http_response *res)
{
    router_dispatch(ctx, req, res);
}

static void serve(struct front *front, const struct route *routes)
{
    struct err err = ERR_INIT;
    char app[] = "app";
    struct router *router = router_create(routes, &hooks, app, &err);
    assert_non_null(router);
    memset(&seen, 0, sizeof(seen));
    front_serve(front, dispatch, router);
    router_destroy(&router);
    assert_null(router);
    assert_int_equal(seen.enter, 1);
    assert_int_equal(seen.leave, 1);
    assert_int_equal(seen.status, front_status(front));
}

static const struct {
    const char *method;
    const char *path;
    int status;
    const char *body;
} paths[] = {
    {"GET", "/", 200, "root"},
    {"GET", "//", 200, "root"},
    {"GET", "/?q", 200, "root"},
    {"GET", "/health", 200, "health"},
    {"GET", "/health/", 200, "health"},
    {"GET", "//health", 200, "health"},
    {"GET", "/health?x=/v1/models", 200, "health"},
    {"GET", "/Health", 404, NULL},
    {"GET", "/healthy", 404, NULL},
    {"GET", "/healt", 404, NULL},
    {"GET", "/h%65alth", 200, "health"},
    {"GET", "/v1/models", 200, "list"},
    {"GET", "/v1//models//", 200, "list"},
    {"GET", "/v1%2Fmodels", 404, NULL},
    {"GET", "/v1/models/mine", 200, "mine"},
    {"GET", "/v1/models/m-1", 200, "one model=m-1"},
    {"GET", "/v1/models/m-1/", 200, "one model=m-1"},
    {"GET", "/v1/models/models%2Fm", 200, "one model=models/m"},
    {"GET", "/v1/models/a%252Fb", 200, "one model=a%2Fb"},
    {"GET", "/v1/models/a%20b", 200, "one model=a b"},
    {"GET", "/v1/models/a:b", 200, "one model=a:b"},
    {"GET", "/v1/models/a/b", 404, NULL},
    {"DELETE", "/v1/models/m", 200, "delete model=m"},
    {"POST", "/v1/models/m", 405, NULL},
    {"GET", "/v1", 404, NULL},
    {"GET", "/v1/", 404, NULL},
    {"GET", "/v1/chat/completions", 405, NULL},
    {"POST", "/v1/chat/completions", 200, "chat"},
    {"POST", "/v1/chat/completions/", 200, "chat"},
    {"POST", "/v1/chat/completions/x", 404, NULL},
    {"POST", "/v1/../v1/chat/completions", 404, NULL},
    {"POST", "/v1beta/models/m:generateContent", 200, "generate model=m"},
    {"PUT", "/v1beta/models/m:generateContent", 200, "generate model=m"},
    {"POST", "/v1beta/models/m%3AgenerateContent", 200, "generate model=m"},
    {"POST", "/v1beta/models/m:free:generateContent", 200, "generate model=m:free"},
    {"POST", "/v1beta/models/m:streamGenerateContent?alt=sse", 200, "stream model=m"},
    {"POST", "/v1beta/models/a%2Fm:generateContent", 200, "generate model=a/m"},
    /* No model, no verb: only the row that gets a model with an odd name is left. */
    {"POST", "/v1beta/models/:generateContent", 405, NULL},
    {"POST", "/v1beta/models/m:", 405, NULL},
    {"POST", "/v1beta/models/m:other", 200, "verb kind=models id=m verb=other"},
    {"POST", "/v1beta/cachedContents/c:x:y", 200, "verb kind=cachedContents id=c:x verb=y"},
    {"GET", "/v1beta/models/m", 200, "gemini model=m"},
    {"GET", "/v1beta/files/f/download", 200, "download id=f"},
    {"GET", "/v1beta/files//download", 404, NULL},
    {"GET", "/static/app.css", 200, "static file=app.css"},
    {"GET", "/static/a/b%20c/d.js", 200, "static file=a/b c/d.js"},
    {"GET", "/static//a//b/", 200, "static file=a//b/"},
    {"GET", "/static/a%2Fb", 200, "static file=a%2Fb"},
    {"GET", "/static/../secret", 200, "static file=../secret"},
    {"GET", "/static", 404, NULL},
    {"GET", "/static/", 404, NULL},
    {"GET", "/static/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18", 200,
     "static file=1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18"},
    {"GET", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18", 404, NULL},
    {"GET", "/en/about", 200, "about lang=en"},
    {"GET", "/%7Ben%7D/about", 200, "about lang={en}"},
    {"PROPFIND", "/health", 405, NULL},
    {"get", "/health", 405, NULL},
};

static void paths_find_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct front front;
        front_get(&front, paths[i].method, paths[i].path);
        serve(&front, table);
        UNIT_ROW(front_status(&front) == paths[i].status, paths[i].path);
        if (paths[i].body)
            UNIT_ROW(strcmp(front_answer_body(&front), paths[i].body) == 0,
                     front_answer_body(&front));
        front_free(&front);
    }
}

static void head_is_get_without_a_body(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "HEAD", "/health");
    serve(&front, table);
    assert_int_equal(front_status(&front), 200);
    assert_true(front_has_line(&front, "Content-Length: 6"));
    assert_string_equal(front_answer_body(&front), "");
    front_free(&front);
}

static void allow_lists_all_rows(void **state)
{
    static const struct {
        const char *path;
        const char *allow;
    } rows[] = {
        {"/v1/models/m", "Allow: GET, HEAD, DELETE, OPTIONS"},
        {"/health", "Allow: GET, HEAD, OPTIONS"},
        {"/v1beta/models/m:generateContent", "Allow: GET, HEAD, POST, PUT, OPTIONS"},
        {"/own", "Allow: OPTIONS"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct front front;
        front_get(&front, "PATCH", rows[i].path);
        serve(&front, table);
        assert_int_equal(front_status(&front), 405);
        UNIT_ROW(front_has_line(&front, rows[i].allow), strbuf_str(&front.out));
        assert_int_equal(seen.error, 1);
        assert_non_null(seen.error_route);
        assert_int_equal(seen.access, 0);
        front_free(&front);
    }
}

static void options_without_a_row(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "OPTIONS", "/v1/chat/completions");
    serve(&front, table);
    assert_int_equal(front_status(&front), 204);
    assert_true(front_has_line(&front, "Allow: POST, OPTIONS"));
    assert_true(front_has_line(&front, "Access-Control-Allow-Origin: *"));
    assert_int_equal(seen.preflight, 1);
    assert_int_equal(seen.access, 0);
    front_free(&front);
}

static void options_without_a_preflight_hook(void **state)
{
    struct front front;
    (void)state;
    hooks.preflight = NULL;
    front_get(&front, "OPTIONS", "/health");
    serve(&front, table);
    assert_int_equal(front_status(&front), 204);
    front_free(&front);
    hooks.preflight = on_preflight;
}

static void options_with_a_row_and_without_a_path(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "OPTIONS", "/own");
    serve(&front, table);
    assert_string_equal(front_answer_body(&front), "own options");
    front_free(&front);
    front_get(&front, "OPTIONS", "/nowhere");
    serve(&front, table);
    assert_int_equal(front_status(&front), 404);
    front_free(&front);
}

static void unknown_path_has_no_route(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "GET", "/nowhere");
    serve(&front, table);
    assert_int_equal(front_status(&front), 404);
    assert_string_equal(front_answer_body(&front), "404 there is nothing at /nowhere");
    assert_int_equal(seen.error, 1);
    assert_null(seen.error_route);
    front_free(&front);
}

static void unsent_statuses_are_sent(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *body;
    } rows[] = {
        {"/error", 418, "418 wrong"}, {"/limit", 429, "429 "},          {"/quiet", 202, ""},
        {"/zero", 500, "500 "},       {"/locked", 401, "401 no token"}, {"/moved", 303, ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct front front;
        front_get(&front, "GET", rows[i].path);
        serve(&front, table);
        UNIT_ROW(front_status(&front) == rows[i].status, rows[i].path);
        UNIT_ROW(strcmp(front_answer_body(&front), rows[i].body) == 0, rows[i].path);
        UNIT_ROW(front_has_line(&front, "Retry-After: 17") == (rows[i].status == 429),
                 rows[i].path);
        assert_int_equal(seen.access, 1);
        front_free(&front);
    }
}

/* lighttpd at "/" says SCRIPT_NAME=/v1, at "/gb" it says SCRIPT_NAME=/gb: the table decides. */
static void doubtful_mounts_are_settled(void **state)
{
    static const struct {
        const char *uri;
        const char *script;
        const char *info;
        int status;
        const char *body;
    } rows[] = {
        {"/v1/models", "/v1", "/models", 200, "list"},
        {"/gb/v1/models", "/gb", "/v1/models", 200, "list"},
        {"/gb/v1/models/a%2Fb", "/gb", "/v1/models/a/b", 200, "one model=a/b"},
        {"/gb/", "/gb", "/", 200, "root"},
        {"/gb/nowhere", "/gb", "/nowhere", 404, "404 there is nothing at /gb/nowhere"},
        {"/en/about", "/en", "/about", 200, "about lang=en"},
        {"/health", "/health", "", 200, "health"},
        {"/nowhere", "/nowhere", "", 404, "404 there is nothing at /nowhere"},
        {"/health/static/x", "/health", "/static/x", 200, "static file=x"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct front front;
        front_get(&front, "GET", rows[i].uri);
        front_var(&front, "SCRIPT_NAME", rows[i].script);
        front_var(&front, "PATH_INFO", rows[i].info);
        serve(&front, table);
        UNIT_ROW(front_status(&front) == rows[i].status, rows[i].uri);
        UNIT_ROW(strcmp(front_answer_body(&front), rows[i].body) == 0, front_answer_body(&front));
        front_free(&front);
    }
}

/* A row that takes everything must not hide the mount. */
static void a_row_for_all_paths(void **state)
{
    static const struct route routes[] = {
        {HTTP_GET, "/v1/models", ACCESS_PUBLIC, DIALECT_JSON, say_row, "list"},
        {HTTP_GET, "/{path...}", ACCESS_PUBLIC, DIALECT_JSON, say_row, "all"},
        {0, NULL, ACCESS_PUBLIC, DIALECT_PAGE, NULL, NULL},
    };
    struct front front;
    (void)state;
    front_get(&front, "GET", "/gb/v1/models");
    front_var(&front, "SCRIPT_NAME", "/gb");
    front_var(&front, "PATH_INFO", "/v1/models");
    serve(&front, routes);
    assert_string_equal(front_answer_body(&front), "list");
    front_free(&front);
    front_get(&front, "GET", "/x/y");
    front_var(&front, "SCRIPT_NAME", "/x");
    front_var(&front, "PATH_INFO", "/y");
    serve(&front, routes);
    assert_string_equal(front_answer_body(&front), "all path=x/y");
    front_free(&front);
}

static const char *on_elsewhere(struct http_call *call, int choice)
{
    static const char *const others[] = {"/neither", "/v1/models/a%2Fb", "/health"};
    assert_null(call->route);
    assert_string_equal(call->req->raw_path, "/slip");
    return (size_t)choice < ARRAY_LEN(others) ? others[choice] : NULL;
}

/* The first choice that the table knows is taken. */
static void a_slip_is_led_elsewhere(void **state)
{
    struct front front;
    (void)state;
    hooks.elsewhere = on_elsewhere;
    front_get(&front, "GET", "/slip");
    serve(&front, (const struct route[]){
                      {HTTP_GET, "/v1/models/{model}", ACCESS_PUBLIC, DIALECT_JSON, say_row, "one"},
                      {HTTP_GET, "/health", ACCESS_PUBLIC, DIALECT_JSON, say_row, "health"},
                      {0, NULL, ACCESS_PUBLIC, DIALECT_PAGE, NULL, NULL},
                  });
    assert_string_equal(front_answer_body(&front), "one model=a/b");
    front_free(&front);
    front_get(&front, "POST", "/slip");
    serve(&front, (const struct route[]){
                      {HTTP_GET, "/health", ACCESS_PUBLIC, DIALECT_JSON, say_row, "health"},
                      {0, NULL, ACCESS_PUBLIC, DIALECT_PAGE, NULL, NULL},
                  });
    assert_int_equal(front_status(&front), 405);
    front_free(&front);
    hooks.elsewhere = NULL;
}

static void bad_patterns_are_refused(void **state)
{
    static const char *const bad[] = {
        "",          "v1",        "/a//b",  "/a{b}",
        "/{a}b",     "/{}",       "/{a",    "/a}",
        "/{a...}/b", "/{a...}:x", "/{a}:",  "/{a}:x:y",
        "/{a}:{",    "/{a}:{b}c", "/{{a}}", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct route routes[] = {
            {HTTP_GET, "/good", ACCESS_PUBLIC, DIALECT_PAGE, say_row, NULL},
            {HTTP_GET, bad[i], ACCESS_PUBLIC, DIALECT_PAGE, say_row, NULL},
            {0, NULL, ACCESS_PUBLIC, DIALECT_PAGE, NULL, NULL},
        };
        struct err err = ERR_INIT;
        UNIT_ROW(router_create(routes, &hooks, NULL, &err) == NULL, bad[i]);
        UNIT_ROW(err.code == ERR_INVALID, bad[i]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_find_rows),
        cmocka_unit_test(head_is_get_without_a_body),
        cmocka_unit_test(allow_lists_all_rows),
        cmocka_unit_test(options_without_a_row),
        cmocka_unit_test(options_without_a_preflight_hook),
        cmocka_unit_test(options_with_a_row_and_without_a_path),
        cmocka_unit_test(unknown_path_has_no_route),
        cmocka_unit_test(unsent_statuses_are_sent),
        cmocka_unit_test(doubtful_mounts_are_settled),
        cmocka_unit_test(a_row_for_all_paths),
        cmocka_unit_test(a_slip_is_led_elsewhere),
        cmocka_unit_test(bad_patterns_are_refused),
    };
    return UNIT_RUN(tests);
}
