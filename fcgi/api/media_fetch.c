#include "api/media_fetch.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/crew.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "keyring/keyring.h"
#include "upstream/web_fetch.h"

/* How many links are fetched at the same time. */
#define HANDS 4
/* How many links of a chat are fetched, repeated ones included: each is compared with those before. */
#define LINKS_MAX 1000

enum link_state {
    LINK_OPEN,  /* to be fetched */
    LINK_LEFT,  /* Google reads it */
    LINK_SAME,  /* as one before it */
    LINK_TAKEN, /* by one of the threads, or done */
};

struct media_link {
    struct media_need *need;
    enum link_state state;
    struct err err;
};

struct media_fetch {
    struct api_call *call;
    struct media_link *links;
    size_t count;
    int64_t until_ms; /* monotonic */
    size_t most;      /* bytes of one */
    /* The rest is under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t given_back;
    size_t room; /* bytes that nobody has and nobody has been promised */
    int running;
    bool failed; /* one did not come: the others are of no use */
};

/* --- who is asked ---------------------------------------------------------------------------- */

static bool is_allowed_host(const struct settings *set, const char *host)
{
    const struct setting_list *hosts = &set->media_fetch_allowed_hosts;
    for (size_t i = 0; i < hosts->len; i++)
        if (text_ieq(hosts->items[i], host) || text_match(hosts->items[i], host))
            return true;
    return false;
}

/* The host of an address as it is written: good enough to ask whether a setting names it. */
static bool names_allowed_host(const struct settings *set, const char *url)
{
    char host[256];
    const char *start = strstr(url, "://");
    if (!start)
        return false;
    start += 3;
    size_t len = strcspn(start, "/?#");
    for (size_t i = 0; i < len; i++)
        if (start[i] == '@')
            return false;
    if (start[0] != '[')
        len = strcspn(start, ":/?#");
    if (len >= sizeof(host))
        return false;
    memcpy(host, start, len);
    host[len] = '\0';
    return is_allowed_host(set, host);
}

/* Google reads https addresses of the public internet itself. */
static bool is_left_to_google(const struct settings *set, const struct media_need *need)
{
    return need->works_as_link && text_istarts(need->url, "https://") &&
           !names_allowed_host(set, need->url);
}

/* --- what came ------------------------------------------------------------------------------- */

static bool is_telling(const char *type)
{
    static const char *const blank[] = {"", "application/octet-stream", "binary/octet-stream",
                                        "application/x-download", "application/force-download"};
    for (size_t i = 0; i < ARRAY_LEN(blank); i++)
        if (text_eq(type, blank[i]))
            return false;
    return true;
}

static const char *sniffed_type(const struct strbuf *body)
{
    STRBUF_AUTO struct strbuf start = STRBUF_INIT(128);
    base64_encode(&start, body->data, body->len < 48 ? body->len : 48);
    return media_type_of_base64(strbuf_str(&start));
}

static bool fits_kind(enum media_kind kind, const char *type)
{
    static const char *const starts[] = {
        [MEDIA_IMAGE] = "image/", [MEDIA_AUDIO] = "audio/", [MEDIA_VIDEO] = "video/"};
    if (kind == MEDIA_FILE)
        return true;
    /* A container of sound alone often calls itself video. */
    return text_starts(type, starts[kind]) ||
           (kind == MEDIA_AUDIO && text_starts(type, starts[MEDIA_VIDEO]));
}

/* The data tell it best, then their server, then the address. NULL: it is of another kind. */
static const char *type_of(const struct media_need *need, const char *told,
                           const struct strbuf *body)
{
    const char *types[] = {sniffed_type(body), is_telling(told) ? told : NULL,
                           media_type_of_name(need->url)};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (types[i])
            return fits_kind(need->kind, types[i]) ? types[i] : NULL;
    return media_type_default(need->kind);
}

/* --- one ------------------------------------------------------------------------------------- */

