#include "api/native_path.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "http/request.h"

#define PATH_PARTS_MAX 12
#define ID_MAX 512

/* --- the tables ------------------------------------------------------------------------------ */

#define LONG_MS (60 * DAY_MS)
#define EVER_MS (3650 * DAY_MS)

static const struct native_collection collections[] = {
    {"files", "file", "files", 2 * DAY_MS + HOUR_MS, true},
    {"cachedContents", "cache", "cachedContents", LONG_MS, true},
    {"batches", "batch", "operations", LONG_MS, true},
    {"operations", "operation", "operations", LONG_MS, true},
    {"fileSearchStores", "store", "fileSearchStores", EVER_MS, true},
    {"interactions", "interaction", "interactions", LONG_MS, true},
    {"environments", "environment", "environments", EVER_MS, true},
    {"credentials", "credential", "credentials", EVER_MS, true},
    {"triggers", "trigger", "triggers", EVER_MS, true},
    {"webhooks", "webhook", "webhooks", EVER_MS, true},
    {"agents", "agent", "agents", EVER_MS, false},
    {"voices", "voice", "voices", EVER_MS, false},
    {"tunedModels", "tuned_model", "tunedModels", EVER_MS, false},
    {"auth_tokens", "auth_token", "authTokens", LONG_MS, false},
};

/* models/M/operations/X: the only resources with more than two parts in their name. */
static const struct native_collection model_operations = {"models", "operation", "operations",
                                                          LONG_MS, true};

#define EDIT (HTTP_GET | HTTP_PATCH)
#define SUB (HTTP_GET | HTTP_POST | HTTP_PATCH | HTTP_DELETE)

