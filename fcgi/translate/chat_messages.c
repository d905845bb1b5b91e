/* The turns of a conversation. Gemini wants them to begin and (on newer models) end with the user,
 * and each turn with calls to be followed at once by all its results. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "translate/chat_calls.h"
#include "translate/chat_parts.h"
#include "translate/chat_server_parts.h"
#include "translate/chat_signatures.h"
#include "translate/continuation.h"
#include "translate/json_list.h"
#include "translate/request_facts.h"

/* Said in the user's place where the conversation begins in the middle. */
#define TEXT_CUT_BEGINNING "(The beginning of this conversation is missing.)"
enum turn_kind { TURN_NONE, TURN_USER, TURN_MODEL, TURN_RESULTS };

struct turns {
    struct chat_build *build;
    json_object *contents;
    json_object *system; /* parts of the leading system messages */
    json_object *parts;  /* of the last turn, where messages of the same role are added */
    enum turn_kind last;
    json_object *responses; /* to the calls of the last model turn, not yet in contents; owned */
    json_object *beside;    /* media beside these responses; owned */
    bool answered;          /* a result for the last model turn has come */
    bool begun;             /* a message that is no system message was seen */
    struct call_book book;
};

/* --- building turns -------------------------------------------------------------------------- */

static void open_turn(struct turns *turns, const char *role, json_object *parts,
                      enum turn_kind kind)
{
    json_object *content = json_object_new_object();
    json_add_str(content, "role", role);
    json_add(content, "parts", parts);
    json_object_array_add(turns->contents, content);
    turns->parts = parts;
    turns->last = kind;
}

/* Puts the responses after the turn they answer, and their media after them. */
static void close_results(struct turns *turns)
{
    if (json_list_len(turns->responses) > 0) {
        open_turn(turns, "user", turns->responses, TURN_RESULTS);
        turns->responses = json_object_new_array();
    }
    if (json_list_len(turns->beside) > 0) {
        open_turn(turns, "user", turns->beside, TURN_USER);
        turns->beside = json_object_new_array();
    }
    turns->answered = false;
}

/* Adds parts to the user's turn. They do not go into a turn of results: Google answers some of
 * those mixtures with an error. Consumes `parts`. */
static void add_user(struct turns *turns, json_object *parts)
{
    size_t count = json_list_len(parts);
    if (count > 0)
        close_results(turns);
    if (count > 0 && turns->last != TURN_USER) {
        open_turn(turns, "user", parts, TURN_USER);
        return;
    }
    for (size_t i = 0; i < count; i++)
        json_object_array_add(turns->parts, json_object_get(json_list_at(parts, i)));
    json_object_put(parts);
}

static void add_user_text(struct turns *turns, const char *text)
{
    json_object *parts = json_object_new_array();
    chat_parts_add_text(parts, text, strlen(text));
    add_user(turns, parts);
}

/* --- roles ----------------------------------------------------------------------------------- */

typedef int role_rule(struct turns *turns, json_object *message, const char *where);

static int content_of(struct turns *turns, json_object *parts, json_object *message,
                      const char *where)
{
    json_object *content = json_member(message, "content");
    char place[64] = ""; /* a mere text has no fault that would need it */
    if (!json_is_str(content))
        snprintf(place, sizeof(place), "%s.content", where);
    return chat_parts_add(turns->build, parts, content, place);
}

static int user_rule(struct turns *turns, json_object *message, const char *where)
{
    json_object *parts = json_object_new_array();
    int rc = content_of(turns, parts, message, where);
    turns->begun = true;
    add_user(turns, parts);
    return rc;
}

/* Later system messages stay where they are, as the user's words: what they say is about there,
 * and the beginning that Google caches stays the same. */
static int system_rule(struct turns *turns, json_object *message, const char *where)
{
    if (turns->begun)
        return user_rule(turns, message, where);
    return content_of(turns, turns->system, message, where);
}

