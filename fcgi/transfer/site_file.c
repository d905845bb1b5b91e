#include "transfer/site_file.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/vec.h"
#include "store/store_keys.h"
#include "store/store_settings.h"
#include "store/store_tokens.h"

#define FORMAT_MEMBER "gemini-balance"
#define FORMAT 1

/* Members of "caps", in the order of struct store_key_caps. */
static const char *const cap_words[STORE_KEY_CAPS] = {"rpm", "tpm", "rpd", "tpd"};

/* --- out: JSON ------------------------------------------------------------------------------- */

static void add_filled(json_object *object, const char *name, const char *value)
{
    if (!text_empty(value))
        json_add_str(object, name, value);
}

static void add_caps(json_object *entry, const struct store_key_caps *caps)
{
    json_object *object = json_object_new_object();
    if (caps->share > 0)
        json_add_int(object, "share", caps->share);
    for (size_t i = 0; i < STORE_KEY_CAPS; i++)
        if (caps->most[i] > 0)
            json_add_int(object, cap_words[i], caps->most[i]);
    if (json_object_object_length(object) > 0)
        json_add_ref(entry, "caps", object);
    json_object_put(object);
}

static int add_key(void *ctx, const struct store_key *key)
{
    json_object *entry = json_object_new_object();
    add_filled(entry, "secret", key->secret);
    json_add_str(entry, "kind", store_key_kind_words[key->kind]);
    add_filled(entry, "label", key->label);
    add_filled(entry, "project", key->project);
    add_filled(entry, "proxy", key->proxy);
    json_add_num(entry, "weight", key->weight);
    json_add_str(entry, "state", store_key_state_words[key->state]);
    add_filled(entry, "reason", key->reason);
    add_caps(entry, &key->caps);
    json_object_array_add(ctx, entry);
    return 0;
}

static int add_token(void *ctx, const struct store_token *token)
{
    char expires[40];
    json_object *entry = json_object_new_object();
    add_filled(entry, "secret", token->secret);
    add_filled(entry, "name", token->name);
    add_filled(entry, "models", token->models);
    if (token->expires_ms > 0)
        json_add_int(entry, "expires_ms", token->expires_ms);
    if (token->expires_ms > 0)
        json_add_str(entry, "expires", clock_iso(token->expires_ms, expires, sizeof(expires)));
    json_add_bool(entry, "paused", token->paused);
    json_add_int(entry, "rpm", token->requests_per_minute);
    json_add_int(entry, "rpd", token->requests_per_day);
    json_add_int(entry, "tpd", token->tokens_per_day);
    json_object_array_add(ctx, entry);
    return 0;
}

static int add_setting(void *ctx, const char *name, const char *value)
{
    json_add_str(ctx, name, value);
    return 0;
}

int site_file_json(struct site *site, struct strbuf *out, struct err *err)
{
    char now[40];
    JSON_AUTO json_object *document = json_object_new_object();
    json_object *keys = json_object_new_array(), *tokens = json_object_new_array();
    json_object *settings = json_object_new_object();
    json_add_int(document, FORMAT_MEMBER, FORMAT);
    json_add_str(document, "made", clock_iso(clock_wall_ms(), now, sizeof(now)));
    json_add(document, "keys", keys);
    json_add(document, "tokens", tokens);
    json_add(document, "settings", settings);
    if (store_keys_each(site->store, true, add_key, keys, err) != 0 ||
        store_tokens_each(site->store, true, add_token, tokens, err) != 0 ||
        store_settings_each(site->store, add_setting, settings, err) != 0)
        return -1;
    json_write(out, document);
    strbuf_putc(out, '\n');
    return strbuf_ok(out) ? 0 : err_set(err, ERR_TOO_LARGE, "the document became too long");
}

/* --- out: .env ------------------------------------------------------------------------------- */

struct env_lists {
    json_object *kinds[STORE_KEY_KINDS];
    json_object *tokens;
};

static int list_key(void *ctx, const struct store_key *key)
{
    struct env_lists *lists = ctx;
    if (key->secret && key->state == STORE_KEY_ACTIVE)
        json_object_array_add(lists->kinds[key->kind], json_object_new_string(key->secret));
    return 0;
}

static int list_token(void *ctx, const struct store_token *token)
{
    struct env_lists *lists = ctx;
    if (token->secret && !token->paused)
        json_object_array_add(lists->tokens, json_object_new_string(token->secret));
    return 0;
}

