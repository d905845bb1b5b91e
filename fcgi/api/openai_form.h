/* Requests of OpenAI's that come as multipart/form-data: files and fields. */
#ifndef API_OPENAI_FORM_H
#define API_OPENAI_FORM_H

#include "api/api_call.h"
#include "http/multipart.h"

/* Reads the body and takes it apart. 0, or an error status (400, 413, 415) with http->err. */
int openai_form_read(struct api_call *call, struct multipart *form);
/* The fields that are no files, as texts of an object: put it. NULL with http->err when one is no
 * text. Of "name[]" only the first counts. */
json_object *openai_form_fields(struct api_call *call, const struct multipart *form);

#endif
