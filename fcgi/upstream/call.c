/* One call: curl is driven from here, between a poll that also watches the client and deadlines of
 * our own. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/redact.h"
#include "base/stack.h"
#include "base/text.h"
#include "upstream/upstream_priv.h"

/* Nothing is due sooner: look around anyway. */
#define POLL_MAX_MS 10000
/* Who has got nothing for so long may well wait on: the stack that the way here took is not kept. */
#define QUIET_MS SECOND_MS

struct call {
    const struct upstream_request *request;
    const struct upstream_events *events;
    struct upstream_result *result;
    struct warm_client *client;
    struct answer_head head;
    int64_t started_ms;
    int64_t moved_ms; /* when bytes last went either way */
    int64_t ticked_ms;
    int64_t released_ms; /* when the stack was last given back */
    bool releases;       /* before the next wait */
    curl_off_t uploaded;
    size_t head_bytes; /* of all that is not body */
    bool connected;
    bool let_in; /* may_connect has agreed to an address */
    bool ended;  /* by us: the outcome and its text stand in the result */
    CURLcode code;
    char error[CURL_ERROR_SIZE];
};

/* The first end counts. */
static void end_call(struct call *call, enum upstream_outcome outcome, const char *text)
{
    if (call->ended)
        return;
    call->ended = true;
    call->result->outcome = outcome;
    text_copy(call->result->text, sizeof(call->result->text), text);
}

/* --- what curl hands over -------------------------------------------------------------------- */

static size_t on_header(char *line, size_t size, size_t count, void *ctx)
{
    struct call *call = ctx;
    size_t len = size * count;
    call->head_bytes += len;
    if (call->head_bytes > LIMIT_ANSWER_HEAD) {
        end_call(call, UPSTREAM_BAD_ANSWER, "its headers do not end");
        return 0;
    }
    if (!answer_head_line(&call->head, line, len))
        return len;
    call->result->status = call->head.status;
    if (!call->events->head)
        return len;
    if (call->events->head(call->events->ctx, call->head.status, call->head.headers,
                           call->head.count) < 0) {
        end_call(call, UPSTREAM_ABORTED, "ended by us");
        return 0;
    }
    return len;
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct call *call = ctx;
    size_t len = size * count;
    if (len == 0)
        return 0;
    if (call->result->first_byte_ms < 0)
        call->result->first_byte_ms = clock_mono_ms() - call->started_ms;
    call->result->bytes_received += (int64_t)len;
    if (call->events->data && call->events->data(call->events->ctx, data, len) < 0) {
        end_call(call, UPSTREAM_ABORTED, "ended by us");
        return 0;
    }
    call->moved_ms = clock_mono_ms();
    return len;
}

/* --- the guard ------------------------------------------------------------------------------- */

static curl_socket_t on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct call *call = ctx;
    if (purpose != CURLSOCKTYPE_IPCXN ||
        !call->request->may_connect(call->request->connect_ctx, &address->addr)) {
        call->result->kept_out = !call->let_in;
        return CURL_SOCKET_BAD;
    }
    call->let_in = true;
    call->result->kept_out = false;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* A connection that is open already would not be asked about. */