static void write_list(struct strbuf *out, const char *name, json_object *list)
{
    if (json_object_array_length(list) == 0)
        return;
    strbuf_printf(out, "%s=", name);
    json_write(out, list);
    strbuf_putc(out, '\n');
}

/* A text in quotes where it could be read otherwise. */
static void write_value(struct strbuf *out, const struct setting_def *def, const char *value)
{
    bool structured =
        def->type == SETTING_LIST || def->type == SETTING_MAP || def->type == SETTING_JSON;
    strbuf_printf(out, "%s=", def->name);
    if (structured || !strpbrk(value, " #'\"\\$\t")) {
        strbuf_puts(out, value);
    } else {
        strbuf_putc(out, '\'');
        for (; *value; value++) {
            if (*value == '\'' || *value == '\\')
                strbuf_putc(out, '\\');
            strbuf_putc(out, *value);
        }
        strbuf_putc(out, '\'');
    }
    strbuf_putc(out, '\n');
}

static void write_settings(struct site *site, struct strbuf *out)
{
    const struct settings *set = settings_holder_acquire(site->settings);
    for (size_t i = 0; i < setting_count(); i++) {
        const struct setting_def *def = setting_at(i);
        FREE_AUTO char *value = setting_value_text(set, def);
        if (!(def->flags & (SET_SEED | SET_ACCEPTED)) &&
            setting_source_of(set, def) != SOURCE_DEFAULT && value)
            write_value(out, def, value);
    }
    settings_unref(&set);
}

int site_file_env(struct site *site, struct strbuf *out, struct err *err)
{
    struct env_lists lists = {.tokens = json_object_new_array()};
    for (size_t i = 0; i < ARRAY_LEN(lists.kinds); i++)
        lists.kinds[i] = json_object_new_array();
    int rc = store_keys_each(site->store, true, list_key, &lists, err);
    if (rc == 0)
        rc = store_tokens_each(site->store, true, list_token, &lists, err);
    write_list(out, "API_KEYS", lists.kinds[STORE_KEY_GEMINI]);
    write_list(out, "VERTEX_API_KEYS", lists.kinds[STORE_KEY_VERTEX]);
    json_object *paid = json_object_array_get_idx(lists.kinds[STORE_KEY_PAID], 0);
    if (paid)
        strbuf_printf(out, "PAID_KEY=%s\n", json_object_get_string(paid));
    write_list(out, "ALLOWED_TOKENS", lists.tokens);
    write_settings(site, out);
    for (size_t i = 0; i < ARRAY_LEN(lists.kinds); i++)
        json_object_put(lists.kinds[i]);
    json_object_put(lists.tokens);
    if (rc != 0)
        return -1;
    return strbuf_ok(out) ? 0 : err_set(err, ERR_TOO_LARGE, "the file became too long");
}

/* --- in -------------------------------------------------------------------------------------- */

struct taking {
    struct store *store;
    struct transfer_report *report;
    struct err *err;
};

static int dress_key(struct taking *taking, int64_t id, json_object *entry)
{
    struct store_key edit = {.id = id,
                             .project = json_get_str(entry, "project", NULL),
                             .proxy = json_get_str(entry, "proxy", NULL),
                             .weight = json_get_num(entry, "weight", 0)};
    int state = store_key_state_of(json_get_str(entry, "state", ""));
    json_object *told = json_get_obj(entry, "caps");
    struct store_key_caps caps = {.share = json_get_int(told, "share", 0)};
    for (size_t i = 0; i < STORE_KEY_CAPS; i++)
        caps.most[i] = json_get_int(told, cap_words[i], 0);
    if (store_key_edit(taking->store, &edit, taking->err) != 0 ||
        (told && store_key_cap(taking->store, id, &caps, taking->err) != 0))
        return -1;
    if (state <= STORE_KEY_ACTIVE)
        return 0;
    return store_key_set_state(taking->store, id, (enum store_key_state)state,
                               json_get_str(entry, "reason", ""), clock_wall_ms(), taking->err);
}

