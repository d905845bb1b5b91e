/* data: URLs and base64 as clients write them. */
#ifndef TRANSLATE_DATA_URL_H
#define TRANSLATE_DATA_URL_H

#include <json-c/json.h>
#include <stdbool.h>

#include "translate/media_type.h"

struct data_url {
    char type[MEDIA_TYPE_SIZE]; /* tidied; "" where the URL names none */
    const char *data;           /* inside the URL */
    size_t len;
    bool base64;
};

/* Returns 1 for a data: URL, 0 for any other text. Parameters in any order, a missing type and
 * white space are taken. */
int data_url_parse(const char *url, size_t len, struct data_url *data_r);
/* The data as a JSON string of standard base64 (the one copy that is made); NULL where it is no
 * base64 or there is none. */
json_object *data_url_base64(const struct data_url *data);
/* The same for bare base64: URL-safe letters, white space and missing padding are mended. */
json_object *base64_json(const char *text, size_t len);

#endif
