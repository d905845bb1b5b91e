/* Who of the workers takes requests. Private to http; crew.c tells how it is decided.
 *
 *   workers   all of a listener: made and ended by workers.c
 *   worker    one thread; its state is changed by crew.c only */
#ifndef HTTP_CREW_H
#define HTTP_CREW_H

#include <pthread.h>

#include "base/arena.h"
#include "http/fastcgi.h"
#include "http/workers.h"

enum worker_state {
    WORKER_RESTING,   /* not needed in accept() */
    WORKER_ACCEPTING, /* in accept(), or about to be */
    WORKER_FRESH,     /* has accepted; the request has not begun to come */
    WORKER_KEPT,      /* waits on a kept connection */
    WORKER_BUSY,      /* reads, answers or ends a request */
    WORKER_ENDED,
    WORKER_STATES
};

struct worker {
    struct workers *all;
    pthread_t thread;
    enum worker_state state;
    bool begins_at_rest;
    pthread_cond_t called; /* out of its rest, or to watch */
    struct worker *below;  /* of those that rest */
    struct fastcgi_connection *connection;
    struct arena *arena;
};

struct workers {
    struct http_listener_options options;
    struct workers_source source;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t ended; /* signalled when a worker ends */
    struct worker **list;
    int count;
    int in_state[WORKER_STATES];
    int enough;             /* at work, for the processors; no more sit in accept() */
    struct worker *resting; /* the top one, which rests since the shortest time */
    struct worker *watcher; /* one of those that rest, which looks every WATCH_MS; NULL: none */
    uint64_t answered, answered_before; /* and come back, by now and when the watch last looked */
    int call_next;                      /* 1 or more, where hardly any was answered in between */
    bool stopping;
    uint64_t served;
    int64_t spawn_after_ms;    /* no new thread before, since starting one has failed */
    int64_t complain_after_ms; /* no line about a failed accept before */
};

/* Adds a worker that begins in accept() or at rest; the lock is held. Returns 0 or an errno value. */
int crew_add(struct workers *workers, enum worker_state state);
void crew_free(struct worker *worker);

/* A worker's next state. Returns false when the listener is stopping. */
bool crew_enter(struct worker *worker, enum worker_state state);
/* Goes to accept(), at once or after a rest. Returns false when the listener is stopping. */
bool crew_begin_accepting(struct worker *worker);
bool crew_is_stopping(struct workers *workers);
/* Whether a connection may be kept after an answer. */
bool crew_may_keep(struct workers *workers);

/* With the monotonic clock; crew_wait_ms() wants the lock held, and returns false when the time is over. */
void crew_cond_init(pthread_cond_t *cond);
bool crew_wait_ms(struct workers *workers, pthread_cond_t *cond, int ms);

/* What a worker's thread runs (workers.c). */
void *worker_main(void *arg);

#endif
