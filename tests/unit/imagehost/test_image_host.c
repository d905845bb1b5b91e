#include "../unit.h"

#include <stdio.h>

#include "../upstream/fake_server.h"
#include "base/limits.h"
#include "base/text.h"
#include "imagehost/image_host_priv.h"

/* One host that a test scripts, and what it was sent. */
static struct {
    int status;
    const char *body;
    char line[512], authorization[256], api_key[64], type[128], acl[32], date[64];
    char sent[1024];
    size_t sent_len;
} host_side;

static pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER; /* each connection has a thread */
static struct upstream *upstream;
static struct fake_server *server;
static char base[64];
static struct strbuf url;
static struct err err;

static void answer(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)ctx;
    LOCK_SCOPE(&host_lock);
    text_copy(host_side.line, sizeof(host_side.line), request->line);
    text_copy(host_side.authorization, sizeof(host_side.authorization),
              fake_header(request, "Authorization"));
    text_copy(host_side.api_key, sizeof(host_side.api_key), fake_header(request, "X-API-Key"));
    text_copy(host_side.type, sizeof(host_side.type), fake_header(request, "Content-Type"));
    text_copy(host_side.acl, sizeof(host_side.acl), fake_header(request, "x-oss-object-acl"));
    text_copy(host_side.date, sizeof(host_side.date), fake_header(request, "Date"));
    host_side.sent_len = request->body_len < sizeof(host_side.sent) - 1
                             ? request->body_len
                             : sizeof(host_side.sent) - 1;
    memcpy(host_side.sent, request->body, host_side.sent_len);
    host_side.sent[host_side.sent_len] = '\0';
    fake_answer(conn, host_side.status, "application/json", host_side.body);
}

static int upload(const struct image_host *host, int status, const char *body)
{
    memset(&host_side, 0, sizeof(host_side));
    host_side.status = status;
    host_side.body = body;
    strbuf_clear(&url);
    err_clear(&err);
    return image_host_upload(upstream, host, "image/png", "abc", "PICTURE", 7, &url, &err);
}

static const char *at(const char *path)
{
    static char text[128];
    snprintf(text, sizeof(text), "%s%s", base, path);
    return text;
}

static void smms(void **state)
{
    (void)state;
    const struct image_host host = {
        .provider = "smms", .smms_url = at("/api"), .smms_token = "TOKEN"};
    assert_true(image_host_is_ready(&host));
    assert_int_equal(
        upload(&host, 200, "{\"success\":true,\"data\":{\"url\":\"https://s/a.png\"}}"), 0);
    assert_string_equal(strbuf_str(&url), "https://s/a.png");
    assert_string_equal(host_side.authorization, "Basic TOKEN");
    assert_non_null(strstr(host_side.sent, "name=\"smfile\"; filename=\"abc.png\"\r\n"
                                           "Content-Type: image/png\r\n\r\nPICTURE\r\n--"));
    assert_int_equal(upload(&host, 200,
                            "{\"success\":false,\"code\":\"image_repeated\",\"images\":"
                            "\"https://s/old.png\"}"),
                     0);
    assert_string_equal(strbuf_str(&url), "https://s/old.png");
}

static void picgo(void **state)
{
    (void)state;
    const struct image_host host = {
        .provider = "picgo", .picgo_url = at("/api/1/upload"), .picgo_key = "K&Y"};
    assert_int_equal(
        upload(&host, 200, "{\"status_code\":200,\"image\":{\"url\":\"https://p/a.png\"}}"), 0);
    assert_string_equal(strbuf_str(&url), "https://p/a.png");
    assert_string_equal(host_side.line, "POST /api/1/upload?key=K%26Y HTTP/1.1");
    assert_string_equal(host_side.api_key, "K&Y");
    assert_non_null(strstr(host_side.sent, "name=\"source\""));
    assert_int_equal(upload(&host, 200, "{\"success\":true,\"result\":[\"https://p/b.png\"]}"), 0);
    assert_string_equal(strbuf_str(&url), "https://p/b.png");
}

static void imgbed(void **state)
{
    (void)state;
    const struct image_host host = {.provider = "cloudflare_imgbed",
                                    .imgbed_url = at("/upload"),
                                    .imgbed_code = "c d",
                                    .imgbed_folder = "a/b"};
    assert_int_equal(upload(&host, 200, "[{\"src\":\"/file/x.png\"}]"), 0);
    assert_string_equal(strbuf_str(&url), at("/file/x.png"));
    assert_string_equal(host_side.line, "POST /upload?uploadFolder=a%2Fb&authCode=c%20d"
                                        "&uploadNameType=origin HTTP/1.1");
    assert_null(strstr(host_side.sent, "Content-Type"));
}

static void oss(void **state)
{
    (void)state;
    const struct image_host host = {.provider = "aliyun_oss",
                                    .oss_endpoint = base,
                                    .oss_bucket = "bucket",
                                    .oss_key = "KEY",
                                    .oss_secret = "SECRET"};
    assert_int_equal(upload(&host, 200, ""), 0);
    assert_true(text_starts(strbuf_str(&url), at("/bucket/20")));
    assert_true(text_ends(strbuf_str(&url), "/abc.png"));
    assert_true(text_starts(host_side.line, "PUT /bucket/20"));
    assert_true(text_starts(host_side.authorization, "OSS KEY:"));
    assert_int_equal(strlen(host_side.authorization), strlen("OSS KEY:") + 28);
    assert_string_equal(host_side.acl, "public-read");
    assert_string_equal(host_side.type, "image/png");
    assert_true(text_ends(host_side.date, " GMT"));
    assert_string_equal(host_side.sent, "PICTURE");
}

