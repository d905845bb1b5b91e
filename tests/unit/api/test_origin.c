/* Where this server lies, as its clients see it. */
#include "../unit.h"

#include "api/origin.h"
#include "base/text.h"

struct row {
    const char *remote, *proto, *host, *prefix; /* X-Forwarded-*; NULL absent */
    const char *origin;
};

static const struct row rows[] = {
    {"192.0.2.1", NULL, NULL, NULL, "http://gb.example:8080/gb"},
    {"192.0.2.1", "https", "ai.example", NULL, "http://gb.example:8080/gb"},
    {"10.1.2.3", "https", "ai.example", NULL, "https://ai.example/gb"},
    {"10.1.2.3", "HTTPS, http", " ai.example , inner", NULL, "https://ai.example/gb"},
    {"10.1.2.3", "gopher", "ai.example/x", NULL, "http://gb.example:8080/gb"},
    {"10.1.2.3", "https", "[2001:db8::1]:444", "/outer/", "https://[2001:db8::1]:444/outer/gb"},
    {"10.1.2.3", "https", "ai.example", "//evil", "https://ai.example/gb"},
    {"fd00::5", "https", NULL, NULL, "https://gb.example:8080/gb"},
    {"::ffff:10.1.2.3", "https", NULL, NULL, "https://gb.example:8080/gb"},
    {"fe80::1", "https", NULL, NULL, "http://gb.example:8080/gb"},
};

static char networks[][16] = {"10.0.0.0/8", "fd00::/8", "198.51.100.7", "nonsense", "1.2.3.4/77"};
static char *items[] = {networks[0], networks[1], networks[2], networks[3], networks[4]};
static const struct setting_list trusted = {.items = items, .len = ARRAY_LEN(items)};

static void add(struct http_request *req, const char *name, const char *value)
{
    if (value)
        req->headers[req->header_count++] = (struct http_field){name, value};
}

static void each_origin(void **state)
{
    struct arena *arena = arena_create(1024);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct http_field headers[3];
        struct http_request req = {.arena = arena,
                                   .headers = headers,
                                   .peer_addr = rows[i].remote,
                                   .scheme = "http",
                                   .host = "gb.example:8080",
                                   .script_name = "/gb"};
        add(&req, "X-Forwarded-Proto", rows[i].proto);
        add(&req, "X-Forwarded-Host", rows[i].host);
        add(&req, "X-Forwarded-Prefix", rows[i].prefix);
        UNIT_ROW(text_eq(origin_of_request(&req, &trusted), rows[i].origin), rows[i].origin);
    }
    arena_destroy(&arena);
}

static void networks_and_addresses(void **state)
{
    (void)state;
    assert_true(origin_is_trusted("198.51.100.7", &trusted));
    assert_false(origin_is_trusted("198.51.100.8", &trusted));
    assert_true(origin_is_trusted("10.255.255.255", &trusted));
    assert_false(origin_is_trusted("11.0.0.0", &trusted));
    assert_false(origin_is_trusted("1.2.3.4", &trusted));
    assert_false(origin_is_trusted("", &trusted));
    assert_false(origin_is_trusted("10.1.2.3", &(struct setting_list){0}));
}

static void no_host(void **state)
{
    struct arena *arena = arena_create(1024);
    struct http_request req = {
        .arena = arena, .peer_addr = "", .scheme = "https", .host = "", .script_name = ""};
    (void)state;
    assert_null(origin_of_request(&req, &trusted));
    arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_origin),
                                       cmocka_unit_test(networks_and_addresses),
                                       cmocka_unit_test(no_host)};
    return UNIT_RUN(tests);
}
