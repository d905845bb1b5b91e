/* Images of answers, put on the image host that the settings name. */
#ifndef API_IMAGE_PUT_H
#define API_IMAGE_PUT_H

#include "api/api_call.h"

/* True when UPLOAD_PROVIDER is set up. */
bool image_put_is_offered(const struct settings *set);
/* As translate_env.image_put, whose context is the api_call: appends the image's address and gives
 * 1; 0 when the host failed (the log tells why): the image then goes inline. */
int image_put(void *call, const char *mime_type, const char *base64, size_t len,
              struct strbuf *url);

#endif
