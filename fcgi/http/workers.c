/* The threads of a listener: what one of them does, and how all begin and end. crew.c tells which of
 * them take requests.
 *
 * Stopping wakes those that wait: in accept(), at rest and on kept connections at once; on a
 * connection that was just accepted only after a second, since its request is on its way. Whoever
 * answers ends by himself. */
#include "http/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/crew.h"
#include "http/listen_socket.h"
#include "http/serve.h"

enum {
    WAKE_INTERVAL_MS = 10, /* a wake-up that came just before the wait is repeated */
    FIRST_BYTE_MS = 1000,  /* a stop waits so long for an accepted connection's request */
    ACCEPT_RETRY_MS = 100, /* after a failed accept: out of descriptors, for example */
    COMPLAIN_EVERY_MS = 10000,
    SHUTDOWN_GRACE_MS = 1500 /* for idle workers to end, however short the drain */
};

/* --- one worker ------------------------------------------------------------------------------ */

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
    while (result == FASTCGI_WOKEN &&
           (kept ? crew_may_keep(worker->all) : !crew_is_stopping(worker->all)));
    if (result != FASTCGI_READY)
        fastcgi_close(worker->connection);
}

/* Gets the next request. Returns false when the program stops. */
static bool next_request(struct worker *worker)
{
    for (;;) {
        bool kept = fastcgi_is_open(worker->connection);
        if (kept ? !crew_enter(worker, WORKER_KEPT) : !crew_begin_accepting(worker))
            return false;
        if (!kept) {
            accept_connection(worker);
            if (!fastcgi_is_open(worker->connection))
                continue;
            crew_enter(worker, WORKER_FRESH);
        }
        wait_for_request(worker, kept);
        if (!fastcgi_is_open(worker->connection))
            continue;
        crew_enter(worker, WORKER_BUSY);
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
    fastcgi_finish(worker->connection, crew_may_keep(workers), body_ended);
}

static uint64_t next_id(void)
{
    static uint64_t last;
    return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

void *worker_main(void *arg)
{
    struct worker *worker = arg;
    while (next_request(worker))
        answer(worker, next_id());
    fastcgi_close(worker->connection);
    crew_enter(worker, WORKER_ENDED);
    return NULL;
}

/* --- all of them ----------------------------------------------------------------------------- */

static void workers_free(struct workers **workers)
{
    for (int i = 0; i < (*workers)->count; i++) {
        pthread_join((*workers)->list[i]->thread, NULL);
        crew_free((*workers)->list[i]);
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
    crew_cond_init(&workers->ended);
    pthread_mutex_lock(&workers->lock);
    int failure = crew_add(workers, WORKER_ACCEPTING);
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
        crew_wait_ms(workers, &workers->ended, WAKE_INTERVAL_MS);
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
