/* What Google's own tools left in an answer (toolCall and toolResponse parts, when they run beside
 * the client's functions). Google wants these parts back in the history, and OpenAI's shape has no
 * place for them: the store of signatures keeps them by the id of the first call that follows, or,
 * where none does, by what the answer says and the conversation that it stands in. */
#ifndef TRANSLATE_CHAT_SERVER_PARTS_H
#define TRANSLATE_CHAT_SERVER_PARTS_H

#include "translate/chat_build.h"
#include "translate/chat_reply.h"

/* True for such a part, which is then held for the next call of the choice. */
bool server_part_note(struct chat_choice *choice, json_object *part);
/* Keeps what is held under the id of a call. */
void server_parts_keep(struct chat_reply *reply, struct chat_choice *choice, const char *call_id);
/* Keeps what is held at the end of a choice, under its text. */
void server_parts_keep_said(struct chat_reply *reply, struct chat_choice *choice);
/* Appends what is kept for the first call of an assistant message. */
void server_parts_restore(struct chat_build *build, json_object *parts, json_object *message);
/* Puts what is kept for turns without calls before their texts, where this request mixes tools,
 * too. After the tools. */
void server_parts_complete(struct chat_build *build);

#endif
