/* The content of one message: from OpenAI's parts to Gemini's. */
#ifndef TRANSLATE_CHAT_PARTS_H
#define TRANSLATE_CHAT_PARTS_H

#include "translate/chat_build.h"

/* Appends the parts of `content` (a text, a list of parts, or nothing) to the array `parts`.
 * `where` names the content for errors ("messages[2].content"). Data is taken out of `content` as
 * soon as it is copied. Returns 0, or -1 with build->err. */
int chat_parts_add(struct chat_build *build, json_object *parts, json_object *content,
                   const char *where);
void chat_parts_add_text(json_object *parts, const char *text, size_t len);
/* A part with a reference to the text itself; empty texts give none. */
void chat_parts_add_text_ref(json_object *parts, json_object *text);

/* The texts of `content` joined with line breaks, for tool results; a new string. */
json_object *chat_parts_text(json_object *content);
/* Appends only the media of `content`. */
int chat_parts_add_media(struct chat_build *build, json_object *parts, json_object *content,
                         const char *where);

#endif