/* The first row that fits decides. */
static const struct native_method methods[] = {
    {HTTP_GET, "files", NATIVE_LIST},
    {HTTP_POST, "files", NATIVE_PASS},
    {HTTP_POST, "files:register", NATIVE_PASS},
    {HTTP_GET, "files/*", NATIVE_PASS},
    {HTTP_DELETE, "files/*", NATIVE_DELETE},
    {HTTP_GET, "files/*:download", NATIVE_DOWNLOAD},

    {HTTP_GET, "cachedContents", NATIVE_LIST},
    {HTTP_POST, "cachedContents", NATIVE_PASS},
    {EDIT, "cachedContents/*", NATIVE_PASS},
    {HTTP_DELETE, "cachedContents/*", NATIVE_DELETE},

    {HTTP_GET, "models/*/operations", NATIVE_LIST},
    {HTTP_GET, "models/*/operations/*", NATIVE_PASS},
    {HTTP_DELETE, "models/*/operations/*", NATIVE_DELETE},
    {HTTP_POST, "models/*/operations/*:cancel", NATIVE_PASS},
    {HTTP_GET, "models", NATIVE_PASS},
    {HTTP_GET, "models/*", NATIVE_PASS},
    {HTTP_POST, "models/*:generateContent", NATIVE_MODEL},
    {HTTP_POST, "models/*:streamGenerateContent", NATIVE_STREAM},
    {HTTP_POST, "models/*:countTokens", NATIVE_MODEL},
    {HTTP_POST, "models/*:embedContent", NATIVE_MODEL},
    {HTTP_POST, "models/*:batchEmbedContents", NATIVE_MODEL},
    {HTTP_POST, "models/*:batchGenerateContent", NATIVE_MODEL},
    {HTTP_POST, "models/*:asyncBatchEmbedContent", NATIVE_MODEL},
    {HTTP_POST, "models/*:predict", NATIVE_MODEL},
    {HTTP_POST, "models/*:predictLongRunning", NATIVE_MODEL},

    {HTTP_GET, "batches", NATIVE_LIST},
    {EDIT, "batches/*", NATIVE_PASS},
    {HTTP_DELETE, "batches/*", NATIVE_DELETE},
    {HTTP_POST | HTTP_PATCH, "batches/*:*", NATIVE_PASS},
    {HTTP_GET, "batches/*/operations", NATIVE_PASS},
    {HTTP_GET, "batches/*/operations/*", NATIVE_PASS},

    {HTTP_GET, "operations", NATIVE_LIST},
    {HTTP_GET, "operations/*", NATIVE_PASS},
    {HTTP_DELETE, "operations/*", NATIVE_DELETE},
    {HTTP_POST, "operations/*:cancel", NATIVE_PASS},

    {HTTP_GET, "fileSearchStores", NATIVE_LIST},
    {HTTP_POST, "fileSearchStores", NATIVE_PASS},
    {EDIT, "fileSearchStores/*", NATIVE_PASS},
    {HTTP_DELETE, "fileSearchStores/*", NATIVE_DELETE},
    {HTTP_POST, "fileSearchStores/*:*", NATIVE_PASS},
    {HTTP_GET, "fileSearchStores/*/documents", NATIVE_PASS},
    {HTTP_GET | HTTP_DELETE, "fileSearchStores/*/documents/*", NATIVE_PASS},
    {HTTP_POST, "fileSearchStores/*/documents:*", NATIVE_PASS},
    {HTTP_GET, "fileSearchStores/*/media/*", NATIVE_DOWNLOAD},
    {HTTP_GET, "fileSearchStores/*/operations/*", NATIVE_PASS},
    {HTTP_GET, "fileSearchStores/*/upload/operations/*", NATIVE_PASS},

    {HTTP_GET, "tunedModels", NATIVE_LIST},
    {HTTP_POST, "tunedModels", NATIVE_PASS},
    {EDIT, "tunedModels/*", NATIVE_PASS},
    {HTTP_DELETE, "tunedModels/*", NATIVE_DELETE},
    {HTTP_POST, "tunedModels/*:streamGenerateContent", NATIVE_STREAM},
    {HTTP_POST, "tunedModels/*:*", NATIVE_MODEL},
    {SUB, "tunedModels/*/permissions", NATIVE_PASS},
    {SUB, "tunedModels/*/permissions/*", NATIVE_PASS},
    {HTTP_GET, "tunedModels/*/operations", NATIVE_PASS},
    {HTTP_GET, "tunedModels/*/operations/*", NATIVE_PASS},

    {HTTP_POST, "interactions", NATIVE_INTERACT},
    {HTTP_GET, "interactions/*", NATIVE_INTERACT},
    {HTTP_DELETE, "interactions/*", NATIVE_DELETE},
    {HTTP_POST, "interactions/*/cancel", NATIVE_PASS},

    {HTTP_GET, "agents", NATIVE_LIST},
    {HTTP_POST, "agents", NATIVE_PASS},
    {EDIT, "agents/*", NATIVE_PASS},
    {HTTP_DELETE, "agents/*", NATIVE_DELETE},
    {HTTP_GET, "environments", NATIVE_LIST},
    {HTTP_POST, "environments", NATIVE_PASS},
    {EDIT, "environments/*", NATIVE_PASS},
    {HTTP_DELETE, "environments/*", NATIVE_DELETE},
    {HTTP_POST, "environments/*:*", NATIVE_PASS},
    {HTTP_GET, "environments/*/files/**", NATIVE_DOWNLOAD},
    {HTTP_DELETE, "environments/*/files/**", NATIVE_PASS},
    {HTTP_GET, "environments/*/files", NATIVE_PASS},
    {HTTP_GET, "credentials", NATIVE_LIST},
    {HTTP_POST, "credentials", NATIVE_PASS},
    {EDIT, "credentials/*", NATIVE_PASS},
    {HTTP_DELETE, "credentials/*", NATIVE_DELETE},
    {HTTP_GET, "triggers", NATIVE_LIST},
    {HTTP_POST, "triggers", NATIVE_PASS},
    {EDIT, "triggers/*", NATIVE_PASS},
    {HTTP_DELETE, "triggers/*", NATIVE_DELETE},
    {HTTP_POST, "triggers/*:*", NATIVE_PASS},
    {HTTP_GET | HTTP_POST, "triggers/*/executions", NATIVE_PASS},
    {HTTP_GET, "triggers/*/executions/*", NATIVE_PASS},
    {HTTP_GET, "webhooks", NATIVE_LIST},
    {HTTP_POST, "webhooks", NATIVE_PASS},
    {EDIT, "webhooks/*", NATIVE_PASS},
    {HTTP_DELETE, "webhooks/*", NATIVE_DELETE},
    {HTTP_POST, "webhooks/*:*", NATIVE_PASS},
    {HTTP_GET, "voices", NATIVE_LIST},
    {HTTP_POST, "voices", NATIVE_PASS},
    {EDIT, "voices/*", NATIVE_PASS},
    {HTTP_DELETE, "voices/*", NATIVE_DELETE},
    {HTTP_POST, "decisions", NATIVE_MODEL},
    {HTTP_POST, "auth_tokens", NATIVE_PASS},
};

