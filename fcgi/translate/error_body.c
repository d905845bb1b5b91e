#include "translate/error_body.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/redact.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/json_list.h"

/* --- status words ---------------------------------------------------------------------------- */

/* The first row of a status is the word that is written for it. */
static const struct status_word {
    int status;
    const char *word;
} status_words[] = {
    {400, "INVALID_ARGUMENT"},
    {400, "FAILED_PRECONDITION"},
    {400, "OUT_OF_RANGE"},
    {401, "UNAUTHENTICATED"},
    {403, "PERMISSION_DENIED"},
    {404, "NOT_FOUND"},
    {409, "ABORTED"},
    {409, "ALREADY_EXISTS"},
    {429, "RESOURCE_EXHAUSTED"},
    {499, "CANCELLED"},
    {500, "INTERNAL"},
    {500, "UNKNOWN"},
    {500, "DATA_LOSS"},
    {501, "UNIMPLEMENTED"},
    {503, "UNAVAILABLE"},
    {504, "DEADLINE_EXCEEDED"},
};

const char *gemini_status_word(int http_status)
{
    for (size_t i = 0; i < ARRAY_LEN(status_words); i++)
        if (status_words[i].status == http_status)
            return status_words[i].word;
    return http_status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
}

int gemini_http_status(const char *status_word)
{
    for (size_t i = 0; i < ARRAY_LEN(status_words); i++)
        if (text_eq(status_words[i].word, status_word))
            return status_words[i].status;
    return 0;
}

/* --- OpenAI's words -------------------------------------------------------------------------- */

struct error_words {
    const char *type;
    const char *code; /* NULL: null */
};

static const struct status_row {
    int status;
    struct error_words words;
} status_rows[] = {
    {400, {"invalid_request_error", NULL}},
    {401, {"authentication_error", "invalid_api_key"}},
    {402, {"insufficient_quota", "insufficient_quota"}},
    {403, {"permission_error", NULL}},
    {404, {"invalid_request_error", "not_found"}},
    {405, {"invalid_request_error", "method_not_allowed"}},
    {408, {"timeout_error", "request_timeout"}},
    {409, {"conflict_error", NULL}},
    {413, {"invalid_request_error", "request_too_large"}},
    {422, {"invalid_request_error", NULL}},
    {429, {"rate_limit_error", "rate_limit_exceeded"}},
    {499, {"invalid_request_error", "request_cancelled"}},
    {501, {"server_error", "not_implemented"}},
    {503, {"server_error", "overloaded"}},
    {504, {"server_error", "timeout"}},
};

/* What Google's message says more exactly than its status. */
static const struct message_row {
    int status; /* 0: any */
    const char *part;
    struct error_words words;
} message_rows[] = {
    {400,
     "exceeds the maximum number of tokens",
     {"invalid_request_error", "context_length_exceeded"}},
    {0, "location is not supported", {"permission_error", "unsupported_country_region_territory"}},
    {0,
     "free tier is not available in your country",
     {"permission_error", "unsupported_country_region_territory"}},
    {404, "models/", {"invalid_request_error", "model_not_found"}},
    {404, "model", {"invalid_request_error", "model_not_found"}},
    {400, "Unknown name", {"invalid_request_error", "unknown_parameter"}},
    {400, "Cannot find field", {"invalid_request_error", "unknown_parameter"}},
    {400, "is not supported", {"invalid_request_error", "unsupported_value"}},
    {400, "is unsupported", {"invalid_request_error", "unsupported_value"}},
    {400, "is not enabled", {"invalid_request_error", "unsupported_parameter"}},
    {0, "credits are depleted", {"insufficient_quota", "insufficient_quota"}},
    {0, "monthly spending cap", {"insufficient_quota", "insufficient_quota"}},
};

static struct error_words words_of_status(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(status_rows); i++)
        if (status_rows[i].status == status)
            return status_rows[i].words;
    return status >= 500 ? (struct error_words){"server_error", NULL}
                         : (struct error_words){"invalid_request_error", NULL};
}