static int take_key(struct taking *taking, json_object *entry)
{
    struct transfer_count *count = &taking->report->keys;
    const char *secret = json_get_str(entry, "secret", "");
    int kind = store_key_kind_of(json_get_str(entry, "kind", "gemini"));
    int64_t id;
    if (text_empty(secret) || strlen(secret) > LIMIT_SECRET || kind < 0) {
        count->refused++;
        return 0;
    }
    int rc = store_key_add(taking->store, (enum store_key_kind)kind, secret,
                           json_get_str(entry, "label", ""), true, &id, taking->err);
    count->added += rc == 1;
    count->there += rc == 0;
    return rc == 1 ? dress_key(taking, id, entry) : rc;
}

static int dress_token(struct taking *taking, int64_t id, json_object *entry)
{
    struct store_token edit = {.id = id,
                               .name = json_get_str(entry, "name", ""),
                               .models = json_get_str(entry, "models", ""),
                               .expires_ms = json_get_int(entry, "expires_ms", 0),
                               .requests_per_minute = json_get_int(entry, "rpm", 0),
                               .requests_per_day = json_get_int(entry, "rpd", 0),
                               .tokens_per_day = json_get_int(entry, "tpd", 0)};
    if (store_token_edit(taking->store, &edit, taking->err) != 0)
        return -1;
    return json_get_bool(entry, "paused", false)
               ? store_token_set_paused(taking->store, id, true, taking->err)
               : 0;
}

static int take_token(struct taking *taking, json_object *entry)
{
    struct transfer_count *count = &taking->report->tokens;
    const char *secret = json_get_str(entry, "secret", "");
    int64_t id;
    if (text_empty(secret) || strlen(secret) > LIMIT_SECRET) {
        count->refused++;
        return 0;
    }
    int rc = store_token_add(taking->store, secret, "", true, &id, taking->err);
    count->added += rc == 1;
    count->there += rc == 0;
    return rc == 1 ? dress_token(taking, id, entry) : rc;
}

typedef int take_entry(struct taking *taking, json_object *entry);

static int take_list(struct taking *taking, json_object *list, take_entry *take)
{
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        if (take(taking, json_object_array_get_idx(list, i)) < 0)
            return -1;
    return 0;
}

VEC(changes, struct store_setting_change);

static void choose_setting(struct taking *taking, const struct settings *now, const char *name,
                           const char *value, struct changes *changes)
{
    struct transfer_count *count = &taking->report->settings;
    const struct setting_def *def = setting_find(name);
    struct err why = ERR_INIT;
    if (!def || (def->flags & (SET_SEED | SET_ENV_ONLY | SET_ACCEPTED))) {
        count->refused++;
        transfer_tell(taking->report, name, "is no setting that can be saved here");
        return;
    }
    if (setting_check(def, value, &why) != 0) {
        count->refused++;
        transfer_tell(taking->report, name, "not taken: %s", why.text);
        return;
    }
    FREE_AUTO char *there = setting_value_text(now, def);
    if (text_eq(there, value)) {
        count->there++;
        return;
    }
    struct store_setting_change change = {
        .name = def->name, .value = value, .secret = (def->flags & SET_SECRET) != 0};
    VEC_PUSH(changes, change);
    count->added++;
}

static int take_settings(struct taking *taking, struct site *site, json_object *settings)
{
    struct changes changes = {0};
    if (!settings)
        return 0;
    const struct settings *now = settings_holder_acquire(site->settings);
    json_object_object_foreach(settings, name, value)
        choose_setting(taking, now, name, json_object_get_string(value), &changes);
    int rc = changes.len == 0 ? 0
                              : store_settings_save(site->store, changes.items, changes.len,
                                                    "import", clock_wall_ms(), taking->err);
    settings_unref(&now);
    VEC_FREE(&changes);
    return rc;
}

int site_file_import(struct site *site, const char *text, size_t len,
                     struct transfer_report *report, struct err *err)
{
    struct taking taking = {site->store, report, err};
    JSON_AUTO json_object *document = json_parse_text(text, len, err);
    if (!document)
        return -1;
    int64_t format = json_get_int(document, FORMAT_MEMBER, 0);
    if (format != FORMAT)
        return err_set(err, format > FORMAT ? ERR_UNSUPPORTED : ERR_INVALID,
                       format > FORMAT ? "the document was made by a newer program"
                                       : "this is no document that gbctl export wrote");
    if (take_list(&taking, json_get_arr(document, "keys"), take_key) != 0 ||
        take_list(&taking, json_get_arr(document, "tokens"), take_token) != 0)
        return -1;
    return take_settings(&taking, site, json_get_obj(document, "settings"));
}
