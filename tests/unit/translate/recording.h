/* Google's recorded answers (../shared/recordings from the project's root), run through the chat
 * filter. Where they are not, the tests skip and say so. */
#ifndef RECORDING_H
#define RECORDING_H

#include "../unit.h"

#include "base/json.h"
#include "translate/openai_chat.h"

/* What Google's answer holds, read independently of the translation. */
struct recorded {
    struct strbuf text; /* of the parts that are no thoughts */
    struct strbuf thoughts;
    int calls;
    bool code; /* code parts, which the translation writes into the text */
    char finish[40];
    int64_t prompt, output, total;
    json_object *names; /* of the calls, in order */
};

/* What the client made of what it got. */
struct received {
    struct strbuf text;
    struct strbuf thoughts;
    json_object *names;
    char finish[32];
    bool refusal;
    int64_t prompt, completion, total;
};

/* Calls `run` for each file whose path holds `part` and ends with `ending`; returns their number.
 */
size_t recording_each(const char *part, const char *ending,
                      void (*run)(const char *path, const char *text, size_t len));

void recorded_init(struct recorded *recorded);
void recorded_free(struct recorded *recorded);
void recorded_add(struct recorded *recorded, json_object *answer);

void received_init(struct received *received);
void received_free(struct received *received);
/* Reads a stream of chunks / a completion; fails the test where it is not well-formed. */
void received_stream(struct received *received, const char *path, const struct strbuf *out);
void received_whole(struct received *received, const char *path, const struct strbuf *out);

/* Fails the test where the two do not agree. */
void recording_compare(const char *path, const struct recorded *recorded,
                       const struct received *received);

#endif
