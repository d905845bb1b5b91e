/* Images of answers, where the client gets an address instead: on the image host that the settings
 * name, or here. */
#ifndef API_IMAGE_PUT_H
#define API_IMAGE_PUT_H

#include "api/api_call.h"
#include "imagehost/image_shelf.h"

/* True when UPLOAD_PROVIDER is set up. */
bool image_put_is_offered(const struct settings *set);
/* As translate_env.image_put, whose context is the api_call: appends the image's address on the host
 * and gives 1; 0 when the host failed (the log tells why): the image then goes inline. A chat is
 * read again long after an address of our own has ended, so that there is none for it. */
int image_put(void *call, const char *mime_type, const char *base64, size_t len,
              struct strbuf *url);
/* The same for an image that is fetched soon: where there is no host, or it failed, the address is
 * one of this server (IMAGE_URL_SECONDS, IMAGE_STORE_MB). 0 when that cannot be either. */
int image_put_for_now(struct api_call *call, const char *mime_type, const char *base64, size_t len,
                      struct strbuf *url);
/* Where such images lie, under these settings. */
struct image_shelf image_put_shelf(const struct settings *set, struct store *store);

/* The path that they are handed out under, with routes.c. */
#define IMAGE_PATH "/image"

#endif
