/* An exchange between a scripted upstream and a client that writes everything down, with keys that
 * the test watches. The journal is replaced by lists. */
#ifndef EXCHANGE_FIXTURE_H
#define EXCHANGE_FIXTURE_H

#include "../unit.h"

#include <pthread.h>

#include "../upstream/fake_server.h"
#include "base/limits.h"
#include "exchange/exchange.h"

#define FX_KEYS 24

struct fx_key {
    int64_t id; /* from 1; its secret is "KEY<id>." */
    bool dead;
    int64_t rests_until_ms; /* wall */
    enum rest_reason reason;
    int lent, settled;
    struct key_effect effect; /* the last one; its texts are constants or in fx */
};

/* A pool of the simplest kind: round and round, with rests and deaths. */
struct fx_pool {
    pthread_mutex_t lock;
    struct fx_key keys[FX_KEYS];
    int count, next;
    const char *proxy;
    int acquired;
};

struct fx_client {
    int begun; /* how often: never more than once */
    int status;
    char type[64];
    struct strbuf headers; /* "name: value\n" */
    struct strbuf body;
    int writes, flushes;
    int write_fails_at; /* this write and later ones; 0 never */
    int leaves_after;   /* this write; 0 never */
    int pair[2];        /* [0] is watched; the test closes [1] */
};

struct journal {
    struct log_request request;
    int requests;
    struct log_attempt attempts[80];
    int attempt_count;
    char *error_body;
};

struct fx {
    struct fake_server *server;
    struct upstream *upstream;
    struct settings *settings;
    struct fx_pool pool;
    struct fx_client client;
    struct journal journal;
    struct key_source keys;
    struct exchange_env env;
    struct exchange_request request;
    struct exchange_outcome outcome;
    char words[LOG_TEXT_LONG]; /* of upstream, on the last attempt */
    struct log_request log;
    int filters; /* alive */
    char url[160];
    char proxy_told[128];
    int proxy_worked, proxy_failed;
};

enum fx_kind {
    FX_NATIVE_UNARY,
    FX_NATIVE_STREAM,
    FX_NATIVE_ARRAY,
    FX_TOY_UNARY, /* a translated dialect; see below */
    FX_TOY_STREAM
};

/* Starts a server with `handler` (its context is the fx) and `keys` keys, and fills the request.
 * Settings are given as "NAME=value" lines, NULL for none. */
void fx_open(struct fx *fx, enum fx_kind kind, fake_handler *handler, int keys,
             const char *settings);
void fx_run(struct fx *fx);
/* Opens, runs; close it afterwards. */
void fx_play(struct fx *fx, enum fx_kind kind, fake_handler *handler, int keys,
             const char *settings);
/* Closes, and checks that every key lent was settled once and every filter destroyed. */
void fx_close(struct fx *fx);

/* Number of the key that a request came with: 1 for KEY1. */
int fx_key_of(const struct fake_request *request);

const char *fx_body(const struct fx *fx);
bool fx_has_header(const struct fx *fx, const char *line);

/* Gemini's bodies. */
#define GEMINI_TEXT(text)                                                                  \
    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" text                          \
    "\"}],\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{" \
    "\"promptTokenCount\":7,\"candidatesTokenCount\":3,\"totalTokenCount\":10}}"
#define GEMINI_PART(text) \
    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" text "\"}],\"role\":\"model\"}}]}"
#define GEMINI_THOUGHT(text)                                      \
    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" text \
    "\",\"thought\":true}],\"role\":\"model\"}}]}"
#define GEMINI_FINISH(reason)                                                         \
    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}],\"role\":\"model\"}," \
    "\"finishReason\":\"" reason "\"}],\"usageMetadata\":{\"promptTokenCount\":7,"    \
    "\"candidatesTokenCount\":3}}"
#define GEMINI_ERROR(code, status, message) \
    "{\"error\":{\"code\":" #code ",\"message\":\"" message "\",\"status\":\"" status "\"}}"
#define SSE(json) "data: " json "\r\n\r\n"

/* The toy dialect, as its client sees it: for each event "(text)"; "." at the end; "!<status>" for
 * an error in the stream; a whole answer "[text]"; an error body "ERROR <status>
 * <reason>|<google's>". */

#endif
