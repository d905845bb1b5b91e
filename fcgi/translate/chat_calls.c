#include "translate/chat_calls.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/vec.h"
#include "translate/chat_parts.h"
#include "translate/chat_signatures.h"
#include "translate/json_list.h"

void call_book_free(struct call_book *book)
{
    for (size_t i = 0; i < book->slots.len; i++)
        free(book->slots.items[i].name);
    VEC_FREE(&book->slots);
    json_object_put(book->by_id);
}

/* --- calls ----------------------------------------------------------------------------------- */

/* Arguments are an object: other JSON is wrapped, and what is no JSON is handed on as a text. */
static json_object *call_arguments(json_object *arguments)
{
    json_object *wrapped;
    if (json_object_is_type(arguments, json_type_object))
        return json_object_get(arguments);
    const char *text = json_is_str(arguments) ? json_object_get_string(arguments) : "";
    size_t len = json_is_str(arguments) ? (size_t)json_object_get_string_len(arguments) : 0;
    if (strspn(text, " \t\r\n") == len)
        return json_object_new_object();
    json_object *parsed = json_parse_text(text, len, NULL);
    if (json_object_is_type(parsed, json_type_object))
        return parsed;
    wrapped = json_object_new_object();
    if (parsed)
        json_add(wrapped, "value", parsed);
    else if (!text_eq(text, "null"))
        json_add_ref(wrapped, "_raw", arguments);
    return wrapped;
}

static json_object *response_part(const char *name, const char *id)
{
    json_object *part = json_object_new_object();
    json_object *response = json_object_new_object();
    json_object *output = json_object_new_object();
    json_add_str(response, "id", id);
    json_add_str(response, "name", name);
    json_add_str(output, "output", "");
    json_add(response, "response", output);
    json_add(part, "functionResponse", response);
    return part;
}

static void add_slot(struct call_book *book, const char *name, const char *id, json_object *part)
{
    struct call_slot slot = {.name = xstrdup(name),
                             .response = json_get_obj(part, "functionResponse")};
    if (*id && !book->by_id)
        book->by_id = json_object_new_object();
    if (*id)
        json_add_int(book->by_id, id, (int64_t)book->slots.len);
    VEC_PUSH(&book->slots, slot);
}

/* One call, from wherever its name and arguments stand. */
struct call_words {
    const char *id; /* "" none */
    const char *name;
    json_object *arguments;
    json_object *call; /* the object that may carry a signature */
};

static void add_call(struct chat_build *build, struct call_book *book,
                     const struct call_target *target, const struct call_words *words)
{
    const char *name = tool_names_send(&build->names, words->name);
    FREE_AUTO char *id = *words->id && chat_build_has(build, FAMILY_CALL_IDS)
                             ? xstrndup(words->id, call_id_len(words->id))
                             : NULL;
    json_object *part = json_object_new_object();
    json_object *call = json_object_new_object();
    json_add_str(call, "id", id);
    json_add_str(call, "name", name);
    json_add(call, "args", call_arguments(words->arguments));
    json_add(part, "functionCall", call);
    signature_add(build, part, target->message, words->call, words->id);
    json_object_array_add(target->parts, part);
    json_object *answer = response_part(name, id);
    json_object_array_add(target->responses, answer);
    add_slot(book, name, words->id, answer);
}

/* A tool of type "custom" takes one text; it is declared as a function with one argument. */
static json_object *custom_arguments(json_object *custom)
{
    json_object *arguments = json_object_new_object();
    json_add_str(arguments, "input", json_get_str(custom, "input", ""));
    return arguments;
}

static int add_tool_call(struct chat_build *build, struct call_book *book,
                         const struct call_target *target, size_t index)
{
    char param[64];
    json_object *call = json_list_at(json_get_arr(target->message, "tool_calls"), index);
    json_object *custom = json_get_obj(call, "custom");
    json_object *function = custom ? custom : json_get_obj(call, "function");
    JSON_AUTO json_object *arguments = custom ? custom_arguments(custom) : NULL;
    struct call_words words = {
        .id = json_get_str(call, "id", ""),
        .name = json_get_str(function, "name", NULL),
        .arguments = custom ? arguments : json_member(function, "arguments"),
        .call = call,
    };
    snprintf(param, sizeof(param), "%s.tool_calls[%zu].function.name", target->where, index);
    if (text_empty(words.name))
        return err_set_param(build->err, ERR_INVALID, param, "a tool call needs a function's name");
    add_call(build, book, target, &words);
    return 0;
}

/* function_call, as it was before there were tools. */
static int add_legacy_call(struct chat_build *build, struct call_book *book,
                           const struct call_target *target)
{
    json_object *call = json_get_obj(target->message, "function_call");
    struct call_words words = {
        .id = "",
        .name = json_get_str(call, "name", NULL),
        .arguments = json_member(call, "arguments"),
        .call = call,
    };
    if (text_empty(words.name))
        return err_set_param(build->err, ERR_INVALID, target->where,
                             "a function_call needs a name");
    add_call(build, book, target, &words);
    return 0;
}

