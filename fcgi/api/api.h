/* The public routes. What they need of the program is `struct api`, filled by app.c; handlers find
 * it in http_call.api, and the call's settings snapshot in http_call.settings.
 *
 *   api_call     one call of a client on its way to an exchange: the exchange_client made of the
 *                http_response, the log row, the headers to pass on.
 *   model_cache  the list of models of upstream, all pages, for MODELS_CACHE_SECONDS.
 *   native       one call of Google's own API: its path read, its body spooled, the resources that it
 *                names looked up (pins), what the answer tells of remembered. */
#ifndef API_API_H
#define API_API_H

#include "auth/client_token.h"
#include "auth/token_limits.h"
#include "exchange/exchange.h"
#include "http/router.h"
#include "keyring/keyring.h"

struct model_cache;
struct signatures;

struct api {
    struct store *store;
    struct journal *journal;
    struct keyring *keyring;
    struct upstream *upstream;
    struct token_cache *tokens;
    struct token_limits *limits;
    struct model_cache *models;
    struct signatures *signatures;
    const char *version;
    int64_t limit_told_s; /* when a refusal by a token's limits was last logged; atomic */
};

/* Access check for ACCESS_CLIENT rows: fills call->principal and counts the request against the
 * token's limits. 0, or 401, 429 (with retry_after_s) or 503 with call->err. */
int api_check_access(struct http_call *call);
/* The call has ended with `status`: what api_check_access() counted as under way no longer is. A call of a client with
 * a valid token that was refused before upstream was asked gets its row in the log here; of those that a token's
 * own limits refuse, one a second. */
void api_leave(struct http_call *call, int status);
/* The dialect that a call is answered in. It is the route's, but where OpenAI's paths (models, files,
 * batches) and Google's version v1 meet: there who asks decides (x-goog-api-client, or x-goog-api-key
 * without an Authorization). */
enum route_dialect api_dialect(const struct http_call *call);
/* The error body in the dialect of the route (OpenAI, Gemini, plain JSON). Returns the status. */
int api_write_error(struct http_call *call, int status);

/* Handlers of routes.c. */
http_handler api_openai_chat;
http_handler api_openai_embeddings;
http_handler api_openai_images;
http_handler api_openai_image_edits;
http_handler api_openai_speech;
http_handler api_openai_transcriptions;
http_handler api_openai_translations;
http_handler api_openai_absent; /* 404; the row's arg says why */
http_handler api_openai_completions;
http_handler api_openai_models;
http_handler api_openai_model;
http_handler api_gemini_models;
http_handler api_gemini_model;
http_handler api_gemini_call; /* {model}:verb for generateContent, countTokens, embedContent, ... */
http_handler api_vertex_call; /* the same over Vertex AI Express, with its own keys */
http_handler api_native;      /* all else of Google's own API; arg: the version's name */
http_handler
    api_native_v1;       /* the same for clients of Google, else 404: OpenAI's files and batches */
http_handler api_upload; /* below /upload: checks access itself */
http_handler api_openai_layer; /* Google's own layer in OpenAI's dialect */
http_handler api_live;         /* WebSocket: 501 */
http_handler api_image;        /* an image of an answer, behind its signed address */
http_handler api_health;

/* GET models/{model} as upstream answers it; for names that no rule of ours has made. */
int api_gemini_model_pass(struct http_call *http);

#endif