/* --- a path in parts ------------------------------------------------------------------------- */

struct parts {
    const char *start[PATH_PARTS_MAX];
    size_t len[PATH_PARTS_MAX];
    size_t count;
};

bool native_id_valid(const char *text, size_t len)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._~-@+=,!$'()*:";
    bool dots = (len == 1 && text[0] == '.') || (len == 2 && text[0] == '.' && text[1] == '.');
    if (len == 0 || len > ID_MAX || dots)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\0' || !strchr(allowed, text[i]))
            return false;
    return true;
}

/* Doubled and trailing slashes count for nothing. */
static int cut(struct parts *parts, const char *text, struct err *err)
{
    while (*text) {
        size_t len = strcspn(text, "/");
        if (len > 0 && parts->count == PATH_PARTS_MAX)
            return err_set(err, ERR_NOT_FOUND, "there is no such method here"), 404;
        if (len > 0 && !native_id_valid(text, len))
            return err_set_param(err, ERR_INVALID, "name",
                                 "the path has a part that cannot be a name"),
                   400;
        if (len > 0) {
            parts->start[parts->count] = text;
            parts->len[parts->count++] = len;
        }
        text += len + (text[len] == '/');
    }
    return 0;
}

/* The length before the last colon; `len` when there is none. */
static size_t before_verb(const char *text, size_t len)
{
    const char *colon = memrchr(text, ':', len);
    return colon ? (size_t)(colon - text) : len;
}

/* --- matching -------------------------------------------------------------------------------- */

static bool word_fits(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
    if (pattern_len == 1 && *pattern == '*')
        return len > 0;
    return pattern_len == len && memcmp(pattern, text, len) == 0;
}

/* One part; only where the pattern has a verb the part may have one. */
static bool part_fits(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
    size_t pattern_id = before_verb(pattern, pattern_len);
    size_t id = before_verb(text, len);
    if ((pattern_id < pattern_len) != (id < len))
        return false;
    if (id < len && !word_fits(pattern + pattern_id + 1, pattern_len - pattern_id - 1,
                               text + id + 1, len - id - 1))
        return false;
    return word_fits(pattern, pattern_id, text, id);
}

static bool pattern_fits(const char *pattern, const struct parts *parts)
{
    size_t at = 0;
    for (; *pattern; at++) {
        size_t len = strcspn(pattern, "/");
        if (at == parts->count)
            return false;
        if (len == 2 && memcmp(pattern, "**", 2) == 0)
            return true;
        if (!part_fits(pattern, len, parts->start[at], parts->len[at]))
            return false;
        pattern += len + (pattern[len] == '/');
    }
    return at == parts->count;
}

static const struct native_method *find_method(const struct parts *parts, unsigned method,
                                               unsigned *allowed)
{
    *allowed = 0;
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (!pattern_fits(methods[i].pattern, parts))
            continue;
        if (methods[i].methods & method)
            return &methods[i];
        *allowed |= methods[i].methods;
    }
    return NULL;
}

/* --- resources ------------------------------------------------------------------------------- */

const struct native_collection *native_collection_find(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(collections); i++)
        if (strlen(collections[i].name) == len && memcmp(collections[i].name, name, len) == 0)
            return &collections[i];
    return NULL;
}

static bool part_is(const struct parts *parts, size_t at, const char *word)
{
    return at < parts->count && parts->len[at] == strlen(word) &&
           memcmp(parts->start[at], word, parts->len[at]) == 0;
}

/* The first parts joined, without a verb. */
static const char *join(const struct parts *parts, size_t count, struct arena *arena)
{
    STRBUF_AUTO struct strbuf name = STRBUF_INIT(8 * KIB);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_putc(&name, '/');
        strbuf_append(&name, parts->start[i], before_verb(parts->start[i], parts->len[i]));
    }
    return arena_strdup(arena, strbuf_str(&name));
}

