/* Gemini's answers on their way to OpenAI's shape: what whole answers and streams share.
 *
 *   chat_reply    one answer; owned by its reply filter.
 *   chat_choice   what has been said so far in one choice (one candidate of Gemini's).
 *   chat_delta    one step of an answer: a piece of text, a call, an image ... chat_parts of an
 *                 event become deltas (chat_reply.c, chat_reply_parts.c), which a stream sends at
 *                 once (chat_stream.c) and a whole answer collects (chat_whole.c). */
#ifndef TRANSLATE_CHAT_REPLY_H
#define TRANSLATE_CHAT_REPLY_H

#include "base/strbuf.h"
#include "translate/openai_chat.h"
#include "translate/reply.h"

enum chat_delta_kind {
    DELTA_TEXT,     /* a text of the answer */
    DELTA_THOUGHT,  /* a text of reasoning_content */
    DELTA_LEAD,     /* a text of the answer that tags thoughts: citations do not count in it */
    DELTA_REFUSAL,  /* a text */
    DELTA_CALL,     /* a tool call, complete */
    DELTA_FUNCTION, /* a function_call of the time before tools */
    DELTA_IMAGE,    /* an entry of images */
    DELTA_AUDIO,    /* the audio object */
    DELTA_EXTRA,    /* extra_content of the message */
    DELTA_ANNOTATIONS
};

struct chat_choice {
    int64_t index;
    bool begun;      /* something was said: the role, in a stream */
    bool visible;    /* something other than thoughts was said */
    bool in_thought; /* between <think> and </think> */
    int calls;
    int64_t images;
    char audio_id[40];         /* the same in all pieces of one answer; "" none yet */
    struct strbuf samples;     /* whole answers: what was spoken so far ... */
    unsigned audio_rate;       /* ... and how many of them are a second */
    char last;                 /* the last byte of the text so far, 0 none */
    char finish[40];           /* Gemini's finishReason, "" none yet */
    int64_t lead_chars;        /* characters of the answer before its first text */
    struct strbuf text;        /* of the answer so far, without tagged thoughts */
    bool plain;                /* nothing but text and thoughts was said */
    bool joining;              /* the rest of a text begins: see text_join.h */
    struct strbuf held;        /* its beginning, while it is open where it joins */
    json_object *grounding;    /* the last groundingMetadata; owned */
    json_object *sources;      /* citationSources so far; owned, NULL none */
    json_object *server_parts; /* see chat_server_parts.h; owned, NULL none */
    int64_t logprob_chars;     /* legacy completions: where the next one's token stands */
    json_object *logprobs;     /* for the next chunk, or of the whole; owned, NULL none */

    /* whole answers only */
    struct strbuf lead;     /* tagged thoughts */
    struct strbuf thoughts; /* reasoning_content */
    json_object *message;   /* members that are no texts; owned, NULL none */
};

enum { CHAT_CHOICES_MAX = 128 };

struct chat_reply {
    struct reply_filter base;
    const struct openai_chat_request *request;
    const struct translate_env *env;
    char id[64];
    int64_t created;
    struct chat_choice *choices[CHAT_CHOICES_MAX]; /* by index; NULL not heard of */
    size_t choice_count;                           /* highest index + 1 */
    struct token_usage usage;                      /* of the request at hand */
    struct token_usage earlier;                    /* of the requests that it continues */
    json_object *usage_details;                    /* the last usageMetadata; owned */
    char fingerprint[16];                          /* of the model that answers, "" not known */
    json_object *chunk;                            /* the frame of each chunk; owned */
    int64_t first_index;                           /* of Gemini's first candidate, for the client */
    bool is_part;                                  /* of an answer: see openai_choices.h */
    bool in_events;                                /* a whole answer came as a list of events */
    const char *broken; /* why what Google sent cannot be given to the client; NULL: it can */
    struct strbuf *out; /* where a stream's chunks go, during a call */
    /* Takes one delta; consumes `value`. */
    void (*deliver)(struct chat_reply *reply, struct chat_choice *choice, enum chat_delta_kind kind,
                    json_object *value);
    /* Says, to `out`, what a stream says once, after all choices. */
    void (*say_last)(struct chat_reply *reply);
};

/* --- chat_reply.c ---------------------------------------------------------------------------- */

/* The choice of that index, made when it is new; NULL when the index is out of range. */
struct chat_choice *chat_reply_choice(struct chat_reply *reply, int64_t index);
void chat_choice_free(struct chat_choice *choice);
/* Takes in one event or whole answer: deltas go to reply->deliver. */
void chat_reply_take(struct chat_reply *reply, json_object *answer);
/* Says what can only be said at the end: closing tags, a refusal, sources, annotations. */
void chat_reply_close(struct chat_reply *reply, struct chat_choice *choice);
/* Refuses (-1) what would pass for a whole answer and is none: nothing was heard, a choice has not
 * ended, or there are fewer than the client wants. Only a whole object with one candidate may leave
 * out why it ended: it could not be read if it were cut. */
