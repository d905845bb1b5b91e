#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "upstream/upstream_priv.h"

/* An idle client's connections have been closed by the other side by now: let it go. */
#define IDLE_MAX_MS (2 * MINUTE_MS)
/* Under load a thread gets back the client that it had before: what curl allocates and frees in it
 * lies in that thread's part of the heap, and two threads that free each other's memory wait for each
 * other. Looked for among so many on top, and only while it was in use just now, so that a quiet
 * server goes on using one connection. */
#define OWN_WITHIN 16
#define OWN_FRESH_MS SECOND_MS
/* Connections kept by one client. Several, because keys may go out through different proxies. */
#define CONNECTIONS_KEPT 4L

/* --- curl's own start and end ---------------------------------------------------------------- */

/* Before 7.84 curl_global_init() is not thread-safe, and it counts its callers. */
static pthread_mutex_t global_lock = PTHREAD_MUTEX_INITIALIZER;

static int global_begin(void)
{
    LOCK_SCOPE(&global_lock);
    signal(SIGPIPE, SIG_IGN); /* TLS libraries write without MSG_NOSIGNAL */
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

static void global_end(void)
{
    LOCK_SCOPE(&global_lock);
    curl_global_cleanup();
}

/* --- names and TLS sessions, shared by all clients ------------------------------------------- */

static void share_lock(CURL *easy, curl_lock_data data, curl_lock_access access, void *ctx)
{
    struct upstream *upstream = ctx;
    (void)easy;
    (void)access;
    pthread_mutex_lock(&upstream->share_locks[data]);
}

static void share_unlock(CURL *easy, curl_lock_data data, void *ctx)
{
    struct upstream *upstream = ctx;
    (void)easy;
    pthread_mutex_unlock(&upstream->share_locks[data]);
}

static CURLSH *share_create(struct upstream *upstream)
{
    CURLSH *share = curl_share_init();
    if (!share)
        return NULL;
    curl_share_setopt(share, CURLSHOPT_LOCKFUNC, share_lock);
    curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, share_unlock);
    curl_share_setopt(share, CURLSHOPT_USERDATA, upstream);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return share;
}

/* --- clients --------------------------------------------------------------------------------- */

static void client_destroy(struct warm_client *client)
{
    if (!client)
        return;
    if (client->easy)
        curl_easy_cleanup(client->easy);
    if (client->multi)
        curl_multi_cleanup(client->multi);
    curl_url_cleanup(client->url);
    free(client->url_text);
    arena_destroy(&client->arena);
    free(client);
}

static struct warm_client *client_create(struct upstream *upstream)
{
    struct warm_client *client = xcalloc(1, sizeof(*client));
    client->arena = arena_create(1 * KIB);
    client->multi = curl_multi_init();
    client->easy = curl_easy_init();
    client->url = curl_url();
    if (!client->multi || !client->easy || !client->url) {
        client_destroy(client);
        return NULL;
    }
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
    curl_easy_setopt(client->easy, CURLOPT_SHARE, upstream->share);
    return client;
}

/* Where the next client to use lies on the stack, which is not empty. */
static int pick_warm(const struct upstream *upstream, int64_t now_ms)
{
    int top = upstream->warm - 1;
    for (int i = top; i >= 0 && i > top - OWN_WITHIN; i--) {
        const struct warm_client *client = upstream->stack[i];
        if (now_ms - client->idle_since_ms > OWN_FRESH_MS)
            break;
        if (pthread_equal(client->user, pthread_self()))
            return i;
    }
    return top;
}

/* Takes the client at `at` off the stack. */
static struct warm_client *remove_warm(struct upstream *upstream, int at)
{
    struct warm_client *client = upstream->stack[at];
    upstream->warm--;
    memmove(upstream->stack + at, upstream->stack + at + 1,
            (size_t)(upstream->warm - at) * sizeof(*upstream->stack));
    return client;
}

struct warm_client *upstream_take_client(struct upstream *upstream)
{
    struct warm_client *client = NULL;
    int64_t now_ms = clock_mono_ms();
    pthread_mutex_lock(&upstream->lock);
    upstream->out++;
    upstream->calls++;
    if (upstream->warm > 0)
        client = remove_warm(upstream, pick_warm(upstream, now_ms));
    pthread_mutex_unlock(&upstream->lock);
    if (!client)
        client = client_create(upstream);
    if (!client) {
        LOCK_SCOPE(&upstream->lock);
        upstream->out--;
    }
    return client;
}

