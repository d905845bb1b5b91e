/* Media in a message: images, audio, video and files, by value or by link. */
#ifndef TRANSLATE_CHAT_MEDIA_IN_H
#define TRANSLATE_CHAT_MEDIA_IN_H

#include "translate/chat_build.h"
#include "translate/media_type.h"

/* One part of a message, being translated. */
struct part_work {
    struct chat_build *build;
    json_object *parts; /* Gemini's, to append to */
    json_object *part;  /* OpenAI's; data are taken out of it */
    const char *where;  /* names it for errors */
};

/* Sets build->err for a field of the part ("" the part itself). Returns -1. */
int part_fault(const struct part_work *work, const char *field, const char *text);
/* The type of data: as it was told; of one that tells nothing what the data show, or what is usual. */
const char *media_best_type(enum media_kind kind, const char *told, json_object *data);
/* A new part with inlineData; consumes `data`. */
json_object *inline_part(const char *type, json_object *data);

/* By the part's type. Each returns 0, or -1 with build->err. */
int image_url_part(struct part_work *work);
int image_part(struct part_work *work);
int audio_url_part(struct part_work *work);
int video_url_part(struct part_work *work);
int file_url_part(struct part_work *work);
int input_audio_part(struct part_work *work);
int input_video_part(struct part_work *work);
int file_part(struct part_work *work);
int document_part(struct part_work *work);

#endif
