/* Hands out a stream's texts in small even pieces (the "stream optimizer"), between filter and
 * gate.
 *
 * How a text is divided and how long each piece should stand alone is translate/text_pace.h; here
 * is the waiting. The client leaving ends it at once. It waits while upstream's bytes wait, too,
 * so that nothing is kept in memory, and it never falls behind upstream by more than
 * PACER_BEHIND_MAX_US: the further behind it is, the shorter it waits. */
#ifndef EXCHANGE_PACER_H
#define EXCHANGE_PACER_H

#include "config/settings.h"
#include "translate/text_pace.h"

#define PACER_BEHIND_MAX_US ((int64_t)1500000)

struct pacer {
    bool on;
    struct text_pace pace;
    int64_t behind_us; /* what upstream has said is older than this at most */
    int64_t idle_us;   /* monotonic: when the last piece had gone; 0 never */
};

/* `set` NULL: off. Else STREAM_OPTIMIZER_ENABLED decides. */
void pacer_open(struct pacer *pacer, const struct settings *set);

struct exchange;
/* Opens the gate (reply_gate_commit) and hands out what it held. 0 or -1 (gone). */
int pacer_commit(struct exchange *x);
/* Writes by way of the gate, which is open: whole events. 0 or -1 (gone). */
int pacer_write(struct exchange *x, const void *data, size_t len);

/* How long to wait, when `delay_us` is wished and so much is owed already. */
int64_t pacer_delay_us(int64_t delay_us, int64_t behind_us);

#endif
