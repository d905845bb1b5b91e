#include "api/url_tolerance.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/text.h"

#define SEGMENTS_MAX 24

/* A path cut into its segments: decoded, without empty ones. */
struct segments {
    char *text; /* owned; the items lie in it */
    char *items[SEGMENTS_MAX];
    size_t count;
};

/* What stands before the part that counts. */
struct prefix {
    bool known; /* nothing but words that base URLs are made of */
    bool openai, hf, gemini, vertex, upload;
    const char *version; /* the last one named: "v1", "v1beta", "v1alpha", "" none */
};

/* --- cutting ----------------------------------------------------------------------------------- */

static bool add_segment(struct segments *path, char *segment)
{
    int64_t len = url_decode(segment, strlen(segment), false);
    if (len < 0 || path->count == SEGMENTS_MAX)
        return false;
    segment[len] = '\0';
    segment = text_trim(segment);
    if (*segment)
        path->items[path->count++] = segment;
    return true;
}

static bool cut(struct segments *path, const char *raw_path)
{
    *path = (struct segments){.text = xstrdup(raw_path)};
    char *at = path->text;
    while (at) {
        char *slash = strchr(at, '/');
        if (slash)
            *slash = '\0';
        if (!add_segment(path, at))
            return false;
        at = slash ? slash + 1 : NULL;
    }
    return path->count > 0;
}

/* --- what a path ends with --------------------------------------------------------------------- */

static const struct endpoint {
    const char *words[2]; /* the second may be NULL */
} endpoints[] = {
    {{"chat", "completions"}},       {{"images", "generations"}},    {{"images", "edits"}},
    {{"images", "variations"}},      {{"audio", "speech"}},          {{"audio", "transcriptions"}},
    {{"audio", "translations"}},     {{"messages", "count_tokens"}}, {{"responses", "compact"}},
    {{"responses", "input_tokens"}}, {{"completions", NULL}},        {{"embeddings", NULL}},
    {{"responses", NULL}},           {{"messages", NULL}},           {{"moderations", NULL}},
};

static const char *const verbs[] = {
    "generateContent",    "streamGenerateContent",  "countTokens",          "embedContent",
    "batchEmbedContents", "asyncBatchEmbedContent", "batchGenerateContent", "predict",
    "generateAnswer",     "predictLongRunning",     "countTextTokens",      "rawPredict",
};

/* Google's other collections, which nothing of OpenAI's is called. */
static const char *const collections[] = {
    "cachedContents", "operations", "fileSearchStores", "tunedModels", "interactions", "corpora",
};

static bool ends_with(const struct segments *path, const struct endpoint *endpoint)
{
    size_t words = endpoint->words[1] ? 2 : 1;
    if (path->count < words)
        return false;
    for (size_t i = 0; i < words; i++)
        if (!text_ieq(path->items[path->count - words + i], endpoint->words[i]))
            return false;
    return true;
}

static const char *canonical(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (text_ieq(words[i], word))
            return words[i];
    return NULL;
}

/* --- what stands before it --------------------------------------------------------------------- */

static bool read_prefix_word(struct prefix *prefix, const char *word)
{
    static const char *const versions[] = {"v1", "v1beta", "v1alpha", "v1beta1"};
    const char *version = canonical(versions, ARRAY_LEN(versions), word);
    if (version) {
        prefix->version = text_eq(version, "v1beta1") ? "v1beta" : version;
        return true;
    }
    bool *const flags[] = {&prefix->openai, &prefix->hf, &prefix->gemini, &prefix->vertex,
                           &prefix->upload};
    static const char *const names[] = {"openai", "hf", "gemini", "vertex-express", "upload"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!text_ieq(names[i], word))
            continue;
        *flags[i] = true;
        return true;
    }
    return text_ieq(word, "api") || text_ieq(word, "anthropic") || text_ieq(word, "google");
}

static struct prefix read_prefix(const struct segments *path, size_t count)
{
    struct prefix prefix = {.known = true, .version = ""};
    for (size_t i = 0; i < count; i++)
        if (!read_prefix_word(&prefix, path->items[i]))
            prefix.known = false;
    return prefix;
}

static bool is_googles(const struct prefix *prefix)
{
    return !prefix->openai && !prefix->hf &&
           (prefix->gemini || prefix->vertex || text_starts(prefix->version, "v1beta") ||
            text_starts(prefix->version, "v1alpha"));
}

/* --- the roots to try, likeliest first --------------------------------------------------------- */

static const char *pick(const char *const *roots, int choice)
{
    for (int i = 0; roots[i]; i++)
        if (i == choice)
            return roots[i];
    return NULL;
}

static const char *openai_root(const struct prefix *prefix, int choice)
{
    static const char *const own[] = {"/v1", NULL};
    static const char *const hf[] = {"/hf/v1", "/v1", NULL};
    static const char *const layer[] = {"/openai/v1", "/v1", NULL};
    return pick(prefix->openai ? layer : prefix->hf ? hf : own, choice);
}