static int refuse(const struct media_need *need, const struct err *why, struct err *err)
{
    if (why->code == ERR_GONE)
        return err_set(err, ERR_GONE, "%s", why->text);
    return err_set_param(err, ERR_INVALID, need->param, "the media at %.200s cannot be used: %s",
                         need->url, why->text);
}

static bool is_unwanted(void *ctx)
{
    struct media_fetch *work = ctx;
    LOCK_SCOPE(&work->lock);
    return work->failed;
}

static bool is_allowed(void *ctx, const char *host)
{
    const struct media_fetch *work = ctx;
    return is_allowed_host(work->call->settings, host);
}

static int fetch_body(struct media_fetch *work, const struct media_need *need, struct strbuf *body,
                      char type[128], struct err *why)
{
    char proxy[LIMIT_SECRET] = "";
    const struct api_call *call = work->call;
    const struct settings *set = call->settings;
    int64_t now_ms = clock_mono_ms();
    int64_t timeout_ms = (int64_t)(set->media_fetch_timeout * SECOND_MS);
    if (set->media_fetch_by_proxies)
        keyring_any_proxy(call->http->api->keyring, clock_wall_ms(), proxy, sizeof(proxy));
    const struct web_fetch fetch = {
        .timeout_ms = timeout_ms < work->until_ms - now_ms ? timeout_ms : work->until_ms - now_ms,
        .client_fd = http_request_client_fd(call->http->req),
        .allowed = is_allowed,
        .unwanted = is_unwanted,
        .ctx = work,
        .proxy = proxy};
    int rc = web_fetch(call->http->api->upstream, &fetch, need->url, body, type, why);
    secret_wipe(proxy, sizeof(proxy));
    if (rc == 0 && body->len == 0)
        rc = err_set(why, ERR_INVALID, "it is empty");
    return rc;
}

/* Returns the bytes that came. */
static size_t fetch_link(struct media_fetch *work, struct media_link *link, size_t most)
{
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(most);
    char told[128], type[MEDIA_TYPE_SIZE];
    struct err why = ERR_INIT;
    const char *best = NULL;
    int rc = most > 0 ? fetch_body(work, link->need, &body, told, &why)
                      : err_set(&why, ERR_TOO_LARGE, "with it the media are too large together");
    if (rc == 0) {
        media_type_tidy(told, strlen(told), type);
        best = type_of(link->need, type, &body);
        if (!best)
            err_set(&why, ERR_INVALID, "it is of another kind (%s)", *type ? type : "unknown");
    }
    if (!best) {
        refuse(link->need, &why, &link->err);
        return 0;
    }
    media_need_fill(link->need, best, body.data, body.len);
    return body.len;
}

/* --- all ------------------------------------------------------------------------------------- */

static struct media_link *next_open(const struct media_fetch *work)
{
    for (size_t i = 0; i < work->count && !work->failed; i++)
        if (work->links[i].state == LINK_OPEN)
            return &work->links[i];
    return NULL;
}

/* The next link, with the bytes that it may have: they are taken out of the room as long as it is
 * fetched. Where little room is left, one waits for what others give back. */
static struct media_link *take_next(struct media_fetch *work, size_t *most_r)
{
    LOCK_SCOPE(&work->lock);
    struct media_link *link = next_open(work);
    while (link && work->room < work->most && work->running > 0) {
        pthread_cond_wait(&work->given_back, &work->lock);
        link = next_open(work);
    }
    if (!link)
        return NULL;
    link->state = LINK_TAKEN;
    *most_r = work->room < work->most ? work->room : work->most;
    work->room -= *most_r;
    work->running++;
    return link;
}

static void give_back(struct media_fetch *work, const struct media_link *link, size_t unused)
{
    LOCK_SCOPE(&work->lock);
    work->room += unused;
    work->running--;
    work->failed |= link->err.code != ERR_NONE;
    pthread_cond_broadcast(&work->given_back);
}

