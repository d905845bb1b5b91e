/* Linked media of a chat request: what could be fetched before the request goes upstream.
 *
 * The translation does no I/O. For each http(s) link it puts a part with fileData (which Google
 * reads itself on many models) into the request and notes a need here. Whoever may fetch (with a
 * guard against private addresses) fills the need: the part then holds the media itself.
 *
 *     for (size_t i = 0; request.media && i < request.media->len; i++) {
 *         struct media_need *need = &request.media->items[i];
 *         ... fetch need->url ...
 *         media_need_fill(need, type, bytes, len);
 *     }
 *     openai_chat_request_write(&request, &body);
 */
#ifndef TRANSLATE_MEDIA_H
#define TRANSLATE_MEDIA_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "translate/media_type.h"

struct media_need {
    char *url;
    enum media_kind kind;
    json_object *part;  /* one reference; the part inside the request */
    bool works_as_link; /* the model reads such links itself: fetching may be left out */
    char param[64];     /* the field it came from, for an error */
};

struct media_needs {
    struct media_need *items;
    size_t len;
    size_t cap;
};

/* Notes a need; the texts are copied and a reference to `part` is taken. */
void media_needs_add(struct media_needs **needs, const struct media_need *need);
/* Puts the media in the link's place. `type` NULL: as the link's name suggests. */
void media_need_fill(struct media_need *need, const char *type, const void *data, size_t len);
/* Puts a text in the link's place, for media that cannot be had. */
void media_need_explain(struct media_need *need, const char *text);
void media_needs_free(struct media_needs **needs);

#endif
