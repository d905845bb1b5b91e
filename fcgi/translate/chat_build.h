/* A chat request on its way from OpenAI's shape to Gemini's: what its translators share.
 *
 *   chat_build     lives on the stack of openai_chat_request_parse(); everything in it is borrowed
 *                  but what its comment says otherwise.
 *
 * chat_request.c runs the translators one after the other:
 *   chat_messages.c  the turns, with chat_parts.c (content), chat_calls.c (calls and results)
 *   chat_tools.c     declarations, built-in tools, toolConfig
 *   generation_config.c, response_format.c, thinking.c   generationConfig */
#ifndef TRANSLATE_CHAT_BUILD_H
#define TRANSLATE_CHAT_BUILD_H

#include "base/err.h"
#include "translate/chat_extras.h"
#include "translate/model_family.h"
#include "translate/model_name.h"
#include "translate/openai_chat.h"
#include "translate/tool_names.h"

struct chat_build {
    struct openai_chat_request *request;
    const struct translate_env *env;
    const struct model_family *family;
    struct model_switches switches;
    json_object *body;
    struct chat_extras extras; /* of the body */
    json_object *gemini;       /* request->gemini */
    json_object *config;       /* generationConfig; owned until it is put into `gemini` */
    struct tool_names names;
    int schema_nodes; /* what schemas may still unfold to */
    bool json_wanted; /* response_format asks for JSON */
    struct err *err;
};

static inline bool chat_build_has(const struct chat_build *build, enum family_flags flag)
{
    return model_family_has(build->family, flag);
}

/* Before everything else: valid names of tools keep themselves, wherever they stand. */
void chat_tools_reserve_names(struct chat_build *build);

/* Each returns 0, or -1 with build->err naming the field. */
int chat_messages_build(struct chat_build *build);
/* After the messages: whether these hold media decides about some tools. */
int chat_tools_build(struct chat_build *build);
int generation_config_build(struct chat_build *build);
/* The schema that response_format asks for, NULL none. Borrowed from the body. */
json_object *response_format_schema(struct chat_build *build);
/* Sets build->json_wanted; before chat_tools_build(), which clears it where JSON and tools do not
 * go together. */
int response_format_read(struct chat_build *build);
/* After chat_tools_build(). */
void response_format_build(struct chat_build *build);

#endif
