/* Image hosts: where images of answers are put, so that a client gets an address (UPLOAD_PROVIDER).
 *
 *   image_host    one host's address and credentials, borrowed from the settings for one call.
 *   image_shelf   our own: files in DATA_DIR behind signed addresses (image_shelf.h).
 *
 * A row of image_host.c for each host: when it is set up, how a request is made, where the answer
 * has the address. Whoever asks falls back to the image itself when an upload fails. */
#ifndef IMAGEHOST_IMAGE_HOST_H
#define IMAGEHOST_IMAGE_HOST_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "upstream/upstream.h"

struct image_host {
    const char *provider; /* smms, picgo, cloudflare_imgbed, aliyun_oss */
    const char *smms_url, *smms_token;
    const char *picgo_url, *picgo_key;
    const char *imgbed_url, *imgbed_code, *imgbed_folder;
    const char *oss_endpoint, *oss_bucket, *oss_key, *oss_secret;
};

/* True when the provider's own settings are filled in. */
bool image_host_is_ready(const struct image_host *host);
/* Uploads one image, within 30 s, and appends its address. `type` is its media type; `name` a
 * unique word for the file. 0, or -1 with err, whose text holds no credential. */
int image_host_upload(struct upstream *upstream, const struct image_host *host, const char *type,
                      const char *name, const void *data, size_t len, struct strbuf *url,
                      struct err *err);

#endif