/* A signature for the text belongs to its last part. */
static void add_text_signature(struct turns *turns, json_object *message, json_object *parts,
                               size_t first)
{
    const char *signature = signature_carried(message);
    size_t count = json_list_len(parts);
    if (signature && count > first)
        json_add_str(json_list_at(parts, count - 1), "thoughtSignature", signature);
    else if (signature && chat_build_has(turns->build, FAMILY_SIGNATURES)) {
        json_object *part = json_object_new_object();
        json_add_str(part, "text", "");
        json_add_str(part, "thoughtSignature", signature);
        json_object_array_add(parts, part);
    }
}

static bool has_calls(json_object *message)
{
    json_object *calls = json_get_arr(message, "tool_calls");
    return (calls && json_list_len(calls) > 0) || json_get_obj(message, "function_call");
}

static int assistant_parts(struct turns *turns, json_object *message, json_object *parts,
                           const char *where)
{
    server_parts_restore(turns->build, parts, message);
    size_t first = json_list_len(parts);
    if (content_of(turns, parts, message, where) < 0)
        return -1;
    if (json_list_len(parts) == first)
        chat_parts_add_text_ref(parts, json_member(message, "refusal"));
    if (!has_calls(message) || json_list_len(parts) > first)
        add_text_signature(turns, message, parts, first);
    struct call_target target = {message, parts, turns->responses, where};
    return chat_calls_add(turns->build, &turns->book, &target);
}

/* Joins the last turn when that is the model's too, and no result stands between. */
static int assistant_rule(struct turns *turns, json_object *message, const char *where)
{
    turns->begun = true;
    if (turns->last == TURN_MODEL && turns->answered)
        close_results(turns);
    if (turns->last == TURN_MODEL)
        return assistant_parts(turns, message, turns->parts, where);
    json_object *parts = json_object_new_array();
    int rc = assistant_parts(turns, message, parts, where);
    if (json_list_len(parts) > 0)
        open_turn(turns, "model", parts, TURN_MODEL);
    else
        json_object_put(parts);
    return rc;
}

/* A result whose call was cut off the history is told as a text. */
static void add_orphan(struct turns *turns, json_object *message)
{
    JSON_AUTO json_object *text = chat_parts_text(json_member(message, "content"));
    const char *name = json_get_str(message, "name", NULL);
    FREE_AUTO char *told = xasprintf("Result of an earlier call%s%s: %s", name ? " of " : "",
                                     name ? name : "", json_object_get_string(text));
    add_user_text(turns, told);
}

static int tool_rule(struct turns *turns, json_object *message, const char *where)
{
    char place[64];
    struct call_slot *slot = call_book_find(&turns->book, turns->build, message);
    turns->begun = true;
    if (!slot) {
        add_orphan(turns, message);
        return 0;
    }
    snprintf(place, sizeof(place), "%s.content", where);
    turns->answered |= json_list_len(turns->responses) > 0;
    return chat_call_answer(turns->build, slot, message, turns->beside, place);
}

static const struct role {
    const char *name;
    role_rule *rule;
} roles[] = {
    {"user", user_rule},     {"assistant", assistant_rule}, {"model", assistant_rule},
    {"system", system_rule}, {"developer", system_rule},    {"tool", tool_rule},
    {"function", tool_rule},
};

static int add_message(struct turns *turns, json_object *message, const char *where)
{
    const char *role = json_get_str(message, "role", "");
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        if (text_eq(roles[i].name, role))
            return roles[i].rule(turns, message, where);
    FREE_AUTO char *param = xasprintf("%s.role", where);
    return err_set_param(turns->build->err, ERR_INVALID, param, "the role \"%s\" is not known",
                         role);
}

static int add_messages(struct turns *turns, json_object *messages)
{
    char where[32];
    size_t count = json_list_len(messages);
    for (size_t i = 0; i < count; i++) {
        json_object *message = json_list_at(messages, i);
        snprintf(where, sizeof(where), "messages[%zu]", i);
        if (!json_object_is_type(message, json_type_object))
            return err_set_param(turns->build->err, ERR_INVALID, where,
                                 "a message must be an object");
        if (add_message(turns, message, where) < 0)
            return -1;
        json_object_array_put_idx(messages, i, NULL);
    }
    close_results(turns);
    return 0;
}

/* --- the whole ------------------------------------------------------------------------------- */