/* Fills collection and resource of what the parts name; false when they name none. */
static bool name_resource(struct native_path *path, const struct parts *parts, struct arena *arena)
{
    path->resource = "";
    if (parts->count == 0)
        return false;
    bool operation = part_is(parts, 0, "models") && part_is(parts, 2, "operations");
    size_t depth = operation ? 4 : 2;
    path->collection =
        operation
            ? &model_operations
            : native_collection_find(parts->start[0], before_verb(parts->start[0], parts->len[0]));
    if (!path->collection || parts->count < depth)
        return false;
    path->resource = join(parts, depth, arena);
    return true;
}

static bool host_is(const char *host, size_t len, const char *wanted)
{
    return strlen(wanted) == len && strncasecmp(host, wanted, len) == 0;
}

/* Behind the version of an API's URL; NULL when it is the URL of something else. */
static const char *below_version(const char *url, const char *const *hosts)
{
    static const char *const versions[] = {"/v1beta/", "/v1alpha/", "/v1/"};
    const char *host = strstr(url, "://");
    if (!host)
        return NULL;
    host += 3;
    size_t len = strcspn(host, "/?#");
    bool known = host_is(host, len, "generativelanguage.googleapis.com");
    for (size_t i = 0; hosts && hosts[i]; i++)
        known = known || host_is(host, len, hosts[i]);
    for (size_t i = 0; known && i < ARRAY_LEN(versions); i++) {
        const char *at = strstr(host + len, versions[i]);
        if (at)
            return at + strlen(versions[i]);
    }
    return NULL;
}

const char *native_resource_of(const char *text, const char *const *hosts, struct arena *arena)
{
    struct parts parts = {.count = 0};
    struct native_path path = {.resource = ""};
    bool url = text_istarts(text, "http://") || text_istarts(text, "https://");
    const char *name = url ? below_version(text, hosts) : text;
    if (!name || *name == '/')
        return NULL;
    name = arena_strndup(arena, name, strcspn(name, "?#"));
    if (cut(&parts, name, NULL) != 0 || !name_resource(&path, &parts, arena))
        return NULL;
    return path.resource;
}

void native_path_rename(struct native_path *path, const char *model, struct arena *arena)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(LIMIT_HEADERS);
    strbuf_puts(&out, "/models/");
    url_encode(&out, model, strlen(model), "@");
    strbuf_puts(&out, strrchr(path->path, ':'));
    path->path = arena_strdup(arena, strbuf_str(&out));
    path->model = arena_strdup(arena, model);
}

bool native_path_is_interactions(const char *path)
{
    static const char *const versions[] = {"/v1beta/", "/v1alpha/", "/v1/"};
    static const char word[] = "interactions";
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        const char *at = strstr(path, versions[i]);
        if (at && text_starts(at + strlen(versions[i]), word) &&
            strchr("/:", at[strlen(versions[i]) + sizeof(word) - 1]))
            return true;
    }
    return false;
}

/* --- the whole ------------------------------------------------------------------------------- */

static const char *encode(const struct parts *parts, struct arena *arena)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(LIMIT_HEADERS);
    for (size_t i = 0; i < parts->count; i++) {
        strbuf_putc(&out, '/');
        url_encode(&out, parts->start[i], parts->len[i], ":@");
    }
    return arena_strdup(arena, strbuf_str(&out));
}

int native_path_read(struct native_path *path_r, const char *rest, unsigned method,
                     unsigned *allowed_r, struct arena *arena, struct err *err)
{
    struct parts parts = {.count = 0};
    *path_r = (struct native_path){.resource = "", .model = ""};
    *allowed_r = 0;
    int status = cut(&parts, rest, err);
    if (status)
        return status;
    if (method == HTTP_HEAD)
        method = HTTP_GET;
    path_r->method = find_method(&parts, method, allowed_r);
    if (!path_r->method && *allowed_r)
        return err_set(err, ERR_INVALID, "this path takes another method"), 405;
    if (!path_r->method)
        return err_set(err, ERR_NOT_FOUND, "there is no such method here"), 404;
    name_resource(path_r, &parts, arena);
    path_r->path = encode(&parts, arena);
    if (part_is(&parts, 0, "models") && parts.count >= 2)
        path_r->model =
            arena_strndup(arena, parts.start[1], before_verb(parts.start[1], parts.len[1]));
    return 0;
}
