/* How many threads there are, how many of them take requests, and why.
 *
 * A worker takes one request at a time. Between two requests it sits in accept(), or, when the web
 * server keeps its connection (nginx with fastcgi_keep_conn), waits on that connection: then it
 * looks idle but can take nobody else's request; or it rests. So growth does not ask "is a worker
 * idle" but "does a worker sit in accept()", and keeps one promise: when the last worker leaves
 * accept() with a connection, another one goes there. It is the one that rests since the shortest
 * time (its stack and its heap are still in the processor's caches), or else a new thread.
 *
 * It goes at once as long as few are at work. When there are workers enough for the processors, it
 * would only make all of them share: whoever has answered takes the next connection out of the
 * queue, and many requests are answered by a few warm threads without a switch between them. But
 * those at work may also be waiting, for a model or for a client. So the worker on top of those
 * that rest then watches, and goes as soon as nobody has answered for a moment; if that was not
 * enough, twice as many go after the next moment, and so on up to an eighth of those at work (so that
 * a burst does not leave many more threads than it had requests). Whoever has answered and finds
 * enough workers in accept() rests.
 *
 * Threads stay once they are there: one that has rested for a while costs two or three pages.
 *
 * At the maximum the promise is kept from the other side. With nobody left in accept() or at rest,
 * a worker that has answered closes its connection instead of keeping it, and one that waits on a
 * kept, quiet connection is woken to give it up. (Web servers reopen such connections by
 * themselves.) Else kept connections that nobody uses could starve new ones for ever.
 *
 * What always holds while the lock is free and the program does not stop:
 *   - somebody is in accept(), or one of those that rest watches, or a new one is about to rest and
 *     then watches, or there is nobody left to go (is_short());
 *   - the watcher is in the stack of those that rest, and was signalled after it was named;
 *   - nobody waits on a kept connection while is_short(), or one that does was signalled: after it
 *     had entered its state, so that the blocked signal ends its wait.
 * Only a change of state can break the first and the last, so each is followed by
 * keep_one_accepting(); going from rest to accept() cannot.
 *
 * A worker's state is changed in one place, set_state(). The wake signal is blocked in workers
 * except where they wait, so neither a handler nor the reading of a request is interrupted. */
#include "http/crew.h"

#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/stack.h"

enum {
    ARENA_BLOCK = 3072,    /* what most requests take: headers and texts, no bodies */
    LONG_REST_MS = 10000,  /* who has rested for so long may well go on */
    WATCH_MS = 1,          /* the moment in which somebody should have answered, */
    WATCH_PART = 8,        /* one in so many of those at work */
    CALL_PART = 8,         /* and one for so many at work are called at once, not more */
    SPAWN_RETRY_MS = 1000, /* after a failed thread start */
};

/* --- growing --------------------------------------------------------------------------------- */

static size_t stack_size(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 8 * LIMIT_WORKER_STACK; /* sanitizers widen every frame */
#else
    return LIMIT_WORKER_STACK;
#endif
}

/* Starts the thread with every signal blocked: signals are the main thread's. */
static int start_thread(struct worker *worker)
{
    pthread_attr_t attributes;
    sigset_t all_signals;
    sigset_t before;
    sigfillset(&all_signals);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_size());
    pthread_sigmask(SIG_SETMASK, &all_signals, &before);
    int failure = pthread_create(&worker->thread, &attributes, worker_main, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return failure;
}

void crew_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

void crew_free(struct worker *worker)
{
    pthread_cond_destroy(&worker->called);
    fastcgi_destroy(&worker->connection);
    arena_destroy(&worker->arena);
    free(worker);
}

int crew_add(struct workers *workers, enum worker_state state)
{
    struct worker *worker = xcalloc(1, sizeof(*worker));
    worker->all = workers;
    worker->state = state;
    worker->begins_at_rest = state == WORKER_RESTING;
    crew_cond_init(&worker->called);
    worker->connection = fastcgi_create(workers->options.send_timeout_s);
    worker->arena = arena_create(ARENA_BLOCK);
    int failure = start_thread(worker);
    if (failure) {
        crew_free(worker);
        return failure;
    }
    workers->list[workers->count++] = worker;
    workers->in_state[state]++;
    return 0;
}

static int at_work(const struct workers *workers)
{
    return workers->in_state[WORKER_FRESH] + workers->in_state[WORKER_BUSY];
}

static bool can_grow(const struct workers *workers)
{
    return !workers->stopping && workers->count < workers->options.workers_max &&
           clock_mono_ms() >= workers->spawn_after_ms;
}

/* True when nobody takes new connections and nobody can be added: connections must not be
 * kept then. */
static bool is_short(const struct workers *workers)
{
    return workers->in_state[WORKER_ACCEPTING] == 0 && workers->in_state[WORKER_RESTING] == 0 &&
           !can_grow(workers);
}

static void grow(struct workers *workers, enum worker_state state)
{
    int failure = crew_add(workers, state);
    if (!failure)
        return;
    workers->spawn_after_ms = clock_mono_ms() + SPAWN_RETRY_MS;
    log_event(LOG_WARNING, "http.thread_failed", "workers=%d error=%d", workers->count, failure);
}

static void wake_one_kept(struct workers *workers)
{
    for (int i = 0; i < workers->count; i++) {
        if (workers->list[i]->state == WORKER_KEPT) {
            pthread_kill(workers->list[i]->thread, FASTCGI_WAKE_SIGNAL);
            return;
        }
    }
}

