/* What goes up and what of the answer's head comes down. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "exchange/exchange_priv.h"

/* Never passed on, whoever asks for it: a second credential makes Google refuse the call, and the
 * rest belongs to the connection. */
static const char *const kept_back[] = {
    "authorization", "x-goog-api-key",      "x-api-key",        "api-key",    "cookie",
    "host",          "openai-organization", "openai-project",   "connection", "content-length",
    "expect",        "transfer-encoding",   "accept-encoding",  "te",         "upgrade",
    "keep-alive",    "proxy-authorization", "proxy-connection",
};

static bool is_kept_back(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(kept_back); i++)
        if (text_ieq(name, kept_back[i]))
            return true;
    return false;
}

/* Sets a header; one of that name is replaced. The last place is kept for the credential. */
static void set_header(struct outgoing *out, const char *name, const char *value)
{
    if (is_kept_back(name))
        return;
    for (size_t i = 0; i < out->count; i++) {
        if (text_ieq(out->headers[i].name, name)) {
            out->headers[i].value = value;
            return;
        }
    }
    if (out->count < OUTGOING_HEADERS_MAX - 1)
        out->headers[out->count++] = (struct upstream_header){name, value};
}

/* Numbers are written out here: json-c would cache the text inside the shared settings. */
static const char *text_of(struct arena *arena, json_object *value)
{
    if (json_is_str(value))
        return json_object_get_string(value);
    if (json_object_is_type(value, json_type_int))
        return arena_printf(arena, "%lld", (long long)json_object_get_int64(value));
    if (json_object_is_type(value, json_type_double))
        return arena_printf(arena, "%g", json_object_get_double(value));
    return NULL;
}

static void set_custom_headers(struct outgoing *out, struct exchange *x)
{
    json_object_object_foreach(x->env->settings->custom_headers, name, value)
    {
        const char *text = text_of(x->arena, value);
        if (text)
            set_header(out, name, text);
    }
}

static void set_credential(struct outgoing *out, enum credential_form form, const char *secret)
{
    bool bearer = form == CREDENTIAL_BEARER;
    snprintf(out->credential, sizeof(out->credential), "%s%s", bearer ? "Bearer " : "", secret);
    out->headers[out->count++] =
        (struct upstream_header){bearer ? "Authorization" : "x-goog-api-key", out->credential};
}

void outgoing_headers(struct outgoing *out, struct exchange *x, const struct key_grant *grant)
{
    const struct exchange_request *request = x->request;
    out->count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        set_header(out, request->headers[i].name, request->headers[i].value);
    if (request->content_type)
        set_header(out, "Content-Type", request->content_type);
    set_custom_headers(out, x);
    set_credential(out, request->credential, grant->secret);
}

void outgoing_wipe(struct outgoing *out)
{
    secret_wipe(out->credential, sizeof(out->credential));
}

/* --- deadlines ------------------------------------------------------------------------------- */

/* FIRST_TOKEN_TIMEOUT_MODELS may say it for the model; the longest pattern counts. 0: none. */
static int64_t first_token_ms(const struct settings *set, const char *model)
{
    double seconds = set->first_token_timeout;
    size_t best = 0;
    json_object_object_foreach(set->first_token_timeout_models, pattern, value)
    {
        if (strlen(pattern) >= best && text_match(pattern, model)) {
            best = strlen(pattern);
            seconds = json_object_get_double(value);
        }
    }
    return (int64_t)(seconds * SECOND_MS);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a > 0 && a < b ? a : b;
}

void outgoing_deadlines(struct upstream_request *call, const struct exchange *x)
{
    const struct settings *set = x->env->settings;
    int64_t left_ms = exchange_time_left(x);
    left_ms = left_ms > 0 ? left_ms : 1;
    call->connect_ms = sooner((int64_t)(set->connect_timeout * SECOND_MS), left_ms);
    if (!x->request->streamed && x->request->source) {
        call->first_byte_ms = left_ms; /* how long a large body takes is the client's affair */
        call->idle_ms = left_ms;
        return;
    }
    if (!x->request->streamed || x->request->fake_stream) {
        call->total_ms = left_ms;
        return;
    }
    call->first_byte_ms = sooner(first_token_ms(set, x->request->model), left_ms);
    call->idle_ms = (int64_t)(set->stream_idle_timeout * SECOND_MS);
}

/* --- the answer's head ----------------------------------------------------------------------- */

static const char *const passed_names[] = {
    "x-gemini-service-tier", "content-disposition", "content-range", "accept-ranges", "etag",
    "last-modified",         "retry-after",         "range",
};

static bool is_passed(const char *name, bool download)
{
    if (text_ieq(name, "x-goog-api-key"))
        return false;
    if (download && text_ieq(name, "content-length"))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(passed_names); i++)
        if (text_ieq(name, passed_names[i]))
            return true;
    /* An upload's URL leads past this server: whoever offers uploads has to put its own there. */
    bool leads_past = text_istarts(name, "x-goog-upload-") && text_ifind(name, "url");
    return (text_istarts(name, "x-gemini-") || text_istarts(name, "x-goog-")) && !leads_past;
}

void answer_front_fill(struct answer_front *front, struct exchange *x, int status,
                       const struct upstream_header *headers, size_t count)
{
    const char *type = upstream_header_find(headers, count, "content-type");
    bool download = x->request->streamed && x->request->framing == FRAMING_RAW;
    *front = (struct answer_front){.status = status};
    if (!x->request->pass_headers)
        type = x->request->streamed ? "text/event-stream" : "application/json";
    if (type && strlen(type) < sizeof(front->content_type))
        text_copy(front->content_type, sizeof(front->content_type), type);
    for (size_t i = 0; x->request->pass_headers && i < count; i++) {
        if (front->passed_count == PASSED_HEADERS_MAX || !is_passed(headers[i].name, download))
            continue;
        front->passed[front->passed_count++] = (struct upstream_header){
            arena_strdup(x->arena, headers[i].name), arena_strdup(x->arena, headers[i].value)};
    }
}
