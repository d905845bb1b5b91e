#include "listener_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

struct fixture_seen fixture_seen;

void fixture_sleep_ms(int64_t ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

static void hello(struct http_request *req, struct http_response *res)
{
    (void)req;
    http_response_send(res, 200, "text/plain", "hello", 5);
}

static bool read_body(struct http_request *req)
{
    struct err err = ERR_INIT;
    if (http_request_read_body(req, (size_t)64 << 20, &err) == 0)
        return true;
    fixture_seen.body_error = (int)err.code;
    return false;
}

static void echo(struct http_request *req, struct http_response *res)
{
    if (read_body(req))
        http_response_send(res, 200, "application/octet-stream", req->body, req->body_len);
    else
        http_response_send(res, 400, NULL, NULL, 0);
}

static void nap(struct http_request *req, struct http_response *res)
{
    fixture_sleep_ms(strtol(req->path + strlen("/sleep/"), NULL, 10));
    http_response_send(res, 200, "text/plain", "slept", 5);
}

static void wait_for_release(void)
{
    for (int i = 0; i < 60000 && !fixture_seen.released; i++)
        fixture_sleep_ms(1);
}

static void hold(struct http_request *req, struct http_response *res)
{
    (void)req;
    wait_for_release();
    http_response_send(res, 200, "text/plain", "held", 4);
}

static void refuse(struct http_request *req, struct http_response *res)
{
    (void)req;
    http_response_send(res, 401, "text/plain", "no", 2);
}

static void watch(struct http_request *req, struct http_response *res)
{
    bool gone = false;
    if (req->content_length > 0)
        read_body(req);
    fixture_seen.started++;
    for (int i = 0; i < 20000 && !gone; i++) {
        gone = http_request_client_gone(req);
        if (!gone)
            fixture_sleep_ms(1);
    }
    if (gone)
        fixture_seen.left_us = clock_mono_us();
    http_response_send(res, 200, NULL, NULL, 0);
}

static void flood(struct http_request *req, struct http_response *res)
{
    static const char block[65536];
    struct sink *sink = http_response_begin(res, 200, "application/octet-stream");
    (void)req;
    for (int i = 0; i < 10000; i++) {
        if (sink_write(sink, block, sizeof(block)) != 0) {
            fixture_seen.flood_ended++;
            return;
        }
    }
}

static void tick(struct http_request *req, struct http_response *res)
{
    struct sink *sink = http_response_begin(res, 200, "text/event-stream");
    (void)req;
    sink_write(sink, "data: tick\n\n", 12);
    sink_flush(sink);
    wait_for_release();
    sink_write(sink, "data: tock\n\n", 12);
}

static const struct {
    const char *prefix;
    void (*handle)(struct http_request *req, struct http_response *res);
} paths[] = {
    {"/hello", hello}, {"/echo", echo},   {"/sleep/", nap}, {"/refuse", refuse},
    {"/watch", watch}, {"/flood", flood}, {"/tick", tick},  {"/hold", hold},
};

static void handle(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    if (!text_starts(req->path, "/watch"))
        fixture_seen.started++;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        if (text_starts(req->path, paths[i].prefix)) {
            paths[i].handle(req, res);
            return;
        }
    }
    http_response_send(res, 404, NULL, NULL, 0);
}

static void forget_what_was_seen(void)
{
    fixture_seen.started = 0;
    fixture_seen.body_error = 0;
    fixture_seen.left_us = 0;
    fixture_seen.flood_ended = 0;
    fixture_seen.released = false;
}

void fixture_open_with(struct listener_fixture *fixture, struct http_listener_options options)
{
    struct err err = ERR_INIT;
    forget_what_was_seen();
    snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/gb-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    snprintf(fixture->path, sizeof(fixture->path), "%s/socket", fixture->directory);
    fixture->options = options;
    fixture->options.handler = handle;
    if (!fixture->options.socket)
        fixture->options.socket = fixture->path;
    fixture->listener = http_listener_open(&fixture->options, &err);
    if (!fixture->listener)
        fail_msg("%s", err.text);
}

void fixture_open(struct listener_fixture *fixture, int workers_max)
{
    fixture_open_with(fixture, (struct http_listener_options){.workers_max = workers_max,
                                                              .send_timeout_s = 10,
                                                              .drain_timeout_s = FIXTURE_DRAIN_S});
}

void fixture_close(struct listener_fixture *fixture)
{
    assert_int_equal(http_listener_close(&fixture->listener), 0);
    assert_null(fixture->listener);
    assert_int_equal(rmdir(fixture->directory), 0);
}

int fixture_connect(const struct listener_fixture *fixture)
{
    int fd = client_connect(fixture->path, 0);
    assert_true(fd >= 0);
    return fd;
}

void fixture_expect(const struct listener_fixture *fixture, const char *uri, const char *body)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    int fd = fixture_connect(fixture);
    assert_true(client_request(fd, false, uri, "", 0, &out));
    assert_string_equal(client_answer_body(&out), body);
    close(fd);
}

bool fixture_wait_for(_Atomic int *value, int wanted)
{
    for (int i = 0; i < 20000 && *value < wanted; i++)
        fixture_sleep_ms(1);
    return *value >= wanted;
}
