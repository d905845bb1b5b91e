#include "upstream/proxy_check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { PARALLEL_MAX = 8 };

struct run {
    struct upstream *upstream;
    const struct proxy_checks *checks;
    struct proxy_check *results;
    atomic_size_t next;
};

/* The answer is of no interest: its head is. */
static int ignore(void *ctx, const void *data, size_t len)
{
    (void)ctx;
    (void)data;
    (void)len;
    return 0;
}

/* What a proxy answers itself where there is no tunnel to look through. */
static bool is_of_proxy(const char *url, int status)
{
    return status == 407 || (text_istarts(url, "http://") && status >= 502 && status <= 504);
}

static void check_one(const struct run *run, size_t index)
{
    const struct proxy_checks *checks = run->checks;
    struct proxy_check *check = &run->results[index];
    struct upstream_result result = {0};
    const struct upstream_events events = {.data = ignore};
    const struct upstream_request request = {.method = "GET",
                                             .url = checks->url,
                                             .proxy = checks->proxies[index],
                                             .client_fd = -1,
                                             .connect_ms = checks->timeout_ms,
                                             .total_ms = checks->timeout_ms};
    upstream_call(run->upstream, &request, &events, &result);
    *check = (struct proxy_check){.status = result.status, .ms = result.total_ms};
    if (result.outcome != UPSTREAM_OK) {
        text_copy(check->text, sizeof(check->text),
                  result.text[0] ? result.text : upstream_outcome_word(result.outcome));
    } else if (is_of_proxy(checks->url, result.status)) {
        snprintf(check->text, sizeof(check->text), "the proxy answered %d", result.status);
    } else {
        check->works = true;
    }
}

static void *work(void *ctx)
{
    struct run *run = ctx;
    for (;;) {
        size_t index = atomic_fetch_add(&run->next, 1);
        if (index >= run->checks->count)
            return NULL;
        check_one(run, index);
    }
}

void proxy_check_all(struct upstream *upstream, const struct proxy_checks *checks,
                     struct proxy_check *results_r)
{
    struct run run = {.upstream = upstream, .checks = checks, .results = results_r};
    pthread_t threads[PARALLEL_MAX];
    int wanted = checks->parallel < PARALLEL_MAX ? checks->parallel : PARALLEL_MAX;
    int started = 0;
    atomic_init(&run.next, 0);
    while (started < wanted - 1 && (size_t)started + 1 < checks->count &&
           pthread_create(&threads[started], NULL, work, &run) == 0)
        started++;
    work(&run);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}
