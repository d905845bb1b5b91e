#include "api/model_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

/* After a failed renewal the old list is served for so long before the next try; where there is none,
 * a page tells for so long what the try came to. */
#define RETRY_MS (10 * SECOND_MS)

struct model_cache {
    pthread_mutex_t lock;
    pthread_mutex_t renewing; /* held by the one thread that asks upstream */
    json_object *models;      /* array, never changed after it was put here */
    int64_t fresh_until_ms;   /* monotonic */
    char base_url[512];       /* the upstream that the list is of */
    int failed_status;        /* of the last try; 0: it brought a list */
    struct err failure;
    char failed_url[512];
};

struct model_cache *model_cache_create(void)
{
    struct model_cache *cache = xcalloc(1, sizeof(*cache));
    pthread_mutex_init(&cache->lock, NULL);
    pthread_mutex_init(&cache->renewing, NULL);
    return cache;
}

void model_cache_destroy(struct model_cache **cache_p)
{
    struct model_cache *cache = *cache_p;
    if (!cache)
        return;
    json_object_put(cache->models);
    pthread_mutex_destroy(&cache->renewing);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
    *cache_p = NULL;
}

/* --- asking upstream ---------------------------------------------------------------------------
 */

static void page_url(struct strbuf *url, const char *base, const char *page_token)
{
    strbuf_append(url, base, text_len_without(base, '/'));
    strbuf_puts(url, "/models?pageSize=1000");
    if (page_token[0]) {
        strbuf_puts(url, "&pageToken=");
        url_encode(url, page_token, strlen(page_token), "");
    }
}

static void append_models(json_object *all, json_object *page)
{
    json_object *models = json_get_arr(page, "models");
    size_t count = models ? json_object_array_length(models) : 0;
    for (size_t i = 0; i < count; i++)
        json_object_array_add(all, json_object_get(json_object_array_get_idx(models, i)));
}

/* Fetches one page into `all`; next_r gets the token of the next one, empty at the end. The HTTP
 * status. */
static int fetch_page(const struct exchange_env *env, json_object *all, struct strbuf *next,
                      struct err *err)
{
    STRBUF_AUTO struct strbuf url = STRBUF_INIT(LIMIT_HEADERS);
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(LIMIT_MODEL_LIST);
    page_url(&url, env->settings->base_url, strbuf_str(next));
    struct exchange_request request = {.method = "GET",
                                       .url = strbuf_str(&url),
                                       .model = "",
                                       .kind = KEY_GEMINI,
                                       .credential = CREDENTIAL_GOOG_HEADER,
                                       .framing = FRAMING_RAW,
                                       .idempotent = true};
    struct exchange_outcome outcome = {0};
    int status = exchange_fetch(env, &request, &body, &outcome, err);
    strbuf_clear(next);
    if (status != 200)
        return status ? status : 502;
    JSON_AUTO json_object *page = json_parse_text(body.data, body.len, err);
    if (!page)
        return 502;
    append_models(all, page);
    strbuf_puts(next, json_get_str(page, "nextPageToken", ""));
    return 200;
}

static json_object *fetch_all(const struct exchange_env *env, int *status_r, struct err *err)
{
    json_object *all = json_object_new_array();
    STRBUF_AUTO struct strbuf next = STRBUF_INIT(4 * KIB);
    for (int page = 0; page < LIMIT_MODEL_PAGES; page++) {
        *status_r = fetch_page(env, all, &next, err);
        if (*status_r != 200) {
            json_object_put(all);
            return NULL;
        }
        if (next.len == 0)
            break;
    }
    return all;
}

/* --- the cache ---------------------------------------------------------------------------------
 */

static json_object *take(struct model_cache *cache, const char *base_url, bool only_fresh)
{
    LOCK_SCOPE(&cache->lock);
    bool ours = cache->models && strcmp(cache->base_url, base_url) == 0;
    if (!ours || (only_fresh && clock_mono_ms() >= cache->fresh_until_ms))
        return NULL;
    return json_object_get(cache->models);
}

static void keep_failure(struct model_cache *cache, const struct settings *set, int status,
                         const struct err *err)
{
    LOCK_SCOPE(&cache->lock);
    cache->fresh_until_ms = clock_mono_ms() + RETRY_MS;
    cache->failed_status = status;
    cache->failure = *err;
    text_copy(cache->failed_url, sizeof(cache->failed_url), set->base_url);
}

static void keep(struct model_cache *cache, const struct settings *set, json_object *models)
{
    LOCK_SCOPE(&cache->lock);
    cache->fresh_until_ms = clock_mono_ms() + set->models_cache_seconds * SECOND_MS;
    cache->failed_status = 0;
    json_object_put(cache->models);
    cache->models = json_object_get(models);
    text_copy(cache->base_url, sizeof(cache->base_url), set->base_url);
}

json_object *model_cache_get(struct model_cache *cache, const struct exchange_env *env,
                             int *status_r, struct err *err)
{
    const char *base_url = env->settings->base_url;
    json_object *models = take(cache, base_url, true);
    if (models)
        return models;
    LOCK_SCOPE(&cache->renewing);
    models = take(cache, base_url, true); /* another thread may have renewed it meanwhile */
    if (models)
        return models;
    models = fetch_all(env, status_r, err);
    if (models) {
        keep(cache, env->settings, models);
        return models;
    }
    keep_failure(cache, env->settings, *status_r, err);
    models = take(cache, base_url, false);
    if (models)
        log_event(LOG_WARNING, "models.stale", "status=%d", *status_r);
    return models;
}

json_object *model_cache_known(struct model_cache *cache, const char *base_url)
{
    return take(cache, base_url, false);
}

int model_cache_failed(struct model_cache *cache, const char *base_url, struct err *err)
{
    LOCK_SCOPE(&cache->lock);
    if (!cache->failed_status || strcmp(cache->failed_url, base_url) != 0 ||
        clock_mono_ms() >= cache->fresh_until_ms)
        return 0;
    *err = cache->failure;
    return cache->failed_status;
}

void model_cache_expire(struct model_cache *cache)
{
    LOCK_SCOPE(&cache->lock);
    cache->fresh_until_ms = 0;
}

int model_cache_lists(struct model_cache *cache, const char *base_url, const char *id)
{
    JSON_AUTO json_object *models = take(cache, base_url, false);
    if (!models)
        return -1;
    size_t count = json_object_array_length(models);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_get_str(json_object_array_get_idx(models, i), "name", "");
        if (text_starts(name, "models/") && text_eq(name + strlen("models/"), id))
            return 1;
    }
    return 0;
}
