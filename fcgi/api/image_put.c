#include "api/image_put.h"

#include "api/origin.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/rand.h"
#include "imagehost/image_host.h"
#include "imagehost/image_shelf.h"

static struct image_host host_of(const struct settings *set)
{
    return (struct image_host){.provider = set->upload_provider,
                               .smms_url = set->smms_api_url,
                               .smms_token = set->smms_secret_token,
                               .picgo_url = set->picgo_api_url,
                               .picgo_key = set->picgo_api_key,
                               .imgbed_url = set->cloudflare_imgbed_url,
                               .imgbed_code = set->cloudflare_imgbed_auth_code,
                               .imgbed_folder = set->cloudflare_imgbed_upload_folder,
                               .oss_endpoint = set->oss_endpoint,
                               .oss_bucket = set->oss_bucket_name,
                               .oss_key = set->oss_access_key,
                               .oss_secret = set->oss_access_key_secret};
}

bool image_put_is_offered(const struct settings *set)
{
    struct image_host host = host_of(set);
    return image_host_is_ready(&host);
}

static void tell(const char *where, const struct err *err)
{
    char quoted[400];
    log_event(LOG_WARNING, "image.not_put", "host=%s error=%s", where,
              log_quote(err->text, quoted, sizeof(quoted)));
}

static int put_on_host(struct api_call *call, const char *mime_type, const struct strbuf *data,
                       struct strbuf *url)
{
    struct image_host host = host_of(call->settings);
    struct err err = ERR_INIT;
    char name[13];
    if (!image_host_is_ready(&host))
        return 0;
    int64_t began_us = clock_mono_us();
    rand_token(name, sizeof(name));
    int rc = image_host_upload(call->env.upstream, &host, mime_type, name, strbuf_str(data),
                               data->len, url, &err);
    /* Several answers to one request may come at the same time. */
    __atomic_fetch_add(&call->http->res->upstream_us, clock_mono_us() - began_us, __ATOMIC_RELAXED);
    if (rc == 0)
        return 1;
    tell(host.provider, &err);
    return 0;
}

int image_put(void *ctx, const char *mime_type, const char *base64, size_t len, struct strbuf *url)
{
    STRBUF_AUTO struct strbuf data = STRBUF_INIT(LIMIT_SSE_EVENT);
    if (base64_decode(&data, base64, len) < 0)
        return 0;
    return put_on_host(ctx, mime_type, &data, url);
}

struct image_shelf image_put_shelf(const struct settings *set, struct store *store)
{
    return (struct image_shelf){.vault = store_vault(store),
                                .data_dir = set->data_dir,
                                .max_bytes = set->image_store_mb * (int64_t)MIB,
                                .seconds = set->image_url_seconds,
                                .now_ms = clock_wall_ms()};
}

static int put_here(struct api_call *call, const char *mime_type, const struct strbuf *data,
                    struct strbuf *url)
{
    STRBUF_AUTO struct strbuf path = STRBUF_INIT(KIB);
    struct image_shelf shelf = image_put_shelf(call->settings, call->http->api->store);
    const char *origin = origin_of_request(call->http->req, &call->settings->trusted_proxies);
    struct err err = ERR_INIT;
    if (!origin || shelf.max_bytes == 0)
        return 0;
    if (image_shelf_put(&shelf, mime_type, strbuf_str(data), data->len, &path, &err) < 0) {
        tell("own", &err);
        return 0;
    }
    strbuf_printf(url, "%s" IMAGE_PATH "/%s", origin, strbuf_str(&path));
    return strbuf_ok(url) ? 1 : 0;
}

int image_put_for_now(struct api_call *call, const char *mime_type, const char *base64, size_t len,
                      struct strbuf *url)
{
    STRBUF_AUTO struct strbuf data = STRBUF_INIT(LIMIT_SSE_EVENT);
    if (base64_decode(&data, base64, len) < 0)
        return 0;
    return put_on_host(call, mime_type, &data, url) || put_here(call, mime_type, &data, url);
}
