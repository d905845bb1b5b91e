/* Imagen, which draws by `predict`: several images a call, of a few shapes, from words only. Google's
 * own base has it no more; others that are set as BASE_URL may. Pure. */
#ifndef TRANSLATE_IMAGEN_H
#define TRANSLATE_IMAGEN_H

#include "translate/openai_images.h"

/* Most images that one call makes. */
#define IMAGEN_CALL_MAX 4

bool imagen_is(const char *model);
/* How many calls make the images of a request. */
int imagen_call_count(const struct image_request *request);
/* Appends the body of call `call` (from 0). */
void imagen_write(const struct image_request *request, const char *model, int call,
                  struct strbuf *out);
/* Reads the answer of a call: how many results there are, at least 1 (one without an image, when all
 * were refused) and at most IMAGEN_CALL_MAX; free each. */
int imagen_read(const char *body, size_t len, struct image_result results[IMAGEN_CALL_MAX]);

#endif