/* The signature was computed apart from this program: HMAC-SHA1 with SECRET-0001 of "PUT", no checksum,
 * the type, the date, the ACL and "/bucket/2026/11/23/abc.png", a line each. */
static void oss_signature(void **state)
{
    (void)state;
    static const char *const expected[][2] = {
        {"Date", "Mon, 23 Nov 2026 08:15:02 GMT"},
        {"x-oss-object-acl", "public-read"},
        {"Authorization", "OSS KEY-0001:oBZUGqfwRsfBnvwW8kk3hvmgIUc="},
    };
    const struct image_host host = {.provider = "aliyun_oss",
                                    .oss_endpoint = "oss-cn-shanghai.aliyuncs.com",
                                    .oss_bucket = "bucket",
                                    .oss_key = "KEY-0001",
                                    .oss_secret = "SECRET-0001"};
    struct upload upload = {.host = &host,
                            .arena = arena_create(KIB),
                            .type = "image/png",
                            .file = "2026/11/23/abc.png",
                            .now_ms = 1795421702000};
    oss_prepare(&upload);
    assert_string_equal(upload.method, "PUT");
    assert_string_equal(upload.url,
                        "https://bucket.oss-cn-shanghai.aliyuncs.com/2026/11/23/abc.png");
    assert_int_equal(upload.header_count, ARRAY_LEN(expected));
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        assert_string_equal(upload.headers[i].name, expected[i][0]);
        assert_string_equal(upload.headers[i].value, expected[i][1]);
    }
    arena_destroy(&upload.arena);
}

/* Every host, every kind of failure: an error without a credential, and no address. */
static void every_host_may_fail(void **state)
{
    (void)state;
    const struct image_host hosts[] = {
        {.provider = "smms", .smms_url = at("/a"), .smms_token = "TOPSECRET"},
        {.provider = "picgo", .picgo_url = base, .picgo_key = "TOPSECRET"},
        {.provider = "cloudflare_imgbed", .imgbed_url = base, .imgbed_code = "TOPSECRET"},
        {.provider = "aliyun_oss",
         .oss_endpoint = base,
         .oss_bucket = "bucket",
         .oss_key = "KEY",
         .oss_secret = "TOPSECRET"},
    };
    static const char *const bodies[] = {"",
                                         "{}",
                                         "[]",
                                         "[{}]",
                                         "null",
                                         "not JSON",
                                         "{\"success\":true,\"result\":[]}",
                                         "[{\"src\":\"javascript:x\"}]"};
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        bool by_body = !text_eq(hosts[i].provider, "aliyun_oss"); /* there the status is all */
        for (size_t at_body = 0; by_body && at_body < ARRAY_LEN(bodies); at_body++)
            UNIT_ROW(upload(&hosts[i], 200, bodies[at_body]) == -1, bodies[at_body]);
        static const int statuses[] = {204, 302, 400, 403, 413, 500};
        for (size_t status = 0; status < ARRAY_LEN(statuses); status++) {
            /* What followed a 204 would be taken for the next answer. */
            const char *body = statuses[status] == 204 ? "" : "the code TOPSECRET is wrong";
            UNIT_ROW(upload(&hosts[i], statuses[status], body) == -1, hosts[i].provider);
            assert_int_equal(url.len, 0);
        }
    }
}

static void failures(void **state)
{
    (void)state;
    const struct image_host host = {
        .provider = "smms", .smms_url = at("/api"), .smms_token = "TOKEN"};
    static const struct {
        int status;
        const char *body;
    } answers[] = {
        {500, "{}"},
        {200, ""},
        {200, "not JSON"},
        {200, "{\"success\":true}"},
        {200, "{\"success\":true,\"data\":{\"url\":\"javascript:x\"}}"},
        {401, "{\"success\":false}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        UNIT_ROW(upload(&host, answers[i].status, answers[i].body) == -1, answers[i].body);
        assert_int_equal(url.len, 0);
        assert_true(err.text[0]);
        assert_null(strstr(err.text, "TOKEN"));
    }
    char closed[64];
    snprintf(closed, sizeof(closed), "http://127.0.0.1:%d/", fake_closed_port());
    const struct image_host nobody = {.provider = "smms", .smms_url = closed, .smms_token = "T"};
    assert_int_equal(upload(&nobody, 200, ""), -1);
}

static void what_is_not_set_up(void **state)
{
    (void)state;
    const struct image_host hosts[] = {
        {.provider = "smms", .smms_url = "https://s/", .smms_token = ""},
        {.provider = "smms", .smms_token = "T"},
        {.provider = "picgo", .picgo_url = "https://p/"},
        {.provider = "cloudflare_imgbed", .imgbed_url = "https://i/upload"},
        {.provider = "aliyun_oss", .oss_endpoint = "e", .oss_bucket = "b", .oss_key = "k"},
        {.provider = "another"},
    };
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        assert_false(image_host_is_ready(&hosts[i]));
        assert_int_equal(upload(&hosts[i], 200, "{}"), -1);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(smms),          cmocka_unit_test(picgo),
        cmocka_unit_test(imgbed),        cmocka_unit_test(oss),
        cmocka_unit_test(failures),      cmocka_unit_test(what_is_not_set_up),
        cmocka_unit_test(oss_signature), cmocka_unit_test(every_host_may_fail),
    };
    struct upstream_options options = {.warm_max = 1, .user_agent = "test"};
    upstream = upstream_open(&options, &err);
    server = fake_server_start(answer, NULL);
    snprintf(base, sizeof(base), "http://127.0.0.1:%d", fake_server_port(server));
    strbuf_init(&url, KIB);
    int rc = UNIT_RUN(tests);
    strbuf_free(&url);
    fake_server_stop(&server);
    upstream_close(&upstream);
    return rc;
}
