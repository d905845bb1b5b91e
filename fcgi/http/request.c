#include "http/request.h"

#include <poll.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"

const char *http_request_header(const struct http_request *req, const char *name)
{
    for (size_t i = 0; i < req->header_count; i++) {
        if (strcasecmp(req->headers[i].name, name) == 0)
            return req->headers[i].value;
    }
    return NULL;
}

const char *http_request_capture(const struct http_request *req, const char *name)
{
    for (size_t i = 0; i < req->capture_count; i++) {
        if (strcmp(req->captures[i].name, name) == 0)
            return req->captures[i].value;
    }
    return NULL;
}

static char *decoded(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_strndup(arena, text, len);
    int64_t decoded_len = url_decode(copy, len, true);
    if (decoded_len < 0)
        return NULL;
    copy[decoded_len] = '\0';
    return copy;
}

/* Whether the still encoded `text` means `name`. */
static bool is_named(struct arena *arena, const char *text, size_t len, const char *name)
{
    if (!memchr(text, '%', len) && !memchr(text, '+', len))
        return len == strlen(name) && memcmp(text, name, len) == 0;
    const char *plain = decoded(arena, text, len);
    return plain && strcmp(plain, name) == 0;
}

const char *http_request_query(struct http_request *req, const char *name)
{
    const char *pair = req->query;
    while (*pair) {
        size_t pair_len = strcspn(pair, "&");
        const char *equals = memchr(pair, '=', pair_len);
        size_t name_len = equals ? (size_t)(equals - pair) : pair_len;
        if (pair_len > 0 && is_named(req->arena, pair, name_len, name)) {
            const char *value = equals ? equals + 1 : pair + pair_len;
            return decoded(req->arena, value, (size_t)(pair + pair_len - value));
        }
        pair += pair_len;
        pair += *pair == '&';
    }
    return NULL;
}

/* The value of one "name=value" of a Cookie header, without surrounding quotes. */
static const char *cookie_value(struct http_request *req, const char *value, size_t len)
{
    if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
        value++;
        len -= 2;
    }
    return arena_strndup(req->arena, value, len);
}

const char *http_request_cookie(struct http_request *req, const char *name)
{
    const char *pair = http_request_header(req, "Cookie");
    size_t name_len = strlen(name);
    while (pair && *pair) {
        pair += strspn(pair, "; \t");
        size_t pair_len = strcspn(pair, ";");
        while (pair_len && (pair[pair_len - 1] == ' ' || pair[pair_len - 1] == '\t'))
            pair_len--;
        if (pair_len > name_len && pair[name_len] == '=' && strncmp(pair, name, name_len) == 0)
            return cookie_value(req, pair + name_len + 1, pair_len - name_len - 1);
        pair += strcspn(pair, ";");
    }
    return NULL;
}

bool http_request_client_gone(const struct http_request *req)
{
    struct pollfd client = {.fd = http_request_client_fd(req), .events = POLLIN};
    if (client.fd < 0)
        return false;
    return poll(&client, 1, 0) > 0 && client.revents != 0;
}
