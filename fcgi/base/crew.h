/* A piece of work that several threads share for a short time: they all run the same function,
 * which takes what is to be done next from its context, until nothing is left. */
#ifndef BASE_CREW_H
#define BASE_CREW_H

/* Runs `work(ctx)` on `hands` threads at the same time, the caller's being one of them, and returns
 * when all have ended. Threads that cannot be started are done without: it runs at least once. The
 * others have small stacks (LIMIT_WORKER_STACK) and take no signals. At most CREW_MAX run. */
#define CREW_MAX 16
void crew_run(int hands, void *(*work)(void *ctx), void *ctx);

#endif