/* The only writer of a worker's state; the lock is held. */
static void set_state(struct worker *worker, enum worker_state state)
{
    worker->all->in_state[worker->state]--;
    worker->all->in_state[state]++;
    worker->state = state;
}

/* Sends the top one of those that rest to accept(). */
static void call_one(struct workers *workers)
{
    struct worker *worker = workers->resting;
    workers->resting = worker->below;
    if (workers->watcher == worker)
        workers->watcher = NULL;
    set_state(worker, WORKER_ACCEPTING);
    pthread_cond_signal(&worker->called);
}

/* One that rests or a new one. */
static void send_one(struct workers *workers)
{
    if (workers->resting)
        call_one(workers);
    else if (workers->in_state[WORKER_RESTING] == 0 && can_grow(workers))
        grow(workers, WORKER_ACCEPTING);
}

/* Lets the top one of those that rest look whether connections are still taken. With nobody in
 * accept(), one of those that rest always does. */
static void begin_watch(struct workers *workers)
{
    if (workers->watcher || !workers->resting)
        return;
    workers->watcher = workers->resting;
    pthread_cond_signal(&workers->watcher->called);
}

/* Keeps the promise that somebody goes to accept(); the lock is held. */
static void keep_one_accepting(struct workers *workers)
{
    bool enough = at_work(workers) >= workers->enough;
    if (workers->in_state[WORKER_ACCEPTING] > 0 || workers->stopping)
        return;
    if (!enough)
        send_one(workers);
    else if (workers->in_state[WORKER_RESTING] == 0 && can_grow(workers))
        grow(workers, WORKER_RESTING);
    begin_watch(workers);
    if (is_short(workers) && workers->in_state[WORKER_KEPT] > 0)
        wake_one_kept(workers);
}

/* --- rest ------------------------------------------------------------------------------------ */

/* Whether those at work come back soon: with fewer answers than this, most of them wait. */
static bool have_answered(const struct workers *workers)
{
    uint64_t answers = workers->answered - workers->answered_before;
    return answers > 0 && answers * WATCH_PART >= (uint64_t)at_work(workers);
}

/* One look of the watch. Nobody in accept() is no harm as long as others answer and come back. */
static void look(struct workers *workers)
{
    bool moves = have_answered(workers);
    bool taken = workers->in_state[WORKER_ACCEPTING] > 0;
    workers->answered_before = workers->answered;
    if (moves || taken) {
        if (taken)
            workers->watcher = NULL;
        workers->call_next = 1;
        return;
    }
    for (int i = 0; i < workers->call_next; i++)
        send_one(workers);
    int most = 1 + at_work(workers) / CALL_PART;
    workers->call_next = 2 * workers->call_next < most ? 2 * workers->call_next : most;
    if (workers->in_state[WORKER_RESTING] == 0 && can_grow(workers))
        grow(workers, WORKER_RESTING); /* to go on watching */
}

bool crew_wait_ms(struct workers *workers, pthread_cond_t *cond, int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    return pthread_cond_timedwait(cond, &workers->lock, &until) == 0;
}

static void leave_rest(struct worker *worker)
{
    struct worker **at = &worker->all->resting;
    while (*at && *at != worker)
        at = &(*at)->below;
    if (*at)
        *at = worker->below;
}

/* A long rest is one without the stack that the last answer took. The lock is held. */
static void wait_for_call(struct worker *worker, bool *long_rest)
{
    if (*long_rest) {
        pthread_cond_wait(&worker->called, &worker->all->lock);
    } else if (!crew_wait_ms(worker->all, &worker->called, LONG_REST_MS)) {
        *long_rest = true;
        stack_release();
    }
}

/* Until it is called to accept(), or the program stops. The lock is held. */
static void rest(struct worker *worker)
{
    struct workers *workers = worker->all;
    bool long_rest = false;
    set_state(worker, WORKER_RESTING);
    worker->below = workers->resting;
    workers->resting = worker;
    if (workers->in_state[WORKER_ACCEPTING] == 0)
        begin_watch(workers);
    while (worker->state == WORKER_RESTING && !workers->stopping) {
        if (workers->watcher == worker) {
            crew_wait_ms(workers, &worker->called, WATCH_MS);
            look(workers);
        } else {
            wait_for_call(worker, &long_rest);
        }
    }
    leave_rest(worker);
}

/* --- a worker's states ---------------------------------------------------------------------------- */

bool crew_enter(struct worker *worker, enum worker_state state)
{
    struct workers *workers = worker->all;
    LOCK_SCOPE(&workers->lock);
    set_state(worker, state);
    keep_one_accepting(workers);
    if (state == WORKER_BUSY)
        workers->served++;
    if (state == WORKER_ENDED)
        pthread_cond_signal(&workers->ended);
    return !workers->stopping;
}

bool crew_begin_accepting(struct worker *worker)
{
    struct workers *workers = worker->all;
    LOCK_SCOPE(&workers->lock);
    int others = workers->in_state[WORKER_ACCEPTING] - (worker->state == WORKER_ACCEPTING);
    workers->answered += worker->state == WORKER_BUSY;
    if (worker->begins_at_rest || others >= workers->enough)
        rest(worker);
    worker->begins_at_rest = false;
    set_state(worker, WORKER_ACCEPTING);
    return !workers->stopping;
}

bool crew_is_stopping(struct workers *workers)
{
    LOCK_SCOPE(&workers->lock);
    return workers->stopping;
}

bool crew_may_keep(struct workers *workers)
{
    LOCK_SCOPE(&workers->lock);
    return !workers->stopping && !is_short(workers);
}