static const char *google_root(const struct prefix *prefix, int choice)
{
    static const char *const beta[] = {"/v1beta", NULL};
    static const char *const alpha[] = {"/v1alpha", "/v1beta", NULL};
    static const char *const vertex[] = {"/vertex-express/v1beta", NULL};
    static const char *const upload[] = {"/upload/v1beta", NULL};
    static const char *const upload_alpha[] = {"/upload/v1alpha", NULL};
    if (prefix->upload)
        return pick(text_eq(prefix->version, "v1alpha") ? upload_alpha : upload, choice);
    if (prefix->vertex)
        return pick(vertex, choice);
    return pick(text_eq(prefix->version, "v1alpha") ? alpha : beta, choice);
}

/* --- writing ----------------------------------------------------------------------------------- */

static void add_part(struct strbuf *out, const char *segment)
{
    strbuf_putc(out, '/');
    url_encode(out, segment, strlen(segment), ":@,=+");
}

static bool write_endpoint(const struct segments *path, const struct endpoint *endpoint, int choice,
                           struct strbuf *out)
{
    size_t words = endpoint->words[1] ? 2 : 1;
    struct prefix prefix = read_prefix(path, path->count - words);
    if (prefix.vertex || (words == 1 && !prefix.known))
        return false;
    const char *root = openai_root(&prefix, choice);
    if (!root)
        return false;
    strbuf_puts(out, root);
    for (size_t i = 0; i < words; i++)
        add_part(out, endpoint->words[i]);
    return true;
}

/* ".../models/NAME:verb", and the same without "models". */
static bool write_call(const struct segments *path, char *colon, const char *verb, int choice,
                       struct strbuf *out)
{
    size_t before = path->count - 1;
    const char *collection = "models";
    if (before > 0 && text_ieq(path->items[before - 1], "tunedModels"))
        collection = "tunedModels";
    while (before > 0 && text_ieq(path->items[before - 1], collection))
        before--;
    struct prefix prefix = read_prefix(path, before);
    const char *root = prefix.known ? google_root(&prefix, choice) : NULL;
    if (!root)
        return false;
    *colon = '\0';
    strbuf_printf(out, "%s/%s", root, collection);
    add_part(out, path->items[path->count - 1]);
    strbuf_printf(out, ":%s", verb);
    *colon = ':';
    return true;
}

/* Lists of models and single ones: whose shape is decided by what stands before. */
static bool write_models(const struct segments *path, size_t at, int choice, struct strbuf *out)
{
    struct prefix prefix = read_prefix(path, at);
    if (!prefix.known)
        return false;
    const char *root =
        is_googles(&prefix) ? google_root(&prefix, choice) : openai_root(&prefix, choice);
    if (!root)
        return false;
    strbuf_printf(out, "%s/models", root);
    while (at < path->count && text_ieq(path->items[at], "models"))
        at++;
    for (; at < path->count; at++)
        add_part(out, path->items[at]);
    return true;
}

/* Files and batches are called so by both: Google's where the version says so. */
static const char *collection_of(const struct segments *path, size_t at)
{
    static const char *const both[] = {"files", "batches"};
    const char *word = canonical(collections, ARRAY_LEN(collections), path->items[at]);
    return word ? word : canonical(both, ARRAY_LEN(both), path->items[at]);
}

static bool write_collection(const struct segments *path, size_t at, const char *word, int choice,
                             struct strbuf *out)
{
    struct prefix prefix = read_prefix(path, at);
    bool shared = text_eq(word, "files") || text_eq(word, "batches");
    bool google = is_googles(&prefix) || prefix.upload || !shared;
    if (!prefix.known || (prefix.openai && !shared))
        return false;
    bool v1 = !prefix.upload && !prefix.vertex && text_eq(prefix.version, "v1");
    const char *root = google && !v1 ? google_root(&prefix, choice) : openai_root(&prefix, choice);
    if (!root)
        return false;
    strbuf_printf(out, "%s/%s", root, word);
    for (at++; at < path->count; at++)
        add_part(out, path->items[at]);
    return true;
}

/* --- the whole --------------------------------------------------------------------------------- */

static bool write_by_first_word(const struct segments *path, int choice, struct strbuf *out)
{
    for (size_t i = 0; i < path->count; i++) {
        if (text_ieq(path->items[i], "models"))
            return write_models(path, i, choice, out);
        const char *word = collection_of(path, i);
        if (word)
            return write_collection(path, i, word, choice, out);
    }
    return false;
}

static bool write_target(const struct segments *path, int choice, struct strbuf *out)
{
    char *last = path->items[path->count - 1];
    char *colon = strrchr(last, ':');
    const char *verb = colon ? canonical(verbs, ARRAY_LEN(verbs), colon + 1) : NULL;
    if (verb && colon > last)
        return write_call(path, colon, verb, choice, out);
    for (size_t i = 0; i < ARRAY_LEN(endpoints); i++)
        if (ends_with(path, &endpoints[i]))
            return write_endpoint(path, &endpoints[i], choice, out);
    return write_by_first_word(path, choice, out);
}

bool url_tolerance_target(const char *raw_path, int choice, struct strbuf *out)
{
    struct segments path;
    if (strlen(raw_path) >= LIMIT_HEADERS)
        return false;
    bool found = cut(&path, raw_path) && write_target(&path, choice, out);
    free(path.text);
    return found && strbuf_ok(out);
}