/* Takes the client at the bottom off the stack when it has been idle for too long. */
static struct warm_client *pop_stale(struct upstream *upstream, int64_t now_ms)
{
    if (upstream->warm == 0 || now_ms - upstream->stack[0]->idle_since_ms < IDLE_MAX_MS)
        return NULL;
    return remove_warm(upstream, 0);
}

static struct warm_client *take_stale(struct upstream *upstream, int64_t now_ms)
{
    LOCK_SCOPE(&upstream->lock);
    return pop_stale(upstream, now_ms);
}

int upstream_tidy(struct upstream *upstream, int64_t now_ms)
{
    int count = 0;
    for (;;) {
        struct warm_client *stale = take_stale(upstream, now_ms);
        if (!stale)
            return count;
        client_destroy(stale);
        count++;
    }
}

void upstream_give_client(struct upstream *upstream, struct warm_client *client, long connections)
{
    struct warm_client *surplus = NULL;
    struct warm_client *stale;
    client->user = pthread_self();
    client->idle_since_ms = clock_mono_ms();
    pthread_mutex_lock(&upstream->lock);
    upstream->out--;
    upstream->connections += (uint64_t)connections;
    stale = pop_stale(upstream, client->idle_since_ms);
    if (upstream->warm < upstream->warm_max)
        upstream->stack[upstream->warm++] = client;
    else
        surplus = client;
    pthread_mutex_unlock(&upstream->lock);
    client_destroy(surplus);
    client_destroy(stale);
}

/* --- the whole ------------------------------------------------------------------------------- */

static struct trust_store *trust_create(const char *ca_file)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    return trust_store_create(ca_file ? ca_file : curl->cainfo, curl->capath, curl->ssl_version);
}

struct upstream *upstream_open(const struct upstream_options *options, struct err *err)
{
    if (global_begin() < 0) {
        err_set(err, ERR_INTERNAL, "libcurl does not start");
        return NULL;
    }
    struct upstream *upstream = xcalloc(1, sizeof(*upstream));
    pthread_mutex_init(&upstream->lock, NULL);
    for (size_t i = 0; i < ARRAY_LEN(upstream->share_locks); i++)
        pthread_mutex_init(&upstream->share_locks[i], NULL);
    upstream->warm_max = options->warm_max > 0 ? options->warm_max : 1;
    upstream->stack = xcalloc((size_t)upstream->warm_max, sizeof(*upstream->stack));
    upstream->ca_file = text_empty(options->ca_file) ? NULL : xstrdup(options->ca_file);
    upstream->trust = trust_create(upstream->ca_file);
    upstream->user_agent = xstrdup(options->user_agent);
    upstream->share = share_create(upstream);
    if (!upstream->share) {
        err_set(err, ERR_INTERNAL, "libcurl is out of handles");
        upstream_close(&upstream);
    }
    return upstream;
}

void upstream_close(struct upstream **upstream_p)
{
    struct upstream *upstream = *upstream_p;
    if (!upstream)
        return;
    for (int i = 0; i < upstream->warm; i++)
        client_destroy(upstream->stack[i]);
    if (upstream->share)
        curl_share_cleanup(upstream->share);
    for (size_t i = 0; i < ARRAY_LEN(upstream->share_locks); i++)
        pthread_mutex_destroy(&upstream->share_locks[i]);
    pthread_mutex_destroy(&upstream->lock);
    trust_store_destroy(&upstream->trust);
    free(upstream->ca_file);
    free(upstream->user_agent);
    free(upstream->stack);
    free(upstream);
    *upstream_p = NULL;
    global_end();
}

struct upstream_stats upstream_stats(struct upstream *upstream)
{
    LOCK_SCOPE(&upstream->lock);
    return (struct upstream_stats){.clients_warm = upstream->warm,
                                   .clients_out = upstream->out,
                                   .calls = upstream->calls,
                                   .connections = upstream->connections};
}