static json_object *user_turn(const char *text)
{
    json_object *turn = json_object_new_object();
    json_object *parts = json_object_new_array();
    chat_parts_add_text(parts, text, strlen(text));
    json_add_str(turn, "role", "user");
    json_add(turn, "parts", parts);
    return turn;
}

static const char *role_at(json_object *contents, size_t index)
{
    return json_get_str(json_list_at(contents, index), "role", "");
}

/* A new list with `turn` before what `contents` holds. Consumes both. */
static json_object *put_first(json_object *turn, json_object *contents)
{
    json_object *list = json_object_new_array();
    json_object_array_add(list, turn);
    for (size_t i = 0; i < json_list_len(contents); i++)
        json_object_array_add(list, json_object_get(json_list_at(contents, i)));
    json_object_put(contents);
    return list;
}

/* System messages alone, or for a model that takes none, are the user's first words. */
static void move_system(struct turns *turns)
{
    bool alone = json_list_len(turns->contents) == 0;
    size_t count = json_list_len(turns->system);
    bool refused = chat_build_has(turns->build, FAMILY_NO_SYSTEM) || turns->build->switches.image;
    if (count == 0 || !(alone || refused))
        return;
    json_object *parts = turns->system;
    turns->system = json_object_new_array();
    if (!alone && text_eq(role_at(turns->contents, 0), "user")) {
        json_object *first = json_list_at(turns->contents, 0);
        json_object *own = json_get_arr(first, "parts");
        for (size_t i = 0; i < json_list_len(own); i++)
            json_object_array_add(parts, json_object_get(json_list_at(own, i)));
        json_add(first, "parts", parts);
        return;
    }
    json_object *turn = json_object_new_object();
    json_add_str(turn, "role", "user");
    json_add(turn, "parts", parts);
    turns->contents = put_first(turn, turns->contents);
}

static void mend_ends(struct turns *turns)
{
    /* An empty prompt is answered by OpenAI; Google wants a part, and takes a blank. */
    if (json_list_len(turns->contents) == 0)
        json_object_array_add(turns->contents, user_turn(" "));
    if (text_eq(role_at(turns->contents, 0), "model"))
        turns->contents = put_first(user_turn(TEXT_CUT_BEGINNING), turns->contents);
    size_t last = json_list_len(turns->contents) - 1;
    if (text_eq(role_at(turns->contents, last), "model") &&
        !chat_build_has(turns->build, FAMILY_MODEL_TURN_LAST))
        json_object_array_add(turns->contents, user_turn(CONTINUATION_DEMAND));
}

/* A client that names its conversations knows them best. */
static uint64_t conversation_affinity(const struct chat_build *build)
{
    const char *key = json_get_str(build->body, "prompt_cache_key", "");
    return *key ? hash_bytes(HASH_START, key, strlen(key)) : request_affinity(build->gemini);
}

static void put_into_request(struct turns *turns)
{
    json_object *gemini = turns->build->gemini;
    if (json_list_len(turns->system) > 0) {
        json_object *instruction = json_object_new_object();
        json_add_ref(instruction, "parts", turns->system);
        json_add(gemini, "systemInstruction", instruction);
    }
    json_add_ref(gemini, "contents", turns->contents);
    turns->build->request->affinity = conversation_affinity(turns->build);
    if (chat_build_has(turns->build, FAMILY_SIGNATURES))
        signatures_complete(turns->build, turns->contents);
}

int chat_messages_build(struct chat_build *build)
{
    json_object *messages = json_get_arr(build->body, "messages");
    if (!messages || json_list_len(messages) == 0)
        return err_set_param(build->err, ERR_INVALID, "messages",
                             "messages must be a list with at least one message");
    struct turns turns = {.build = build,
                          .contents = json_object_new_array(),
                          .system = json_object_new_array(),
                          .responses = json_object_new_array(),
                          .beside = json_object_new_array()};
    int rc = add_messages(&turns, messages);
    if (rc == 0) {
        move_system(&turns);
        mend_ends(&turns);
        put_into_request(&turns);
    }
    call_book_free(&turns.book);
    json_object_put(turns.contents);
    json_object_put(turns.system);
    json_object_put(turns.responses);
    json_object_put(turns.beside);
    return rc;
}
