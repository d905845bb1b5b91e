/* One call against the fake server, with everything that came of it written down. */
#ifndef CALL_FIXTURE_H
#define CALL_FIXTURE_H

#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "fake_server.h"
#include "upstream/upstream.h"

struct call_log {
    int status;
    int heads, pieces, ticks;
    int stop_at_head, stop_at_piece, stop_at_tick; /* refuse this one; 0 never */
    char type[64];
    struct strbuf headers; /* "name: value\n" */
    struct strbuf body;
    struct upstream_result result;
};

static inline int call_log_head(void *ctx, int status, const struct upstream_header *headers,
                                size_t count)
{
    struct call_log *log = ctx;
    const char *type = upstream_header_find(headers, count, "content-type");
    log->status = status;
    snprintf(log->type, sizeof(log->type), "%s", type ? type : "");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&log->headers, "%s: %s\n", headers[i].name, headers[i].value);
    return ++log->heads == log->stop_at_head ? -1 : 0;
}

static inline int call_log_data(void *ctx, const void *data, size_t len)
{
    struct call_log *log = ctx;
    strbuf_append(&log->body, data, len);
    return ++log->pieces == log->stop_at_piece ? -1 : 0;
}

static inline int call_log_tick(void *ctx, int64_t waited_ms)
{
    struct call_log *log = ctx;
    (void)waited_ms;
    return ++log->ticks == log->stop_at_tick ? -1 : 0;
}

static inline struct upstream *call_upstream(int warm_max)
{
    struct upstream_options options = {.warm_max = warm_max, .user_agent = "test/1"};
    struct err err = ERR_INIT;
    struct upstream *upstream = upstream_open(&options, &err);
    assert_non_null(upstream);
    return upstream;
}

static inline void call_log_free(struct call_log *log)
{
    strbuf_free(&log->headers);
    strbuf_free(&log->body);
}

static inline void call_run(struct upstream *upstream, const struct upstream_request *request,
                            struct call_log *log)
{
    struct upstream_events events = {
        .ctx = log, .head = call_log_head, .data = call_log_data, .tick = call_log_tick};
    strbuf_init(&log->headers, 64 * KIB);
    strbuf_init(&log->body, 64 * MIB);
    upstream_call(upstream, request, &events, &log->result);
}

static inline const char *call_url(char buf[128], const struct fake_server *server,
                                   const char *path)
{
    snprintf(buf, 128, "http://127.0.0.1:%d%s", fake_server_port(server), path);
    return buf;
}

/* A GET of `path` with bounds that end any test. */
static inline struct upstream_request call_get(char buf[128], const struct fake_server *server,
                                               const char *path)
{
    return (struct upstream_request){.method = "GET",
                                     .url = call_url(buf, server, path),
                                     .client_fd = -1,
                                     .connect_ms = 5000,
                                     .total_ms = 8000};
}

#define assert_outcome(log, wanted)                                                          \
    do {                                                                                     \
        if ((log).result.outcome != (wanted))                                                \
            fail_msg("outcome %s (%s), not %s", upstream_outcome_word((log).result.outcome), \
                     (log).result.text, upstream_outcome_word(wanted));                      \
    } while (0)

#endif
