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
 * enough, twice as many go after the next moment. Whoever has answered and finds enough workers in
 * accept() rests.
 *
 * Threads stay once they are there: an idle one costs its stack's touched pages.
 *
 * At the maximum the promise is kept from the other side. With nobody left in accept() or at rest,
 * a worker that has answered closes its connection instead of keeping it, and one that waits on a
 * kept, quiet connection is woken to give it up. (Web servers reopen such connections by
 * themselves.) Else kept connections that nobody uses could starve new ones for ever.
 *
 * Stopping wakes those that wait: in accept(), at rest and on kept connections at once; on a
 * connection that was just accepted only after a second, since its request is on its way. Whoever
 * answers ends by himself.
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
#include "http/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/fastcgi.h"
#include "http/listen_socket.h"
#include "http/serve.h"

enum {
    ARENA_BLOCK = 8192,
    WATCH_MS = 1,          /* the moment in which somebody should have answered, */
    WATCH_PART = 8,        /* one in so many of those at work */
    WAKE_INTERVAL_MS = 10, /* a wake-up that came just before the wait is repeated */
    FIRST_BYTE_MS = 1000,  /* a stop waits so long for an accepted connection's request */
    ACCEPT_RETRY_MS = 100, /* after a failed accept: out of descriptors, for example */
    COMPLAIN_EVERY_MS = 10000,
    SPAWN_RETRY_MS = 1000,   /* after a failed thread start */
    SHUTDOWN_GRACE_MS = 1500 /* for idle workers to end, however short the drain */
};

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

static void *worker_main(void *arg);

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

/* With the monotonic clock. */
static void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void worker_free(struct worker *worker)
{
    pthread_cond_destroy(&worker->called);
    fastcgi_destroy(&worker->connection);
    arena_destroy(&worker->arena);
    free(worker);
}

/* Adds one worker; the lock is held. Returns 0 or an errno value. */
static int add_worker(struct workers *workers, enum worker_state state)
{
    struct worker *worker = xcalloc(1, sizeof(*worker));
    worker->all = workers;
    worker->state = state;
    worker->begins_at_rest = state == WORKER_RESTING;
    cond_init(&worker->called);
    worker->connection = fastcgi_create(workers->options.send_timeout_s);
    worker->arena = arena_create(ARENA_BLOCK);
    int failure = start_thread(worker);
    if (failure) {
        worker_free(worker);
        return failure;
    }
    workers->list[workers->count++] = worker;
    workers->in_state[state]++;
    return 0;
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
    int failure = add_worker(workers, state);
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
    bool enough =
        workers->in_state[WORKER_FRESH] + workers->in_state[WORKER_BUSY] >= workers->enough;
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
    int at_work = workers->in_state[WORKER_FRESH] + workers->in_state[WORKER_BUSY];
    return answers > 0 && answers * WATCH_PART >= (uint64_t)at_work;
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
    if (workers->call_next < workers->count)
        workers->call_next *= 2;
    if (workers->in_state[WORKER_RESTING] == 0 && can_grow(workers))
        grow(workers, WORKER_RESTING); /* to go on watching */
}

static void wait_ms(struct workers *workers, pthread_cond_t *cond, int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(cond, &workers->lock, &until);
}

static void leave_rest(struct worker *worker)
{
    struct worker **at = &worker->all->resting;
    while (*at && *at != worker)
        at = &(*at)->below;
    if (*at)
        *at = worker->below;
}

/* Until it is called to accept(), or the program stops. The lock is held. */
static void rest(struct worker *worker)
{
    struct workers *workers = worker->all;
    set_state(worker, WORKER_RESTING);
    worker->below = workers->resting;
    workers->resting = worker;
    if (workers->in_state[WORKER_ACCEPTING] == 0)
        begin_watch(workers);
    while (worker->state == WORKER_RESTING && !workers->stopping) {
        if (workers->watcher == worker) {
            wait_ms(workers, &worker->called, WATCH_MS);
            look(workers);
        } else {
            pthread_cond_wait(&worker->called, &workers->lock);
        }
    }
    leave_rest(worker);
}

