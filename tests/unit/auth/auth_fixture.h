/* A store in a directory of its own, and requests made of memory. */
#ifndef AUTH_FIXTURE_H
#define AUTH_FIXTURE_H

#include "../store/store_test.h"

#include "http/response.h"

struct exchange {
    struct arena *arena;
    struct http_field headers[4];
    struct http_request req;
    struct http_response res;
};

static inline void exchange_init(struct exchange *exchange, const char *query)
{
    memset(exchange, 0, sizeof(*exchange));
    exchange->arena = arena_create(4096);
    exchange->req = (struct http_request){.arena = exchange->arena,
                                          .query = query,
                                          .script_name = "",
                                          .scheme = "http",
                                          .remote_addr = "192.0.2.7",
                                          .request_id = "test",
                                          .headers = exchange->headers};
    exchange->res = (struct http_response){.req = &exchange->req, .status = 200};
}

static inline void exchange_free(struct exchange *exchange)
{
    arena_destroy(&exchange->arena);
}

static inline void exchange_header(struct exchange *exchange, const char *name, const char *value)
{
    assert_true(exchange->req.header_count < ARRAY_LEN(exchange->headers));
    exchange->headers[exchange->req.header_count++] =
        (struct http_field){.name = name, .value = value};
}

/* The Set-Cookie header of the answer, or NULL. */
static inline const char *exchange_set_cookie(const struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->res.header_count; i++) {
        if (strcmp(exchange->res.headers[i].name, "Set-Cookie") == 0)
            return exchange->res.headers[i].value;
    }
    return NULL;
}

/* "name=value" of a Set-Cookie header, as a browser sends it back; in the arena. */
static inline const char *exchange_cookie_pair(const struct exchange *exchange)
{
    const char *header = exchange_set_cookie(exchange);
    assert_non_null(header);
    return arena_strndup(exchange->arena, header, strcspn(header, ";"));
}

#endif