int chat_calls_add(struct chat_build *build, struct call_book *book,
                   const struct call_target *target)
{
    json_object *calls = json_get_arr(target->message, "tool_calls");
    size_t count = json_list_len(calls);
    if (json_list_len(target->responses) == 0)
        book->last_turn = book->slots.len;
    for (size_t i = 0; i < count; i++)
        if (add_tool_call(build, book, target, i) < 0)
            return -1;
    if (count == 0 && json_get_obj(target->message, "function_call"))
        return add_legacy_call(build, book, target);
    return 0;
}

/* --- results --------------------------------------------------------------------------------- */

static struct call_slot *find_by_name(struct call_book *book, const char *name)
{
    struct call_slot *any = NULL;
    for (size_t i = book->last_turn; i < book->slots.len; i++) {
        struct call_slot *slot = &book->slots.items[i];
        if (name && !text_eq(slot->name, name))
            continue;
        if (!slot->answered)
            return slot;
        any = slot;
    }
    return name ? any : NULL;
}

struct call_slot *call_book_find(struct call_book *book, struct chat_build *build,
                                 json_object *message)
{
    const char *id = json_get_str(message, "tool_call_id", "");
    const char *name = json_get_str(message, "name", NULL);
    json_object *index = *id ? json_member(book->by_id, id) : NULL;
    if (index)
        return &book->slots.items[json_object_get_int64(index)];
    if (*id)
        return NULL;
    return find_by_name(book, name ? tool_names_send(&build->names, name) : NULL);
}

static bool mentions_reference(json_object *value);

static bool member_is_reference(json_object *object)
{
    json_object_object_foreach(object, name, member)
    {
        if (text_eq(name, "$ref") || mentions_reference(member))
            return true;
    }
    return false;
}

/* "$ref" inside a response is Google's own word for a part of it. */
static bool mentions_reference(json_object *value)
{
    if (json_object_is_type(value, json_type_object))
        return member_is_reference(value);
    if (!json_object_is_type(value, json_type_array))
        return false;
    for (size_t i = 0; i < json_list_len(value); i++)
        if (mentions_reference(json_list_at(value, i)))
            return true;
    return false;
}

/* Some clients forget to write their result as a text. */
static json_object *result_text(json_object *content)
{
    size_t len;
    if (!content || json_is_str(content) || json_object_is_type(content, json_type_array))
        return chat_parts_text(content);
    const char *text = json_object_to_json_string_length(
        content, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    return json_object_new_string_len(text, (int)len);
}

/* An object is the response itself; a list and any other text become its "output". */
static json_object *result_of(json_object *text)
{
    const char *start = json_object_get_string(text);
    size_t len = (size_t)json_object_get_string_len(text);
    char first = start[strspn(start, " \t\r\n")];
    JSON_AUTO json_object *parsed =
        first == '{' || first == '[' ? json_parse_text(start, len, NULL) : NULL;
    if (parsed && mentions_reference(parsed)) {
        json_object_put(parsed);
        parsed = NULL;
    }
    if (json_object_is_type(parsed, json_type_object))
        return json_object_get(parsed);
    json_object *result = json_object_new_object();
    json_add_ref(result, "output", parsed ? parsed : text);
    return result;
}

static void put_beside(struct call_slot *slot, json_object *media, json_object *beside)
{
    char text[160];
    if (json_list_len(media) == 0)
        return;
    snprintf(text, sizeof(text), "Media that the function %s returned:", slot->name);
    chat_parts_add_text(beside, text, strlen(text));
    for (size_t i = 0; i < json_list_len(media); i++)
        json_object_array_add(beside, json_object_get(json_list_at(media, i)));
}

/* A part of a response knows no resolution. */
static void put_inside(struct call_slot *slot, json_object *media)
{
    for (size_t i = 0; i < json_list_len(media); i++)
        json_object_object_del(json_list_at(media, i), "mediaResolution");
    if (json_list_len(media) > 0)
        json_add_ref(slot->response, "parts", media);
}

int chat_call_answer(struct chat_build *build, struct call_slot *slot, json_object *message,
                     json_object *beside, const char *where)
{
    json_object *content = json_member(message, "content");
    JSON_AUTO json_object *text = result_text(content);
    JSON_AUTO json_object *media = json_object_new_array();
    json_object *result = result_of(text);
    json_add(slot->response, "response", result);
    slot->answered = true;
    if (chat_parts_add_media(build, media, content, where) < 0)
        return -1;
    if (!chat_build_has(build, FAMILY_MEDIA_RESULTS))
        put_beside(slot, media, beside);
    else
        put_inside(slot, media);
    return 0;
}
