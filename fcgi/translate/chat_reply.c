#include "translate/chat_reply.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/chat_server_parts.h"
#include "translate/json_list.h"

/* Beyond this a stream's text is not kept, and its citations lose their places. */
#define TEXT_KEPT_MAX (LIMIT_UNARY_ANSWER)

/* --- choices --------------------------------------------------------------------------------- */

struct chat_choice *chat_reply_choice(struct chat_reply *reply, int64_t index)
{
    if (index < 0 || index >= CHAT_CHOICES_MAX)
        return NULL;
    struct chat_choice *choice = reply->choices[index];
    if (choice)
        return choice;
    choice = xcalloc(1, sizeof(*choice));
    choice->index = reply->first_index + index;
    strbuf_init(&choice->text, TEXT_KEPT_MAX);
    strbuf_init(&choice->held, TEXT_KEPT_MAX);
    strbuf_init(&choice->samples, LIMIT_UNARY_ANSWER);
    choice->plain = true;
    strbuf_init(&choice->lead, LIMIT_UNARY_ANSWER);
    strbuf_init(&choice->thoughts, LIMIT_UNARY_ANSWER);
    reply->choices[index] = choice;
    if (reply->choice_count <= (size_t)index)
        reply->choice_count = (size_t)index + 1;
    return choice;
}

void chat_choice_free(struct chat_choice *choice)
{
    if (!choice)
        return;
    strbuf_free(&choice->text);
    strbuf_free(&choice->held);
    strbuf_free(&choice->samples);
    strbuf_free(&choice->lead);
    strbuf_free(&choice->thoughts);
    json_object_put(choice->grounding);
    json_object_put(choice->sources);
    json_object_put(choice->server_parts);
    json_object_put(choice->logprobs);
    json_object_put(choice->message);
    free(choice);
}

/* --- why an answer ended --------------------------------------------------------------------- */

enum finish_kind { FINISH_STOP, FINISH_LENGTH, FINISH_FILTER };

/* What stands in no row ended for a reason that OpenAI has no word for: stop. */
static const struct finish_row {
    const char *google;
    enum finish_kind kind;
} finish_rows[] = {
    {"STOP", FINISH_STOP},
    {"MAX_TOKENS", FINISH_LENGTH},
    {"CONTINUATION", FINISH_LENGTH},
    {"SAFETY", FINISH_FILTER},
    {"RECITATION", FINISH_FILTER},
    {"LANGUAGE", FINISH_FILTER},
    {"BLOCKLIST", FINISH_FILTER},
    {"PROHIBITED_CONTENT", FINISH_FILTER},
    {"SPII", FINISH_FILTER},
    {"IMAGE_SAFETY", FINISH_FILTER},
    {"IMAGE_PROHIBITED_CONTENT", FINISH_FILTER},
    {"IMAGE_RECITATION", FINISH_FILTER},
    {"PROMPT_BLOCKED", FINISH_FILTER}, /* our own word */
};

static enum finish_kind finish_kind(const char *google)
{
    for (size_t i = 0; i < ARRAY_LEN(finish_rows); i++)
        if (text_eq(finish_rows[i].google, google))
            return finish_rows[i].kind;
    return FINISH_STOP;
}

/* Calls were given: the client has to act, whatever Gemini calls it. */
const char *chat_finish_reason(const struct chat_reply *reply, const struct chat_choice *choice)
{
    static const char *const words[] = {
        [FINISH_STOP] = "stop", [FINISH_LENGTH] = "length", [FINISH_FILTER] = "content_filter"};
    if (choice->calls > 0)
        return reply->request->legacy_functions ? "function_call" : "tool_calls";
    return words[finish_kind(choice->finish)];
}

static void note_finish(struct chat_choice *choice, json_object *candidate)
{
    const char *reason = json_get_str(candidate, "finishReason", "");
    if (*reason && !text_eq(reason, "FINISH_REASON_UNSPECIFIED"))
        text_copy(choice->finish, sizeof(choice->finish), reason);
}

/* Of choices that one request gives. A blocked prompt has one answer only. */
static int check_count(const struct chat_reply *reply, size_t heard, struct err *err)
{
    size_t asked =
        reply->request->choices > 1 && !reply->is_part ? (size_t)reply->request->choices : 1;
    bool blocked =
        heard == 1 && reply->choices[0] && text_eq(reply->choices[0]->finish, "PROMPT_BLOCKED");
    if (heard >= asked || blocked)
        return 0;
    return err_set(err, ERR_IO, "the model gave %zu of %zu candidates", heard, asked);
}

int chat_reply_check_end(const struct chat_reply *reply, bool streamed, struct err *err)
{
    size_t ended = 0, heard = 0;
    for (size_t i = 0; i < reply->choice_count; i++) {
        heard += reply->choices[i] != NULL;
        ended += reply->choices[i] && *reply->choices[i]->finish;
    }
    bool alone = !streamed && !reply->in_events && ended == 0 && heard == 1;
    if (heard == 0 || (ended < heard && !alone))
        return err_set(err, ERR_IO, "the answer broke off before its end");
    return check_count(reply, heard, err);
}

