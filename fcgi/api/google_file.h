/* A file of one request that lies at Google meanwhile, because it is too large for the request itself.
 *
 * It belongs to the key that put it: what names it has to go with that key. */
#ifndef API_GOOGLE_FILE_H
#define API_GOOGLE_FILE_H

#include "api/api_call.h"

struct google_file {
    int64_t key_id; /* 0: there is none */
    char name[128]; /* "files/abc" */
    char uri[512];  /* for fileData */
};

/* Uploads `data`, whose length is known, with a key that could serve call->request.model now, and waits
 * until the model can use it (TIME_OUT at most). 0, or an error status with http->err (499 when the
 * client left meanwhile); then nothing is left there. */
int google_file_put(struct api_call *call, const char *type, const struct exchange_body *data,
                    struct google_file *file_r);
/* Removes it. That it cannot be is no matter: Google drops it after two days. */
void google_file_remove(struct api_call *call, struct google_file *file);

#endif
