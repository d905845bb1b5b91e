/* What the simulated upstream answers. All objects are new: put them. */
#ifndef DEMO_DEMO_ANSWER_H
#define DEMO_DEMO_ANSWER_H

#include <json-c/json.h>

/* A GenerateContentResponse: says what it is, repeats the last user text; calls the first declared
 * function once when there are any. */
json_object *demo_answer_create(json_object *request, const char *model);
/* The same as an array of the events of a stream. */
json_object *demo_answer_pieces(json_object *request, const char *model);
int64_t demo_count_tokens(json_object *request);
/* A ContentEmbedding of 8 numbers that follow from the text. */
json_object *demo_embedding(json_object *request);
json_object *demo_model_list(void);
json_object *demo_model_find(const char *id); /* NULL when there is none */
json_object *demo_error(int status, const char *message);

#endif
