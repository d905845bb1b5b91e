#include "exchange/pacer.h"

#include "base/clock.h"
#include "exchange/exchange_priv.h"

void pacer_open(struct pacer *pacer, const struct settings *set)
{
    *pacer = (struct pacer){0};
    if (!set || !set->stream_optimizer_enabled)
        return;
    pacer->on = true;
    pacer->pace = (struct text_pace){.min_delay = set->stream_min_delay,
                                     .max_delay = set->stream_max_delay,
                                     .short_text = set->stream_short_text_threshold,
                                     .long_text = set->stream_long_text_threshold,
                                     .chunk_size = set->stream_chunk_size};
}

int64_t pacer_delay_us(int64_t delay_us, int64_t behind_us)
{
    int64_t left_us = PACER_BEHIND_MAX_US - behind_us;
    if (left_us <= 0)
        return 0;
    int64_t share_us = (int64_t)((double)delay_us * (double)left_us / (double)PACER_BEHIND_MAX_US);
    return share_us < left_us ? share_us : left_us;
}

static int emit(void *ctx, const char *event, size_t len, int64_t delay_us)
{
    struct exchange *x = ctx;
    struct pacer *pacer = &x->pacer;
    if (reply_gate_write(&x->gate, event, len, true) < 0)
        return -1;
    int64_t pause_us = pacer_delay_us(delay_us, pacer->behind_us);
    if (pause_us <= 0)
        return 0;
    int64_t began_us = clock_mono_us();
    int rc = exchange_pause(x, pause_us);
    int64_t paused_us = clock_mono_us() - began_us;
    pacer->behind_us += paused_us;
    x->gate.client_us += paused_us; /* not ours: it was asked for */
    return rc;
}

/* Time in which nothing had to be handed out is time in which we caught up. */
static void catch_up(struct pacer *pacer)
{
    if (pacer->idle_us)
        pacer->behind_us -= clock_mono_us() - pacer->idle_us;
    if (pacer->behind_us < 0)
        pacer->behind_us = 0;
}

int pacer_write(struct exchange *x, const void *data, size_t len)
{
    struct pacer *pacer = &x->pacer;
    if (!pacer->on || len == 0)
        return reply_gate_write(&x->gate, data, len, true);
    catch_up(pacer);
    int rc = text_pace_run(&pacer->pace, data, len, emit, x);
    pacer->idle_us = clock_mono_us();
    return rc;
}

int pacer_commit(struct exchange *x)
{
    struct reply_gate *gate = &x->gate;
    if (!x->pacer.on || gate->held.len == 0)
        return reply_gate_commit(gate, &x->front);
    size_t len;
    char *held = strbuf_take(&gate->held, &len);
    int rc = reply_gate_commit(gate, &x->front);
    if (rc == 0)
        rc = pacer_write(x, held, len);
    free(held);
    return rc;
}
