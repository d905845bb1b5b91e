/* GET /image/{signature}/{name}: an image of an answer, for as long as its address is good. */
#include <errno.h>
#include <unistd.h>

#include "api/image_put.h"
#include "base/limits.h"

#define PIECE (64 * KIB)

static void set_headers(struct http_call *http, const struct shelved_image *image)
{
    static const char *const fixed[][2] = {
        {"X-Content-Type-Options", "nosniff"},
        {"Content-Security-Policy", "default-src 'none'; sandbox"},
        {"Cross-Origin-Resource-Policy", "cross-origin"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Robots-Tag", "noindex"},
    };
    struct arena *arena = http->req->arena;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        http_response_header(http->res, fixed[i][0], fixed[i][1]);
    http_response_header(
        http->res, "Cache-Control",
        arena_printf(arena, "private, max-age=%lld, immutable", (long long)image->seconds_left));
    http_response_header(http->res, "Content-Length",
                         arena_printf(arena, "%lld", (long long)image->len));
}

static void send_file(struct http_call *http, const struct shelved_image *image)
{
    struct sink *sink = http_response_begin(http->res, 200, image->type);
    char *piece = arena_alloc(http->req->arena, PIECE);
    for (;;) {
        ssize_t got = read(image->fd, piece, PIECE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || !sink || sink_write(sink, piece, (size_t)got) < 0)
            return;
    }
}

int api_image(struct http_call *http)
{
    struct image_shelf shelf = image_put_shelf(http->settings, http->api->store);
    struct shelved_image image;
    if (image_shelf_open(&shelf, http_request_capture(http->req, "signature"),
                         http_request_capture(http->req, "name"), &image, &http->err) < 0)
        return 404;
    set_headers(http, &image);
    if (http->req->method == HTTP_HEAD)
        http_response_begin(http->res, 200, image.type);
    else
        send_file(http, &image);
    close(image.fd);
    return 200;
}
