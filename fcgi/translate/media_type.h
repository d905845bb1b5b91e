/* Media types: from file names, from OpenAI's format words, and tidied for Google. */
#ifndef TRANSLATE_MEDIA_TYPE_H
#define TRANSLATE_MEDIA_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#define MEDIA_TYPE_SIZE 128

enum media_kind { MEDIA_IMAGE, MEDIA_AUDIO, MEDIA_VIDEO, MEDIA_FILE };

/* By the extension of a file name or of an address' path; NULL where it tells nothing. */
const char *media_type_of_name(const char *name);
/* By the word in input_audio.format or input_video.format ("mp3"); NULL for an unknown one. */
const char *media_type_of_format(enum media_kind kind, const char *format);
/* By the first bytes of the data, given as base64; NULL where they tell nothing. */
const char *media_type_of_base64(const char *base64);
/* What is assumed of a kind where nothing tells the type. */
const char *media_type_default(enum media_kind kind);
/* Whether it holds nothing that a type cannot, parameters included: it may stand in JSON as it is. */
bool media_type_is_plain(const char *type, size_t len);
/* Lower case, without parameters (but audio/L16's), spelled as Google knows it: image/jpg becomes
 * image/jpeg, application/json text/plain. "" for what is no type: too long, or not of plain ASCII.
 * `type` ends with a NUL somewhere. */
void media_type_tidy(const char *type, size_t len, char buf[MEDIA_TYPE_SIZE]);

#endif
