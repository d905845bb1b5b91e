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

/* Uploads `len` bytes with a key that could serve call->request.model now, and waits until the model
 * can use them (TIME_OUT at most). 0, or an error status with http->err; then nothing is left there. */
int google_file_put(struct api_call *call, const char *type, const void *data, size_t len,
                    struct google_file *file_r);
/* Removes it. That it cannot be is no matter: Google drops it after two days. */
void google_file_remove(struct api_call *call, struct google_file *file);

#endif