/* --- one worker ------------------------------------------------------------------------------ */

static bool enter_state(struct worker *worker, enum worker_state state)
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

/* Goes to accept(), at once or after a rest. Returns false when the listener is stopping. */
static bool begin_accepting(struct worker *worker)
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

static bool is_stopping(struct workers *workers)
{
    LOCK_SCOPE(&workers->lock);
    return workers->stopping;
}

static bool may_keep(struct workers *workers)
{
    LOCK_SCOPE(&workers->lock);
    return !workers->stopping && !is_short(workers);
}

/* Out of descriptors, for example: others may free some soon. */
static void rest_after_failure(struct workers *workers, int failure)
{
    struct timespec pause = {.tv_nsec = ACCEPT_RETRY_MS * 1000000L};
    pthread_mutex_lock(&workers->lock);
    bool complain = clock_mono_ms() >= workers->complain_after_ms;
    if (complain)
        workers->complain_after_ms = clock_mono_ms() + COMPLAIN_EVERY_MS;
    pthread_mutex_unlock(&workers->lock);
    if (complain)
        log_event(LOG_ERROR, "http.accept_failed", "error=\"%s\"", strerror(failure));
    nanosleep(&pause, NULL);
}

/* Accepts a connection; only here and in fastcgi_wait() does the wake signal come through. */
static void accept_connection(struct worker *worker)
{
    const struct workers_source *source = &worker->all->source;
    sigset_t wake;
    sigemptyset(&wake);
    sigaddset(&wake, FASTCGI_WAKE_SIGNAL);
    pthread_sigmask(SIG_UNBLOCK, &wake, NULL);
    int fd = listen_socket_accept(source->listen_fd, source->allowed);
    int failure = errno;
    pthread_sigmask(SIG_BLOCK, &wake, NULL);
    if (fd >= 0)
        fastcgi_open(worker->connection, fd);
    else if (failure != EINTR && failure != ECONNABORTED)
        rest_after_failure(worker->all, failure);
}

/* Waits on the open connection, and closes it where the web server has left it or we give it
 * up: a kept one when a thread is wanted in accept(), any when the program stops. */
static void wait_for_request(struct worker *worker, bool kept)
{
    enum fastcgi_wait result;
    do
        result = fastcgi_wait(worker->connection);
    while (result == FASTCGI_WOKEN && (kept ? may_keep(worker->all) : !is_stopping(worker->all)));
    if (result != FASTCGI_READY)
        fastcgi_close(worker->connection);
}

/* Gets the next request. Returns false when the program stops. */
static bool next_request(struct worker *worker)
{
    for (;;) {
        bool kept = fastcgi_is_open(worker->connection);
        if (kept ? !enter_state(worker, WORKER_KEPT) : !begin_accepting(worker))
            return false;
        if (!kept) {
            accept_connection(worker);
            if (!fastcgi_is_open(worker->connection))
                continue;
            enter_state(worker, WORKER_FRESH);
        }
        wait_for_request(worker, kept);
        if (!fastcgi_is_open(worker->connection))
            continue;
        enter_state(worker, WORKER_BUSY);
        if (fastcgi_read_request(worker->connection) == 0)
            return true;
    }
}

static void answer(struct worker *worker, uint64_t id)
{
    struct workers *workers = worker->all;
    struct http_serving serving = {
        .handler = workers->options.handler,
        .ctx = workers->options.ctx,
        .transport = fastcgi_transport(worker->connection),
        .input = {.environment = fastcgi_environment(worker->connection),
                  .mount = workers->source.mount},
        .arena = worker->arena,
        .id = id,
    };
    bool body_ended;
    http_serve(&serving, &body_ended);
    fastcgi_finish(worker->connection, may_keep(workers), body_ended);
}

static uint64_t next_id(void)
{
    static uint64_t last;
    return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    while (next_request(worker))
        answer(worker, next_id());
    fastcgi_close(worker->connection);
    enter_state(worker, WORKER_ENDED);
    return NULL;
}

