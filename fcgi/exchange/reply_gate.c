#include <string.h>

#include "base/clock.h"
#include "exchange/exchange_priv.h"

/* Anything held is at most this much, and one event more. */
#define HELD_MAX (LIMIT_GATE + LIMIT_SSE_EVENT)

void reply_gate_open(struct reply_gate *gate, const struct exchange_client *client, bool begun)
{
    *gate = (struct reply_gate){
        .state = begun ? GATE_HEADERS : GATE_HOLD, .client = client, .spoke_ms = clock_mono_ms()};
    strbuf_init(&gate->held, HELD_MAX);
}

void reply_gate_close(struct reply_gate *gate)
{
    strbuf_free(&gate->held);
}

/* The only writer of the state; it only ever goes up. */
static void reply_gate_set_state(struct reply_gate *gate, enum gate_state state)
{
    if (state > gate->state)
        gate->state = state;
}

void reply_gate_forget(struct reply_gate *gate)
{
    strbuf_clear(&gate->held);
    gate->held_events = 0;
}

bool reply_gate_hold(struct reply_gate *gate, const void *data, size_t len)
{
    strbuf_append(&gate->held, data, len);
    gate->held_events++;
    return gate->held.len <= LIMIT_GATE && gate->held_events < LIMIT_GATE_EVENTS;
}

/* Books the result and the time of a call to the client. */
static int note(struct reply_gate *gate, int rc, int64_t began_us)
{
    int64_t now_us = clock_mono_us();
    gate->client_us += now_us - began_us;
    gate->spoke_ms = now_us / 1000;
    if (rc < 0)
        gate->gone = true;
    return gate->gone ? -1 : 0;
}

static int begin(struct reply_gate *gate, int status, const char *content_type)
{
    if (gate->gone)
        return -1;
    int64_t began_us = clock_mono_us();
    return note(gate, gate->client->begin(gate->client->ctx, status, content_type), began_us);
}

static int send_front(struct reply_gate *gate, const struct answer_front *front)
{
    const struct exchange_client *client = gate->client;
    for (size_t i = 0; client->header && i < front->passed_count; i++)
        client->header(client->ctx, front->passed[i].name, front->passed[i].value);
    return begin(gate, front->status, front->content_type[0] ? front->content_type : NULL);
}

int reply_gate_write(struct reply_gate *gate, const void *data, size_t len, bool flush)
{
    const struct exchange_client *client = gate->client;
    if (gate->gone)
        return -1;
    int64_t began_us = clock_mono_us();
    int rc = len > 0 ? client->write(client->ctx, data, len) : 0;
    if (rc == 0 && flush && client->flush)
        rc = client->flush(client->ctx);
    return note(gate, rc, began_us);
}

int reply_gate_commit(struct reply_gate *gate, const struct answer_front *front)
{
    if (gate->state == GATE_HOLD && send_front(gate, front) < 0)
        return -1;
    reply_gate_set_state(gate, GATE_CONTENT);
    int rc = reply_gate_write(gate, gate->held.data, gate->held.len, true);
    reply_gate_forget(gate);
    return rc;
}

int reply_gate_answer(struct reply_gate *gate, const struct answer_front *front, const void *body,
                      size_t len)
{
    if (send_front(gate, front) < 0)
        return -1;
    reply_gate_set_state(gate, GATE_CONTENT);
    return reply_gate_write(gate, body, len, true);
}

int reply_gate_heartbeat(struct reply_gate *gate, const char *bytes)
{
    if (gate->state == GATE_HOLD) {
        if (begin(gate, 200, "text/event-stream") < 0)
            return -1;
        reply_gate_set_state(gate, GATE_HEADERS);
    }
    return reply_gate_write(gate, bytes, strlen(bytes), true);
}
