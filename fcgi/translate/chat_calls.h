/* Calls of functions in the history, their thought signatures and their results.
 *
 *   call_slot    one call that a result may still come for; its functionResponse stands in the
 *                request already, with an empty answer that a result replaces.
 *   call_book    all slots of a request, found by call id. */
#ifndef TRANSLATE_CHAT_CALLS_H
#define TRANSLATE_CHAT_CALLS_H

#include "translate/chat_build.h"

struct call_slot {
    char *name;            /* as sent */
    json_object *response; /* the functionResponse; borrowed from the request */
    bool answered;
};

/* All zero: no calls. */
struct call_book {
    struct {
        struct call_slot *items;
        size_t len, cap;
    } slots;
    json_object *by_id; /* call id -> index of the latest slot with it; NULL until there is one */
    size_t last_turn;   /* index of the first slot of the latest turn with calls */
};

void call_book_free(struct call_book *book);

/* Where the calls of an assistant message go. */
struct call_target {
    json_object *message;
    json_object *parts;     /* of the model's turn */
    json_object *responses; /* parts of the turn that follows, one for each call, in order */
    const char *where;      /* names the message for errors */
};

/* Appends the calls and their responses. Returns 0, or -1 with build->err. */
int chat_calls_add(struct chat_build *build, struct call_book *book,
                   const struct call_target *target);

/* Finds the slot that a tool message answers: by its call id, or by its name among the latest
 * calls. NULL for an orphan. */
struct call_slot *call_book_find(struct call_book *book, struct chat_build *build,
                                 json_object *message);

/* Puts the message's content into the slot's response. Media that the model does not take inside
 * a response are appended to `beside`. Returns 0, or -1 with build->err. */
int chat_call_answer(struct chat_build *build, struct call_slot *slot, json_object *message,
                     json_object *beside, const char *where);

#endif
