/* What a dialect makes of Gemini's answers, and what the exchange learns from them on the way.
 *
 *   reply_facts    what one event, or a whole answer, says about itself: whether it holds anything
 *                  that counts, why it ended, usage. The gate and the verdict decide by it.
 *   reply_filter   turns Gemini's events into the client's bytes. Pure: one object per attempt,
 *                  time and ids are handed in, output goes to a buffer. Never used after a failure.
 *
 * The native dialect's filter passes bytes on as they are and only looks (translate/gemini_scan.h).
 *
 * The folder:
 *   openai_chat.h openai_completions.h openai_models.h native_request.h error_body.h   what others
 *                    use, with media.h, continuation.h and text_pace.h beside them
 *   chat_build.h     a chat request on its way to Gemini's shape, and who does which part of it
 *   chat_reply.h     an answer on its way to OpenAI's
 *   model_family.h   what each family of models takes: a new model is a row there
 *   thinking.h schema_clean.h tool_names.h builtin_tools.h model_name.h media_type.h data_url.h
 *                    one rule each, without knowledge of a dialect
 *   json_scan.h      reading JSON in place; json_list.h, json_out.h: small help around json-c */
#ifndef TRANSLATE_REPLY_H
#define TRANSLATE_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

struct token_usage {
    bool known;
    int64_t prompt;   /* promptTokenCount, cached ones included */
    int64_t tool_use; /* toolUsePromptTokenCount, not in prompt */
    int64_t cached;   /* cachedContentTokenCount */
    int64_t output;   /* candidatesTokenCount, thoughts excluded */
    int64_t thoughts; /* thoughtsTokenCount */
    int64_t total;    /* totalTokenCount */
};

struct reply_facts {
    bool meaningful;        /* text, a thought, a call, data or a code part: worth committing to */
    bool visible;           /* something other than thoughts */
    bool finished;          /* a finishReason was given */
    char finish_reason[40]; /* Gemini's word, "" none */
    char block_reason[40];  /* promptFeedback.blockReason, "" none */
    bool has_error;         /* an "error" member: an error event inside a 200 */
    int error_code;         /* its code, 0 unknown */
    bool malformed;         /* not JSON, or no answer at all */
    struct token_usage usage;
    char model_version[64]; /* modelVersion, "" none */
    bool continues;         /* a continuationToken was given: see gemini_scan_continuation() */
    bool refused;           /* set by filters that have no words for a refusal (speech, images): the
                             * client gets an error instead of the answer */
};

/* A count that an answer tells, as it is reckoned with: 0 where no answer could have so many, so that
 * neither a sum over requests nor what a key has left can be spoilt by one answer. */
int64_t token_count(int64_t told);
/* Adds what another request used; `known` when either is. */
void token_usage_add(struct token_usage *sum, const struct token_usage *more);

/* Merges what a later event said: flags are or'ed, texts and usage replaced when present. */
void reply_facts_merge(struct reply_facts *all, const struct reply_facts *event);

struct reply_filter;

struct reply_filter_ops {
    /* One event of a streamed answer. Appends the client's bytes to out (may be none), fills
     * facts_r (zeroed before). Returns 0, or -1 with err when it cannot be translated. `raw` is
     * the event with its framing, for dialects that pass bytes on. */
    int (*event)(struct reply_filter *filter, const char *data, size_t len, const char *raw,
                 size_t raw_len, struct strbuf *out, struct reply_facts *facts_r, struct err *err);
    /* The stream has ended well: what the dialect says last (finish reason, usage, [DONE]). */
    int (*end)(struct reply_filter *filter, struct strbuf *out, struct err *err);
    /* The stream has failed after bytes were sent: an error event in the dialect. `status` is
     * the HTTP status that would have been sent. */
    void (*fail)(struct reply_filter *filter, int status, const struct err *why,
                 struct strbuf *out);
    /* A whole answer (a unary call's body). */
    int (*whole)(struct reply_filter *filter, const char *body, size_t len, struct strbuf *out,
                 struct reply_facts *facts_r, struct err *err);
    void (*destroy)(struct reply_filter *filter);

    /* The following are NULL in dialects that cannot do it. */

    /* The text that the client has so far, where the rest of it could be asked for (see
     * translate/continuation.h): one choice of plain text that has not ended. NULL otherwise;
     * borrowed until the next event. */
    const struct strbuf *(*text_so_far)(struct reply_filter *filter);
    /* The events that follow are the answer to a request for the rest of this one. Usage is
     * summed. `truncated`: it was asked for by its text, so that words which the model repeats
     * are taken out; otherwise by a continuationToken. */
    void (*resume)(struct reply_filter *filter, bool truncated);
};

struct reply_filter {
    const struct reply_filter_ops *ops;
};

/* Passes Gemini's bytes on untouched and reads the facts with the scanner. */
struct reply_filter *gemini_reply_filter_create(void);

#endif
