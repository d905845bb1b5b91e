#include "api/image_put.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/rand.h"
#include "imagehost/image_host.h"

static struct image_host host_of(const struct settings *set)
{
    return (struct image_host){.provider = set->upload_provider,
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

int image_put(void *ctx, const char *mime_type, const char *base64, size_t len, struct strbuf *url)
{
    struct api_call *call = ctx;
    struct image_host host = host_of(call->settings);
    struct err err = ERR_INIT;
    char name[13], quoted[400];
    STRBUF_AUTO struct strbuf data = STRBUF_INIT(LIMIT_SSE_EVENT);
    if (!image_host_is_ready(&host) || base64_decode(&data, base64, len) < 0)
        return 0;
    int64_t began_us = clock_mono_us();
    rand_token(name, sizeof(name));
    int rc = image_host_upload(call->env.upstream, &host, mime_type, name, strbuf_str(&data),
                               data.len, url, &err);
    call->http->res->upstream_us += clock_mono_us() - began_us;
    if (rc == 0)
        return 1;
    log_event(LOG_WARNING, "image.not_put", "host=%s error=%s", host.provider,
              log_quote(err.text, quoted, sizeof(quoted)));
    return 0;
}