/* --- candidates ------------------------------------------------------------------------------ */

static void note_grounding(struct chat_choice *choice, json_object *candidate)
{
    json_object *grounding = json_get_obj(candidate, "groundingMetadata");
    json_object *sources = json_path(candidate, "citationMetadata.citationSources");
    if (!sources)
        sources = json_path(candidate, "citationMetadata.citations");
    if (grounding && json_members(grounding) > 0) {
        json_object_put(choice->grounding);
        choice->grounding = json_object_get(grounding);
    }
    if (!json_object_is_type(sources, json_type_array))
        return;
    if (!choice->sources)
        choice->sources = json_object_new_array();
    for (size_t i = 0; i < json_list_len(sources); i++)
        json_object_array_add(choice->sources, json_object_get(json_list_at(sources, i)));
}

static void note_logprobs(struct chat_choice *choice, json_object *candidate)
{
    json_object *result = json_get_obj(candidate, "logprobsResult");
    if (!result)
        return;
    json_object *list = chat_logprob_list(result);
    if (!choice->logprobs) {
        choice->logprobs = list;
        return;
    }
    for (size_t i = 0; i < json_list_len(list); i++)
        json_object_array_add(choice->logprobs, json_object_get(json_list_at(list, i)));
    json_object_put(list);
}

static void take_candidate(struct chat_reply *reply, json_object *candidate, size_t position)
{
    json_object *parts = json_get_arr(json_get_obj(candidate, "content"), "parts");
    size_t count = json_list_len(parts);
    struct chat_choice *choice =
        chat_reply_choice(reply, json_get_int(candidate, "index", (int64_t)position));
    if (!choice)
        return;
    note_logprobs(choice, candidate);
    for (size_t i = 0; i < count; i++)
        chat_reply_part(reply, choice, json_list_at(parts, i));
    note_grounding(choice, candidate);
    note_finish(choice, candidate);
    if (finish_kind(choice->finish) == FINISH_FILTER && !choice->visible) {
        const char *message = json_get_str(candidate, "finishMessage", NULL);
        char text[300];
        snprintf(text, sizeof(text), "The answer was blocked: %s",
                 message ? message : choice->finish);
        choice->visible = true;
        reply->deliver(reply, choice, DELTA_REFUSAL,
                       json_object_new_string_len(text, (int)utf8_prefix(text, strlen(text))));
    }
}

/* A blocked prompt has no candidates; the client still gets a choice that says so. */
static void take_block(struct chat_reply *reply, json_object *feedback)
{
    const char *reason = json_get_str(feedback, "blockReason", "");
    const char *message = json_get_str(feedback, "blockReasonMessage", "");
    char text[300];
    if (!*reason || text_ends(reason, "_UNSPECIFIED") || reply->choice_count > 0)
        return;
    struct chat_choice *choice = chat_reply_choice(reply, 0);
    snprintf(text, sizeof(text), "The prompt was blocked: %s%s%s", reason, *message ? ". " : "",
             message);
    text_copy(choice->finish, sizeof(choice->finish), "PROMPT_BLOCKED");
    choice->visible = true;
    reply->deliver(reply, choice, DELTA_REFUSAL,
                   json_object_new_string_len(text, (int)utf8_prefix(text, strlen(text))));
}

static void take_usage(struct chat_reply *reply, json_object *usage)
{
    if (!usage)
        return;
    json_object_put(reply->usage_details);
    reply->usage_details = json_object_get(usage);
}

void chat_reply_take(struct chat_reply *reply, json_object *answer)
{
    json_object *candidates = json_get_arr(answer, "candidates");
    size_t count = json_list_len(candidates);
    take_usage(reply, json_get_obj(answer, "usageMetadata"));
    chat_served_note(reply, answer);
    for (size_t i = 0; i < count; i++)
        take_candidate(reply, json_list_at(candidates, i), i);
    take_block(reply, json_get_obj(answer, "promptFeedback"));
}

void chat_reply_close(struct chat_reply *reply, struct chat_choice *choice)
{
    chat_reply_settle(reply, choice);
    chat_reply_end_thought(reply, choice);
    json_object *annotations = chat_citations(choice);
    bool goes_on = text_eq(choice->finish, "CONTINUATION");
    if (reply->request->search_links && reply->env->show_search_links && !goes_on) {
        json_object *list = chat_source_list(choice);
        if (list)
            chat_reply_text(reply, choice, list);
    }
    if (annotations)
        reply->deliver(reply, choice, DELTA_ANNOTATIONS, annotations);
    chat_reply_close_audio(reply, choice);
    if (!goes_on)
        server_parts_keep_said(reply, choice);
}
