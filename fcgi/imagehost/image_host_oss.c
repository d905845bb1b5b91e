/* Alibaba Cloud OSS: a PUT, signed with HMAC-SHA1 as its first signature version wants it. */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "imagehost/image_host_priv.h"

#define ACL "x-oss-object-acl"

static const char *http_date(struct upload *upload)
{
    char text[64];
    time_t seconds = (time_t)(upload->now_ms / SECOND_MS);
    struct tm when;
    gmtime_r(&seconds, &when);
    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &when);
    return arena_strdup(upload->arena, text);
}

static const char *signature(struct upload *upload, const char *date)
{
    const struct image_host *host = upload->host;
    unsigned char mac[HMAC_SHA1_LEN];
    STRBUF_AUTO struct strbuf base64 = STRBUF_INIT(KIB);
    const char *text = arena_printf(upload->arena, "PUT\n\n%s\n%s\n" ACL ":public-read\n/%s/%s",
                                    upload->type, date, host->oss_bucket, upload->file);
    hmac_sha1(host->oss_secret, strlen(host->oss_secret), text, strlen(text), mac);
    base64_encode(&base64, mac, sizeof(mac));
    return arena_printf(upload->arena, "OSS %s:%s", host->oss_key, strbuf_str(&base64));
}

void oss_prepare(struct upload *upload)
{
    const struct image_host *host = upload->host;
    const char *date = http_date(upload);
    bool has_scheme = strstr(host->oss_endpoint, "://") != NULL;
    upload->method = "PUT";
    upload->url = has_scheme ? arena_printf(upload->arena, "%s/%s/%s", host->oss_endpoint,
                                            host->oss_bucket, upload->file)
                             : arena_printf(upload->arena, "https://%s.%s/%s", host->oss_bucket,
                                            host->oss_endpoint, upload->file);
    upload_header(upload, "Date", date);
    upload_header(upload, ACL, "public-read");
    upload_header(upload, "Authorization", signature(upload, date));
}
