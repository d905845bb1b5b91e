/* Whom a request is taken for, behind proxies that are believed and others. */
#include "front.h"

#include "base/text.h"
#include "http/forwarded.h"

struct row {
    const char *peer, *chain, *scheme, *host; /* NULL: no such header */
    const char *address, *seen_scheme, *seen_host;
};

static void look(void *ctx, struct http_request *req, struct http_response *res)
{
    static char networks[][16] = {"10.0.0.0/8", "192.0.2.1", "fd00::/8"};
    char *const proxies[] = {networks[0], networks[1], networks[2]};
    const struct row *row = ctx;
    (void)res;
    http_request_believe(req, proxies, ARRAY_LEN(proxies));
    const char *what = row->chain ? row->chain : row->peer;
    UNIT_ROW(text_eq(req->remote_addr, row->address), what);
    UNIT_ROW(text_eq(req->peer_addr, row->peer), what);
    UNIT_ROW(text_eq(req->scheme, row->seen_scheme), what);
    UNIT_ROW(text_eq(req->host, row->seen_host), what);
}

static void test_rows(void **state)
{
    static const struct row rows[] = {
        {"198.51.100.9", "203.0.113.5", "https", "other.test", "198.51.100.9", "http", "own.test"},
        {"10.1.2.3", NULL, NULL, NULL, "10.1.2.3", "http", "own.test"},
        {"10.1.2.3", "203.0.113.5", "https", "other.test:8443", "203.0.113.5", "https",
         "other.test:8443"},
        {"::ffff:10.1.2.3", "203.0.113.5", NULL, NULL, "203.0.113.5", "http", "own.test"},
        {"fd00::1", "2001:db8::7", "HTTPS", NULL, "2001:db8::7", "https", "own.test"},
        /* What stands left of the first stranger is a stranger's word. */
        {"10.1.2.3", "127.0.0.1, 203.0.113.5", NULL, NULL, "203.0.113.5", "http", "own.test"},
        {"10.1.2.3", "203.0.113.5, 192.0.2.1 ,10.9.9.9", NULL, NULL, "203.0.113.5", "http",
         "own.test"},
        {"10.1.2.3", "6.6.6.6, 203.0.113.5, 192.0.2.1", NULL, NULL, "203.0.113.5", "http",
         "own.test"},
        {"10.1.2.3", "10.4.4.4, 192.0.2.1", NULL, NULL, "10.4.4.4", "http", "own.test"},
        {"10.1.2.3", "unknown", NULL, NULL, "10.1.2.3", "http", "own.test"},
        {"10.1.2.3", "unknown, 192.0.2.1", NULL, NULL, "192.0.2.1", "http", "own.test"},
        {"10.1.2.3", "203.0.113.5,", NULL, NULL, "10.1.2.3", "http", "own.test"},
        {"10.1.2.3", "", "gopher", "a b", "10.1.2.3", "http", "own.test"},
        {"10.1.2.3", ",", "", "", "10.1.2.3", "http", "own.test"},
        {"10.1.2.3", "203.0.113.5\" onload=x", "https, http", "<b>", "10.1.2.3", "https",
         "own.test"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct row row = rows[i];
        struct front front;
        front_get(&front, "GET", "/");
        front_var(&front, "REMOTE_ADDR", row.peer);
        front_var(&front, "HTTP_HOST", "own.test");
        if (row.chain)
            front_var(&front, "HTTP_X_FORWARDED_FOR", row.chain);
        if (row.scheme)
            front_var(&front, "HTTP_X_FORWARDED_PROTO", row.scheme);
        if (row.host)
            front_var(&front, "HTTP_X_FORWARDED_HOST", row.host);
        front_serve(&front, look, &row);
        front_free(&front);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return UNIT_RUN(tests);
}
