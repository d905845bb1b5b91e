#include "api/media_fetch.h"

#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/text.h"
#include "upstream/web_fetch.h"

struct media_fetch {
    struct api_call *call;
    struct media_needs *needs;
    int64_t until_ms; /* monotonic */
    size_t room;      /* bytes that all media may still have */
};

/* --- who is asked ---------------------------------------------------------------------------- */

static bool is_allowed_host(void *ctx, const char *host)
{
    const struct settings *set = ctx;
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
    return is_allowed_host((void *)set, host);
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

static int fetch_one(struct media_fetch *work, struct media_need *need, struct err *err)
{
    const struct settings *set = work->call->settings;
    size_t most = (size_t)set->media_fetch_max_mb * MIB;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(most < work->room ? most : work->room);
    char told[128], type[MEDIA_TYPE_SIZE];
    struct err why = ERR_INIT;
    int64_t left_ms = work->until_ms - clock_mono_ms();
    int64_t timeout_ms = (int64_t)(set->media_fetch_timeout * SECOND_MS);
    const struct web_fetch fetch = {.timeout_ms = timeout_ms < left_ms ? timeout_ms : left_ms,
                                    .client_fd = http_request_client_fd(work->call->http->req),
                                    .allowed = is_allowed_host,
                                    .ctx = (void *)set};
    if (web_fetch(work->call->http->api->upstream, &fetch, need->url, &body, told, &why) < 0)
        return refuse(need, &why, err);
    media_type_tidy(told, strlen(told), type);
    if (body.len == 0)
        err_set(&why, ERR_INVALID, "it is empty");
    const char *best = body.len > 0 ? type_of(need, type, &body) : NULL;
    if (body.len > 0 && !best)
        err_set(&why, ERR_INVALID, "it is of another kind (%s)", *type ? type : "unknown");
    if (!best)
        return refuse(need, &why, err);
    work->room -= body.len;
    media_need_fill(need, best, body.data, body.len);
    return 0;
}

/* --- all ------------------------------------------------------------------------------------- */

/* The same link earlier in the conversation has been fetched already. */
static bool take_earlier(struct media_fetch *work, size_t at)
{
    struct media_need *need = &work->needs->items[at];
    for (size_t i = 0; i < at; i++) {
        const struct media_need *earlier = &work->needs->items[i];
        json_object *data = json_get_obj(earlier->part, "inlineData");
        if (!data || earlier->kind != need->kind || !text_eq(earlier->url, need->url))
            continue;
        json_object_object_del(need->part, "fileData");
        json_add_ref(need->part, "inlineData", data);
        return true;
    }
    return false;
}

int media_fetch_all(struct api_call *call, struct media_needs *needs)
{
    const struct settings *set = call->settings;
    struct media_fetch work = {
        .call = call,
        .needs = needs,
        .until_ms = clock_mono_ms() + (int64_t)(set->time_out * SECOND_MS),
        .room = (size_t)set->max_request_body,
    };
    for (size_t i = 0; needs && i < needs->len; i++) {
        if (is_left_to_google(set, &needs->items[i]) || take_earlier(&work, i))
            continue;
        if (fetch_one(&work, &needs->items[i], &call->http->err) < 0)
            return call->http->err.code == ERR_GONE ? 499 : 400;
    }
    return 0;
}
