/* OpenAI's chat completions over Gemini: request, whole answer, streamed answer.
 *
 * Pure: what the outside world knows is handed in (settings by value, time, ids). */
#ifndef TRANSLATE_OPENAI_CHAT_H
#define TRANSLATE_OPENAI_CHAT_H

#include <json-c/json.h>

#include "base/arena.h"
#include "translate/prompt_size.h"
#include "translate/reply.h"

/* What a translation may know of the settings and of the outside world; all borrowed. */
struct translate_env {
    int64_t now_ms;
    /* Makes ids: writes at most size-1 random characters of [A-Za-z0-9]. */
    void (*make_id)(void *ctx, char *buf, size_t size);
    void *ctx;
    /* Thought signatures by tool call id; NULL where there is no store of them. get appends to out
     * and returns 1, or returns 0. */
    int (*signature_get)(void *ctx, const char *call_id, struct strbuf *out);
    void (*signature_put)(void *ctx, const char *call_id, const char *signature);
    bool show_thoughts;            /* SHOW_THINKING_PROCESS */
    bool code_execution;           /* TOOLS_CODE_EXECUTION_ENABLED */
    bool url_context;              /* URL_CONTEXT_ENABLED and the model is listed */
    bool show_search_links;        /* SHOW_SEARCH_LINK */
    const char *thinking_format;   /* THINKING_FORMAT: reasoning_content (also NULL), think_tags
                                    * or hidden */
    const char *image_format;      /* IMAGE_OUTPUT_FORMAT: markdown (also NULL), images or both */
    const char *safety_settings;   /* SAFETY_SETTINGS as they are sent, NULL none */
    json_object *thinking_budgets; /* THINKING_BUDGET_MAP */
    /* Whether upstream has a model of this bare id: 1 yes, 0 no, -1 not known. NULL: not known. */
    int (*model_exists)(void *ctx, const char *model);
    /* Puts an image of an answer somewhere and appends its address: 1, or 0 to have it inline. */
    int (*image_put)(void *ctx, const char *mime_type, const char *base64, size_t len,
                     struct strbuf *url);
    bool (*is_image_model)(void *ctx, const char *model); /* in IMAGE_MODELS; NULL: none is */
    /* In URL_CONTEXT_MODELS; NULL: url_context alone decides. */
    bool (*may_read_urls)(void *ctx, const char *model);
    const char *create_image_model; /* CREATE_IMAGE_MODEL, NULL none */
};

/* A chat request, translated. */
struct openai_chat_request {
    char model[256];        /* for answers: as the client named it, or what an alias led to */
    char gemini_model[256]; /* bare id to call, prefixes and suffixes removed */
    bool stream;
    bool include_usage;      /* stream_options.include_usage */
    bool legacy_functions;   /* `functions` instead of `tools`: answers speak so too */
    uint64_t affinity;       /* fingerprint of the conversation's beginning, or of prompt_cache_key
                              * (not secret-keyed) */
    struct prompt_size size; /* for an estimate of tokens */
    json_object *gemini;     /* GenerateContentRequest; put by openai_chat_request_free */
    json_object *tool_names; /* sent name -> client's name, where they differ; may be NULL */

    json_object *custom_tools; /* names (the client's) of tools of type "custom"; may be NULL */
    json_object *resources;    /* names of resources that bind the call to their key's project
                                * ("files/x", "cachedContents/y"): an array of texts; may be NULL */
    struct media_needs *media; /* linked media that could be fetched, see translate/media.h; NULL
                                * where there is none */
    json_object *echo;         /* the prompts, to stand before the answers; may be NULL */
    json_object *prompts;      /* a legacy completion's, where there are several: the first of the
                                * choices are the first one's, and so on. NULL otherwise */
    bool legacy_completion;    /* answers are text_completion objects (/v1/completions) */
    bool show_thoughts;        /* thoughts are given to the client, as env or the client wants it */
    int choices; /* n, times the prompts; 0 and 1: one. Where the translation holds no candidateCount,
                                * it gives one of them, and has to be sent as often as that:
                                * translate/openai_choices.h */
    bool single_call;      /* parallel_tool_calls is false: only the first call is given */
    bool search_links;     /* the model's name ends with -search */
    bool json_tool;        /* a call of JSON_ANSWER_TOOL is the answer's text */
    char service_tier[16]; /* as the client asked, "" not at all */
    char audio_format[16]; /* audio.format, a word of audio_encoder.h; "" none */
};

/* The function that stands in for response_format where a model refuses JSON beside functions. */
#define JSON_ANSWER_TOOL "json_answer"

/* Translates a parsed request body. `model` is the model after aliases (NULL: the body's). Returns
 * 0, or -1 with ERR_INVALID and err->param naming the field.
 *
 * The body is used up: texts and media are moved into the translation instead of being copied, so
 * that a body with large images is not held twice. Afterwards the caller may only put it. */
int openai_chat_request_parse(struct openai_chat_request *request, json_object *body,
                              const char *model, const struct translate_env *env, struct err *err);
void openai_chat_request_free(struct openai_chat_request *request);
/* Appends the GenerateContentRequest as JSON and frees request->gemini, each turn as soon as it is
 * written. Long texts go straight from the tree to `out`: nothing else of their size is made. */
void openai_chat_request_write(struct openai_chat_request *request, struct strbuf *out);

/* Turns Gemini's answers into chat.completion or chat.completion.chunk bytes. `request` and `env`
 * are borrowed and must outlive the filter. `id` ("chatcmpl-...") stays the same over attempts.
 *
 * A whole answer may be given as one event, for a stream that was asked for as a whole. end()
 * refuses (-1) an answer in which a choice has not finished: it would pass for a whole one. */
struct reply_filter *openai_chat_filter_create(const struct openai_chat_request *request,
                                               const struct translate_env *env, const char *id);

#endif
