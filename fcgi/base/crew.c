#include "base/crew.h"

#include <pthread.h>
#include <signal.h>

#include "base/limits.h"

/* Signals are the main thread's. */
static int start_others(pthread_t threads[CREW_MAX], int wanted, void *(*work)(void *), void *ctx)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    int started = 0;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, LIMIT_WORKER_STACK);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (started < wanted && pthread_create(&threads[started], &attributes, work, ctx) == 0)
        started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}

void crew_run(int hands, void *(*work)(void *ctx), void *ctx)
{
    pthread_t threads[CREW_MAX];
    int wanted = (hands < CREW_MAX ? hands : CREW_MAX) - 1;
    int started = start_others(threads, wanted, work, ctx);
    work(ctx);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}