/* --- all of them ----------------------------------------------------------------------------- */

static void workers_free(struct workers **workers)
{
    for (int i = 0; i < (*workers)->count; i++) {
        pthread_join((*workers)->list[i]->thread, NULL);
        worker_free((*workers)->list[i]);
    }
    pthread_cond_destroy(&(*workers)->ended);
    pthread_mutex_destroy(&(*workers)->lock);
    free((*workers)->list);
    free(*workers);
    *workers = NULL;
}

/* Two for each processor: one may wait while the other works. */
static int enough_workers(int workers_max)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    long enough = processors > 0 ? 2 * processors : 2;
    return enough < workers_max ? (int)enough : workers_max;
}

struct workers *workers_start(const struct http_listener_options *options,
                              const struct workers_source *source, struct err *err)
{
    struct workers *workers = xcalloc(1, sizeof(*workers));
    workers->options = *options;
    workers->source = *source;
    workers->list = xcalloc((size_t)options->workers_max, sizeof(struct worker *));
    workers->enough = enough_workers(options->workers_max);
    workers->call_next = 1;
    pthread_mutex_init(&workers->lock, NULL);
    cond_init(&workers->ended);
    pthread_mutex_lock(&workers->lock);
    int failure = add_worker(workers, WORKER_ACCEPTING);
    pthread_mutex_unlock(&workers->lock);
    if (failure) {
        err_set(err, ERR_INTERNAL, "cannot start a thread: %s", strerror(failure));
        workers_free(&workers);
    }
    return workers;
}

/* Wakes the workers that wait, after `spent_ms` of stopping. The lock is held. */
static void wake_waiting(struct workers *workers, int64_t spent_ms)
{
    for (int i = 0; i < workers->count; i++) {
        enum worker_state state = workers->list[i]->state;
        if (state == WORKER_RESTING)
            pthread_cond_signal(&workers->list[i]->called);
        if (state == WORKER_ACCEPTING || state == WORKER_KEPT ||
            (state == WORKER_FRESH && spent_ms >= FIRST_BYTE_MS))
            pthread_kill(workers->list[i]->thread, FASTCGI_WAKE_SIGNAL);
    }
}

/* Waits for the workers to end; returns how many have not. */
static int drain(struct workers *workers)
{
    int64_t start_ms = clock_mono_ms();
    int64_t drain_ms = (int64_t)workers->options.drain_timeout_s * SECOND_MS;
    LOCK_SCOPE(&workers->lock);
    for (;;) {
        int running = workers->count - workers->in_state[WORKER_ENDED];
        int64_t spent_ms = clock_mono_ms() - start_ms;
        bool is_busy = workers->in_state[WORKER_BUSY] > 0;
        if (running == 0 || spent_ms >= drain_ms + SHUTDOWN_GRACE_MS ||
            (is_busy && spent_ms >= drain_ms))
            return running;
        wake_waiting(workers, spent_ms);
        wait_ms(workers, &workers->ended, WAKE_INTERVAL_MS);
    }
}

static void join_ended(struct workers *workers)
{
    for (int i = 0; i < workers->count; i++) {
        pthread_mutex_lock(&workers->lock);
        bool has_ended = workers->list[i]->state == WORKER_ENDED;
        pthread_mutex_unlock(&workers->lock);
        if (has_ended)
            pthread_join(workers->list[i]->thread, NULL);
    }
}

int workers_stop(struct workers **workers)
{
    pthread_mutex_lock(&(*workers)->lock);
    (*workers)->stopping = true;
    pthread_mutex_unlock(&(*workers)->lock);
    int running = drain(*workers);
    if (running == 0)
        workers_free(workers);
    else
        join_ended(*workers);
    *workers = NULL;
    return running;
}

struct http_listener_stats workers_stats(struct workers *workers)
{
    LOCK_SCOPE(&workers->lock);
    return (struct http_listener_stats){
        .workers = workers->count - workers->in_state[WORKER_ENDED],
        .busy = workers->in_state[WORKER_BUSY],
        .served = workers->served,
    };
}