static void set_guard(struct call *call)
{
    CURL *easy = call->client->easy;
    if (!call->request->may_connect)
        return;
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

/* --- deadlines ------------------------------------------------------------------------------- */

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What bounds the present phase: connecting is bounded by curl itself. */
static enum upstream_outcome phase_of(const struct call *call, int64_t *limit_r)
{
    if (call->result->first_byte_ms >= 0) {
        *limit_r = call->request->idle_ms;
        return UPSTREAM_IDLE;
    }
    bool connecting = !call->connected && call->request->connect_ms > 0;
    *limit_r = connecting ? 0 : call->request->first_byte_ms;
    return UPSTREAM_FIRST_BYTE;
}

static void end_overdue(struct call *call, enum upstream_outcome outcome, int64_t limit_ms)
{
    char text[64];
    const char *what = outcome == UPSTREAM_IDLE         ? "silent for"
                       : outcome == UPSTREAM_FIRST_BYTE ? "no answer within"
                                                        : "not done within";
    snprintf(text, sizeof(text), "%s %lld ms", what, (long long)limit_ms);
    end_call(call, outcome, text);
}

/* Ends an overdue call; else tells how long there is nothing to do. */
static int64_t check_deadlines(struct call *call, int64_t now_ms)
{
    int64_t wait_ms = POLL_MAX_MS;
    int64_t limit_ms = 0;
    enum upstream_outcome phase = phase_of(call, &limit_ms);
    int64_t total_ms = call->request->total_ms;
    if (limit_ms > 0 && now_ms - call->moved_ms >= limit_ms)
        end_overdue(call, phase, limit_ms);
    if (total_ms > 0 && now_ms - call->started_ms >= total_ms)
        end_overdue(call, UPSTREAM_TOTAL, total_ms);
    if (limit_ms > 0)
        wait_ms = sooner(wait_ms, call->moved_ms + limit_ms - now_ms);
    if (total_ms > 0)
        wait_ms = sooner(wait_ms, call->started_ms + total_ms - now_ms);
    return wait_ms;
}

static int64_t check_tick(struct call *call, int64_t now_ms)
{
    int64_t tick_ms = call->request->tick_ms;
    if (tick_ms <= 0 || !call->events->tick)
        return POLL_MAX_MS;
    if (now_ms - call->ticked_ms >= tick_ms) {
        call->ticked_ms = now_ms;
        if (call->events->tick(call->events->ctx, now_ms - call->started_ms) < 0)
            end_call(call, UPSTREAM_ABORTED, "ended by us");
    }
    return call->ticked_ms + tick_ms - now_ms;
}

/* --- the stack ------------------------------------------------------------------------------- */

/* It is given back when it gets quiet, and as long as that lasts after what happens meanwhile (a tick writes
 * to the client), but only once in a while. Tells when to look again. */
static int64_t check_stack(struct call *call, int64_t now_ms)
{
    bool used = call->moved_ms > call->released_ms;
    int64_t due_ms = (used ? call->moved_ms : call->released_ms) + QUIET_MS;
    call->releases = now_ms >= due_ms;
    if (call->releases)
        call->released_ms = now_ms;
    return used && !call->releases ? due_ms - now_ms : POLL_MAX_MS;
}

/* --- the client ------------------------------------------------------------------------------ */

/* Whatever the web server sends while it waits for our answer, it is the end of the request: the
 * connection's end, or FastCGI's abort record on one that is kept. Asked once, before anything is
 * sent: afterwards the wait itself tells. */
static void check_client(struct call *call)
{
    struct pollfd fd = {.fd = call->request->client_fd, .events = POLLIN};
    if (fd.fd >= 0 && poll(&fd, 1, 0) > 0)
        end_call(call, UPSTREAM_CLIENT_GONE, "the client left");
}

/* --- the drive ------------------------------------------------------------------------------- */

/* Progress of the upload counts as life: a large body may take longer than any deadline. */
static void note_progress(struct call *call, int64_t now_ms)
{
    curl_off_t spent = 0;
    curl_off_t uploaded = 0;
    curl_easy_getinfo(call->client->easy, CURLINFO_PRETRANSFER_TIME_T, &spent);
    curl_easy_getinfo(call->client->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    if ((spent > 0 && !call->connected) || uploaded != call->uploaded)
        call->moved_ms = now_ms;
    call->connected = call->connected || spent > 0;
    call->uploaded = uploaded;
}

/* Ends the call if there is a reason to; else tells how long to wait. */
static int64_t look_around(struct call *call)
{
    int64_t now_ms = clock_mono_ms();
    if (!call->connected || call->result->first_byte_ms < 0)
        note_progress(call, now_ms);
    int64_t wait_ms = check_deadlines(call, now_ms);
    if (!call->ended)
        wait_ms = sooner(wait_ms, check_tick(call, now_ms));
    wait_ms = sooner(wait_ms, check_stack(call, now_ms));
    return wait_ms > 0 ? wait_ms : 0;
}

static int wait_for_something(struct call *call, int64_t wait_ms)
{
    struct curl_waitfd client = {.fd = call->request->client_fd, .events = CURL_WAIT_POLLIN};
    unsigned count = call->request->client_fd >= 0 ? 1 : 0;
    if (call->releases)
        stack_release();
    CURLMcode code =
        curl_multi_poll(call->client->multi, count ? &client : NULL, count, (int)wait_ms, NULL);
    if (client.revents)
        end_call(call, UPSTREAM_CLIENT_GONE, "the client left");
    return code == CURLM_OK ? 0 : -1;
}

static void take_curl_result(struct call *call)
{
    int left = 0;
    CURLMsg *message = curl_multi_info_read(call->client->multi, &left);
    call->code = CURLE_FAILED_INIT;
    if (message && message->msg == CURLMSG_DONE)
        call->code = message->data.result;
}

/* Runs until curl is done or the call has been ended. */
static void drive(struct call *call)
{
    int running = 1;
    check_client(call);
    for (;;) {
        int64_t wait_ms = look_around(call);
        if (call->ended)
            return;
        if (curl_multi_perform(call->client->multi, &running) != CURLM_OK)
            break;
        if (!running) {
            take_curl_result(call);
            return;
        }
        if (wait_for_something(call, wait_ms) < 0)
            break;
    }
    end_call(call, UPSTREAM_OURS, "curl cannot go on");
}

/* --- the result ------------------------------------------------------------------------------ */

static int64_t info_ms(CURL *easy, CURLINFO what)
{
    curl_off_t spent_us = 0;
    curl_easy_getinfo(easy, what, &spent_us);
    return (int64_t)spent_us / 1000;
}

static void judge(struct call *call)
{
    long connect_status = 0;
    curl_easy_getinfo(call->client->easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
    enum upstream_outcome outcome =
        upstream_outcome_of(call->code, call->request, connect_status, call->connected);
    if (outcome != UPSTREAM_OK)
        end_call(call, outcome, call->error[0] ? call->error : curl_easy_strerror(call->code));
    redact_text(call->result->text);
}

static long fill_result(struct call *call)
{
    struct upstream_result *result = call->result;
    CURL *easy = call->client->easy;
    long connections = 0;
    long request_bytes = 0;
    curl_off_t uploaded = 0;
    note_progress(call, clock_mono_ms());
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    result->reused = call->connected && connections == 0;
    result->sent = call->connected && (request_bytes > 0 || uploaded > 0);
    result->bytes_sent = uploaded;
    if (call->connected)
        result->connect_ms = result->reused ? 0 : info_ms(easy, CURLINFO_PRETRANSFER_TIME_T);
    return connections;
}

/* --- the call -------------------------------------------------------------------------------- */

static void set_callbacks(struct call *call)
{
    CURL *easy = call->client->easy;
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    set_guard(call);
}

static long run(struct call *call, struct upstream *upstream)
{
    CURL *easy = call->client->easy;
    struct curl_slist *headers = upstream_make_headers(call->request, call->client->arena);
    long connections = 0;
    if (upstream_set_options(upstream, call->client, call->request, headers, call->result) == 0) {
        set_callbacks(call);
        if (curl_multi_add_handle(call->client->multi, easy) == CURLM_OK)
            drive(call);
        else
            end_call(call, UPSTREAM_OURS, "curl cannot begin");
        connections = fill_result(call);
        judge(call);
        curl_multi_remove_handle(call->client->multi, easy);
    }
    curl_easy_reset(easy);
    upstream_wipe_headers(headers);
    return connections;
}

void upstream_call(struct upstream *upstream, const struct upstream_request *request,
                   const struct upstream_events *events, struct upstream_result *result_r)
{
    int64_t now_ms = clock_mono_ms();
    struct call call = {.request = request,
                        .events = events,
                        .result = result_r,
                        .started_ms = now_ms,
                        .moved_ms = now_ms,
                        .ticked_ms = now_ms};
    *result_r = (struct upstream_result){.connect_ms = -1, .first_byte_ms = -1};
    call.client = upstream_take_client(upstream);
    if (!call.client) {
        end_call(&call, UPSTREAM_OURS, "out of handles");
        return;
    }
    call.head.arena = call.client->arena;
    long connections = run(&call, upstream);
    arena_reset(call.client->arena);
    upstream_give_client(upstream, call.client, connections);
    result_r->total_ms = clock_mono_ms() - call.started_ms;
}
