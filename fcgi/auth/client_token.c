#include "auth/client_token.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "base/vec.h"

struct token_row {
    char hash[SHA256_HEX];
    char name[64];
    int64_t id;
    int64_t expires_ms; /* 0: never */
    int64_t requests_per_minute, requests_per_day, tokens_per_day;
    json_object *models; /* patterns; NULL: all */
};

VEC(token_rows, struct token_row);

/* Sorted by hash. Looking one up by bisection tells nothing by its time: the hash is an HMAC under
 * a secret key, so nobody outside can steer where it lands. */
struct token_set {
    struct token_rows rows;
    const struct vault *vault;
    char admin_hash[SHA256_HEX]; /* "" when the admin token is no client token */
};

/* --- where a token stands in a request -------------------------------------------------------- */

static const char *bearer(const char *value)
{
    static const char scheme[] = "Bearer ";
    if (!value || !text_istarts(value, scheme))
        return NULL;
    value += sizeof(scheme) - 1;
    return value + strspn(value, " ");
}

const char *client_token_of_request(struct http_request *req)
{
    static const char *const headers[] = {"X-Goog-Api-Key", "X-Api-Key", "Api-Key"};
    const char *token = bearer(http_request_header(req, "Authorization"));
    for (size_t i = 0; text_empty(token) && i < ARRAY_LEN(headers); i++)
        token = http_request_header(req, headers[i]);
    if (text_empty(token))
        token = http_request_query(req, "key");
    return text_empty(token) ? NULL : token;
}

/* --- the set ---------------------------------------------------------------------------------- */

static int by_hash(const void *a, const void *b)
{
    const struct token_row *left = a;
    const struct token_row *right = b;
    return strcmp(left->hash, right->hash);
}

/* A list that cannot be read allows nothing: better than everything. */
static json_object *read_models(const char *text)
{
    if (text_empty(text))
        return NULL;
    json_object *models = json_parse_text(text, strlen(text), NULL);
    if (models && json_object_is_type(models, json_type_array))
        return models;
    json_object_put(models);
    return json_object_new_array();
}

static int add_row(void *ctx, const struct store_token *token)
{
    struct token_set *set = ctx;
    struct token_row row = {.id = token->id,
                            .expires_ms = token->expires_ms,
                            .requests_per_minute = token->requests_per_minute,
                            .requests_per_day = token->requests_per_day,
                            .tokens_per_day = token->tokens_per_day};
    if (token->paused)
        return 0;
    row.models = read_models(token->models);
    text_copy(row.hash, sizeof(row.hash), token->hash);
    text_copy(row.name, sizeof(row.name), token->name ? token->name : "");
    VEC_PUSH(&set->rows, row);
    return 0;
}

struct token_set *token_set_load(struct store *store, const char *admin_token, struct err *err)
{
    struct token_set *set = xcalloc(1, sizeof(*set));
    set->vault = store_vault(store);
    if (store_tokens_each(store, false, add_row, set, err) < 0) {
        token_set_destroy(&set);
        return NULL;
    }
    if (set->rows.len)
        qsort(set->rows.items, set->rows.len, sizeof(set->rows.items[0]), by_hash);
    if (!text_empty(admin_token))
        vault_lookup_hash(set->vault, admin_token, strlen(admin_token), set->admin_hash);
    return set;
}

void token_set_destroy(struct token_set **set)
{
    if (!*set)
        return;
    for (size_t i = 0; i < (*set)->rows.len; i++)
        json_object_put((*set)->rows.items[i].models);
    VEC_FREE(&(*set)->rows);
    free(*set);
    *set = NULL;
}

size_t token_set_count(const struct token_set *set)
{
    return set->rows.len;
}

static const struct token_row *find_row(const struct token_set *set, const char *hash)
{
    struct token_row wanted = {.id = 0};
    if (!set->rows.len)
        return NULL;
    memcpy(wanted.hash, hash, sizeof(wanted.hash));
    const struct token_row *row =
        bsearch(&wanted, set->rows.items, set->rows.len, sizeof(wanted), by_hash);
    return row && hash_equal(row->hash, hash) ? row : NULL;
}

int token_set_check(const struct token_set *set, const char *token, int64_t now_ms,
                    struct principal *principal_r)
{
    char hash[SHA256_HEX];
    *principal_r = (struct principal){0};
    if (text_empty(token) || strlen(token) > LIMIT_SECRET)
        return 0;
    vault_lookup_hash(set->vault, token, strlen(token), hash);
    if (hash_equal(hash, set->admin_hash)) {
        principal_r->admin = true;
        text_copy(principal_r->name, sizeof(principal_r->name), "admin");
        return 1;
    }
    const struct token_row *row = find_row(set, hash);
    if (!row || (row->expires_ms && row->expires_ms <= now_ms))
        return 0;
    principal_r->token_id = row->id;
    principal_r->requests_per_minute = row->requests_per_minute;
    principal_r->requests_per_day = row->requests_per_day;
    principal_r->tokens_per_day = row->tokens_per_day;
    text_copy(principal_r->name, sizeof(principal_r->name), row->name);
    return 1;
}

static bool row_allows(const struct token_row *row, const char *model)
{
    size_t count = row->models ? json_object_array_length(row->models) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *pattern = json_object_array_get_idx(row->models, i);
        if (json_is_str(pattern) && text_match(json_object_get_string(pattern), model))
            return true;
    }
    return !row->models;
}

int token_set_allows(const struct token_set *set, int64_t token_id, const char *model)
{
    for (size_t i = 0; i < set->rows.len; i++)
        if (set->rows.items[i].id == token_id)
            return row_allows(&set->rows.items[i], model);
    return token_id == 0;
}