static void *fetch_links(void *ctx)
{
    struct media_fetch *work = ctx;
    size_t most = 0;
    for (struct media_link *link = take_next(work, &most); link; link = take_next(work, &most))
        give_back(work, link, most - fetch_link(work, link, most));
    return NULL;
}

/* The link before `at` that leads to the same media, if it is fetched. */
static const struct media_link *same_before(const struct media_fetch *work, size_t at)
{
    const struct media_need *need = work->links[at].need;
    for (size_t i = 0; i < at; i++) {
        const struct media_link *earlier = &work->links[i];
        if (earlier->state != LINK_LEFT && earlier->state != LINK_SAME &&
            earlier->need->kind == need->kind && text_eq(earlier->need->url, need->url))
            return earlier;
    }
    return NULL;
}

/* How many are to be fetched; -1 when they are too many. */
static int sort_links(struct media_fetch *work, struct media_needs *needs, struct err *err)
{
    int open = 0, fetched = 0;
    for (size_t i = 0; i < work->count; i++) {
        struct media_link *link = &work->links[i];
        link->need = &needs->items[i];
        if (is_left_to_google(work->call->settings, link->need))
            link->state = LINK_LEFT;
        else if (++fetched > LINKS_MAX)
            return err_set_param(err, ERR_INVALID, link->need->param,
                                 "there are more than %d links to media", LINKS_MAX);
        else if (same_before(work, i))
            link->state = LINK_SAME;
        open += link->state == LINK_OPEN;
    }
    return open;
}

static int too_large_together(struct media_link *link)
{
    struct err why = ERR_INIT;
    err_set(&why, ERR_TOO_LARGE, "with it the media are too large together");
    return refuse(link->need, &why, &link->err);
}

/* They are one in memory, but each takes its room in the body that is sent. */
static int copy_same(struct media_fetch *work)
{
    for (size_t i = 0; i < work->count; i++) {
        struct media_link *link = &work->links[i];
        if (link->state != LINK_SAME)
            continue;
        json_object *data = json_get_obj(same_before(work, i)->need->part, "inlineData");
        size_t len = (size_t)json_object_get_string_len(json_member(data, "data")) / 4 * 3;
        if (len > work->room)
            return too_large_together(link);
        work->room -= len;
        json_object_object_del(link->need->part, "fileData");
        json_add_ref(link->need->part, "inlineData", data);
    }
    return 0;
}

/* What the first link says that did not come for a reason of its own. */
static int end_of(const struct media_fetch *work, struct err *err)
{
    const struct media_link *first = NULL;
    for (size_t i = 0; i < work->count; i++) {
        const struct media_link *link = &work->links[i];
        if (link->err.code == ERR_GONE)
            first = link;
        else if (link->err.code && !first)
            first = link;
    }
    if (first)
        *err = first->err;
    return !first ? 0 : err->code == ERR_GONE ? 499 : 400;
}

int media_fetch_all(struct api_call *call, struct media_needs *needs)
{
    const struct settings *set = call->settings;
    if (!needs || needs->len == 0)
        return 0;
    FREE_AUTO struct media_link *links = xcalloc(needs->len, sizeof(*links));
    struct media_fetch work = {
        .call = call,
        .links = links,
        .count = needs->len,
        .until_ms = clock_mono_ms() + (int64_t)(set->time_out * SECOND_MS),
        .most = (size_t)set->media_fetch_max_mb * MIB,
        .room = api_body_room(set, 1),
    };
    int open = sort_links(&work, needs, &call->http->err);
    if (open < 0)
        return 400;
    pthread_mutex_init(&work.lock, NULL);
    pthread_cond_init(&work.given_back, NULL);
    if (open > 0)
        crew_run(open < HANDS ? open : HANDS, fetch_links, &work);
    pthread_cond_destroy(&work.given_back);
    pthread_mutex_destroy(&work.lock);
    if (!work.failed)
        copy_same(&work);
    return end_of(&work, &call->http->err);
}