static struct error_words words_of_google(int status, const char *message)
{
    for (size_t i = 0; i < ARRAY_LEN(message_rows); i++)
        if ((message_rows[i].status == 0 || message_rows[i].status == status) &&
            text_ifind(message, message_rows[i].part))
            return message_rows[i].words;
    return words_of_status(status);
}

static struct error_words words_of_reason(int status, const struct err *why)
{
    struct error_words words = words_of_status(status);
    if (status == 404 && why && text_eq(why->param, "model"))
        words.code = "model_not_found";
    if (status == 400 && why && *why->param)
        words.code = "invalid_value";
    return words;
}

/* --- Google's body --------------------------------------------------------------------------- */

/* The "error" member of an error body, which may be wrapped in an array; NULL when it has none. */
static json_object *google_error_of(json_object *body)
{
    if (json_object_is_type(body, json_type_array))
        body = json_list_at(body, 0);
    return json_get_obj(body, "error");
}

/* The field that Google says is at fault (google.rpc.BadRequest). */
static const char *violated_field(json_object *error)
{
    json_object *details = json_get_arr(error, "details");
    size_t count = json_list_len(details);
    for (size_t i = 0; i < count; i++) {
        json_object *detail = json_list_at(details, i);
        const char *field = json_get_str(json_path(detail, "fieldViolations.0"), "field", NULL);
        if (!text_empty(field))
            return field;
    }
    return NULL;
}

static json_object *openai_error(const char *message, struct error_words words, const char *param)
{
    json_object *error = json_object_new_object();
    json_add_str(error, "message", message);
    json_add_str(error, "type", words.type);
    if (text_empty(param))
        json_add_null(error, "param");
    else
        json_add_str(error, "param", param);
    if (words.code)
        json_add_str(error, "code", words.code);
    else
        json_add_null(error, "code");
    return error;
}

static json_object *error_from_google(int status, json_object *google)
{
    const char *message = json_get_str(google, "message", "");
    if (text_empty(message))
        return NULL;
    /* Google names the key or its project in some messages. */
    FREE_AUTO char *shown = xstrdup(message);
    redact_text(shown);
    return openai_error(shown, words_of_google(status, message), violated_field(google));
}

static const char *reason_text(const struct err *why)
{
    return why && *why->text ? why->text : "the request failed";
}

static void write_wrapped(struct strbuf *out, json_object *error)
{
    JSON_AUTO json_object *body = json_object_new_object();
    json_add(body, "error", error);
    json_write(out, body);
}

void openai_error_body(struct strbuf *out, int status, const struct err *why,
                       const char *gemini_body, size_t gemini_len)
{
    JSON_AUTO json_object *google =
        gemini_body && gemini_len ? json_parse_text(gemini_body, gemini_len, NULL) : NULL;
    json_object *error = error_from_google(status, google_error_of(google));
    if (!error)
        error =
            openai_error(reason_text(why), words_of_reason(status, why), why ? why->param : NULL);
    write_wrapped(out, error);
}

void gemini_error_body(struct strbuf *out, int status, const struct err *why)
{
    json_object *error = json_object_new_object();
    json_add_int(error, "code", status);
    json_add_str(error, "message", reason_text(why));
    json_add_str(error, "status", gemini_status_word(status));
    write_wrapped(out, error);
}

/* The RPC words, in small letters; only the most frequent one has another name. */
static json_object *interactions_error(int status, const struct err *why)
{
    char code[32];
    text_copy(code, sizeof(code), gemini_status_word(status));
    for (char *at = code; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    json_object *error = json_object_new_object();
    json_add_str(error, "code", text_eq(code, "invalid_argument") ? "invalid_request" : code);
    json_add_str(error, "message", reason_text(why));
    return error;
}

void interactions_error_body(struct strbuf *out, int status, const struct err *why)
{
    write_wrapped(out, interactions_error(status, why));
}

void interactions_error_event(struct strbuf *out, int status, const struct err *why)
{
    JSON_AUTO json_object *event = json_object_new_object();
    json_add_str(event, "event_type", "error");
    json_add(event, "error", interactions_error(status, why));
    json_write(out, event);
}