int chat_reply_check_end(const struct chat_reply *reply, bool streamed, struct err *err);
/* OpenAI's finish_reason of a choice. */
const char *chat_finish_reason(const struct chat_reply *reply, const struct chat_choice *choice);

/* --- chat_reply_parts.c ---------------------------------------------------------------------- */

/* Turns one part into deltas. */
void chat_reply_part(struct chat_reply *reply, struct chat_choice *choice, json_object *part);
/* Delivers a text of the answer; consumes `text`. */
void chat_reply_text(struct chat_reply *reply, struct chat_choice *choice, json_object *text);
/* Delivers what was held back of a text that goes on. */
void chat_reply_settle(struct chat_reply *reply, struct chat_choice *choice);
/* Ends tagged thoughts, where some are open. */
void chat_reply_end_thought(struct chat_reply *reply, struct chat_choice *choice);

/* --- chat_calls_out.c ------------------------------------------------------------------------ */

void chat_reply_call(struct chat_reply *reply, struct chat_choice *choice, json_object *part);

/* --- chat_media_out.c ------------------------------------------------------------------------ */

void chat_reply_media(struct chat_reply *reply, struct chat_choice *choice, json_object *data);

/* --- chat_audio_out.c ------------------------------------------------------------------------ */

void chat_reply_audio(struct chat_reply *reply, struct chat_choice *choice, const char *type,
                      json_object *data);
/* Delivers what was spoken in a whole answer, in the format that the client wants. */
void chat_reply_close_audio(struct chat_reply *reply, struct chat_choice *choice);

/* --- chat_citations.c ------------------------------------------------------------------------ */

/* A list of url_citation annotations, NULL where there is none. */
json_object *chat_citations(const struct chat_choice *choice);
/* The Markdown list of the pages that were found, NULL where there is none. */
json_object *chat_source_list(const struct chat_choice *choice);

/* --- chat_logprobs.c ------------------------------------------------------------------------- */

/* OpenAI's entries for a logprobsResult: a list. */
json_object *chat_logprob_list(json_object *result);

/* --- chat_served.c --------------------------------------------------------------------------- */

/* Notes what the answer says about how it was made. */
void chat_served_note(struct chat_reply *reply, json_object *answer);
/* Writes that into an answer, as members. */
void chat_served_put(const struct chat_reply *reply, struct strbuf *out);
/* Adds that to the frame of an answer's chunks. */
void chat_served_add(const struct chat_reply *reply, json_object *frame);

/* --- chat_usage.c ---------------------------------------------------------------------------- */

void chat_usage_write(struct strbuf *out, const struct token_usage *usage, json_object *details);
/* The same as a value. */
json_object *chat_usage(const struct token_usage *usage, json_object *details);
/* Of all requests that this answer took. */
struct token_usage chat_reply_usage(const struct chat_reply *reply);

/* --- chat_stream.c, chat_whole.c ------------------------------------------------------------- */

void chat_stream_deliver(struct chat_reply *reply, struct chat_choice *choice,
                         enum chat_delta_kind kind, json_object *value);
void chat_stream_say_last(struct chat_reply *reply);
int chat_stream_end(struct reply_filter *filter, struct strbuf *out, struct err *err);
void chat_stream_fail(struct reply_filter *filter, int status, const struct err *why,
                      struct strbuf *out);
/* A chunk with no delta that carries what is left of the log probabilities. */
void chat_stream_flush(struct chat_reply *reply, struct chat_choice *choice);

/* --- chat_filter.c: shared with the legacy completions --------------------------------------- */

/* Reads one event or whole answer and takes it in. Returns 0 (also for an error event, which
 * facts_r tells), or -1 when it is no JSON. */
int chat_filter_take(struct chat_reply *reply, const char *text, size_t len,
                     struct reply_facts *facts_r, struct err *err);
/* Refuses (-1) an answer that is none: see chat_reply_check_end(). */
int chat_filter_check_whole(const struct chat_reply *reply, struct reply_facts *facts_r,
                            struct err *err);
void chat_filter_destroy(struct reply_filter *filter);
const struct strbuf *chat_filter_text_so_far(struct reply_filter *filter);
void chat_filter_resume(struct reply_filter *filter, bool truncated);

void chat_whole_deliver(struct chat_reply *reply, struct chat_choice *choice,
                        enum chat_delta_kind kind, json_object *value);
void chat_whole_write(struct chat_reply *reply, struct strbuf *out);

#endif
