/* Requests of OpenAI's that come as multipart/form-data: files and fields. The body is spooled, never
 * held: a file of it is read, or sent, from where it lies. */
#ifndef API_OPENAI_FORM_H
#define API_OPENAI_FORM_H

#include "api/api_call.h"
#include "api/body_spool.h"
#include "http/multipart.h"

struct openai_form {
    struct multipart parts;
    struct body_spool *spool;
};

/* Reads the body and takes it apart. 0, or an error status (400, 413, 415, 503) with http->err. Free it
 * in any case. */
int openai_form_read(struct api_call *call, struct openai_form *form);
void openai_form_free(struct openai_form *form);
/* The fields that are no files, as texts of an object: put it. NULL with http->err when one is no
 * text, or too long. Of "name[]" only the first counts. */
json_object *openai_form_fields(struct api_call *call, const struct openai_form *form);
/* Up to `len` bytes of a part's data from `offset` of it on, all that there are: the count, or -1 with
 * http->err. */
int64_t openai_form_look(struct api_call *call, const struct openai_form *form,
                         const struct multipart_part *part, int64_t offset, void *buf, size_t len);

#endif
