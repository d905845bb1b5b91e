#include "config/setting_mask.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "config/bootstrap.h"
#include "config/literal.h"

/* --- what carries credentials ------------------------------------------------------------------ */

/* Whether the name of a header or of a parameter says that its value is not for everybody. */
static bool names_credential(const char *name, size_t len)
{
    static const char *const words[] = {"auth",   "key",        "token",   "secret",   "passw",
                                        "cookie", "credential", "session", "signature"};
    for (size_t at = 0; at < len; at++) {
        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
            if (len - at >= strlen(words[i]) && text_istarts(name + at, words[i]))
                return true;
        }
    }
    return false;
}

/* A text on its way from its real to its masked form, or only looked at. */
struct masked {
    struct strbuf text;
    bool holds_mask; /* something that would be hidden is "***" already */
};

static void hide(struct masked *masked, const char *secret, size_t len)
{
    masked->holds_mask = masked->holds_mask ||
                         (len == strlen(SETTING_MASK) && memcmp(secret, SETTING_MASK, len) == 0);
    if (len)
        strbuf_puts(&masked->text, SETTING_MASK);
}

/* --- URLs -------------------------------------------------------------------------------------- */

/* Where the user and password of a URL end ("@"), or NULL. People forget to encode: the last "@" before the path
 * counts, and the last of all where what looks like a port is none ("user:pass/word@host"). */
static const char *userinfo_end(const char *authority)
{
    size_t len = strcspn(authority, "/?#");
    const char *end = memrchr(authority, '@', len);
    const char *colon = memchr(authority, ':', len);
    if (end || !colon || *authority == '[')
        return end;
    bool is_port = colon + 1 + strspn(colon + 1, "0123456789") == authority + len;
    return is_port ? NULL : strrchr(authority, '@');
}

static const char *mask_userinfo(struct masked *masked, const char *authority)
{
    const char *end = userinfo_end(authority);
    if (!end)
        return authority;
    const char *colon = memchr(authority, ':', (size_t)(end - authority));
    const char *secret = colon ? colon + 1 : authority;
    strbuf_append(&masked->text, authority, (size_t)(secret - authority));
    hide(masked, secret, (size_t)(end - secret));
    return end;
}

static void mask_query(struct masked *masked, const char *rest)
{
    size_t path = strcspn(rest, "?");
    strbuf_append(&masked->text, rest, path);
    for (rest += path; *rest;) {
        size_t name = strcspn(rest + 1, "=&#") + 1;
        strbuf_append(&masked->text, rest, name);
        bool is_secret = rest[name] == '=' && names_credential(rest + 1, name - 1);
        rest += name;
        size_t len = strcspn(rest, "&#");
        if (is_secret && len > 1) {
            strbuf_putc(&masked->text, '=');
            hide(masked, rest + 1, len - 1);
        } else {
            strbuf_append(&masked->text, rest, len);
        }
        rest += len;
    }
}

static void mask_url(struct masked *masked, const char *url)
{
    const char *scheme = strstr(url, "://");
    if (!scheme) {
        strbuf_puts(&masked->text, url);
        return;
    }
    strbuf_append(&masked->text, url, (size_t)(scheme + 3 - url));
    mask_query(masked, mask_userinfo(masked, scheme + 3));
}

char *setting_mask_url(const char *url)
{
    struct masked masked = {.text = STRBUF_INIT(LIMIT_SETTING_TEXT)};
    mask_url(&masked, url);
    return strbuf_take(&masked.text, NULL);
}

/* --- lists and maps ------------------------------------------------------------------------------ */

/* The items of a list or the members of a map, as its type reads them; NULL for other types, and for a text that is
 * none: whoever checks it says so. */
static json_object *parts_of(const struct setting_def *def, const char *text)
{
    struct err ignored = ERR_INIT;
    FREE_AUTO char *copy = xstrdup(text);
    json_object *parts = NULL;
    if (def->type == SETTING_LIST)
        parts = bootstrap_parse_list(text, &ignored);
    else if (def->type == SETTING_MAP && copy[strspn(copy, " \t\r\n")])
        parts = literal_parse(literal_unquote(text_trim(copy)), &ignored);
    enum json_type wanted = def->type == SETTING_LIST ? json_type_array : json_type_object;
    if (parts && !json_object_is_type(parts, wanted)) {
        json_object_put(parts);
        return NULL;
    }
    return parts;
}

/* One item or member; `name` is NULL for an item. */
static void mask_part(struct masked *masked, const char *name, const char *value)
{
    strbuf_clear(&masked->text);
    masked->holds_mask = false;
    if (name && names_credential(name, strlen(name)))
        hide(masked, value, strlen(value));
    else
        mask_url(masked, value);
}

static char *text_of(json_object *parts)
{
    return xstrdup(json_object_to_json_string_ext(parts, JSON_C_TO_STRING_PLAIN |
                                                             JSON_C_TO_STRING_NOSLASHESCAPE));
}

static size_t mask_items(json_object *list)
{
    struct masked masked = {.text = STRBUF_INIT(LIMIT_SETTING_TEXT)};
    size_t changed = 0;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *item = json_object_get_string(json_object_array_get_idx(list, i));
        mask_part(&masked, NULL, item);
        if (text_eq(strbuf_str(&masked.text), item))
            continue;
        json_object_array_put_idx(list, i, json_object_new_string(strbuf_str(&masked.text)));
        changed++;
    }
    strbuf_free(&masked.text);
    return changed;
}

static size_t mask_members(json_object *map)
{
    struct masked masked = {.text = STRBUF_INIT(LIMIT_SETTING_TEXT)};
    size_t changed = 0;
    json_object_object_foreach(map, name, member)
    {
        const char *value = member ? json_object_get_string(member) : "";
        mask_part(&masked, name, value);
        if (text_eq(strbuf_str(&masked.text), value))
            continue;
        json_object_set_string(member, strbuf_str(&masked.text));
        changed++;
    }
    strbuf_free(&masked.text);
    return changed;
}

char *setting_mask(const struct setting_def *def, const char *text)
{
    if (def->flags & SET_SECRET)
        return xstrdup(*text ? SETTING_MASK : "");
    if (def->type == SETTING_STR)
        return setting_mask_url(text);
    JSON_AUTO json_object *parts = parts_of(def, text);
    if (!parts)
        return xstrdup(def->type == SETTING_LIST || def->type == SETTING_MAP ? "" : text);
    size_t changed = def->type == SETTING_LIST ? mask_items(parts) : mask_members(parts);
    return changed ? text_of(parts) : xstrdup(text);
}

char *setting_value_masked(const struct settings *set, const struct setting_def *def)
{
    char *text = setting_value_text(set, def);
    char *shown = setting_mask(def, text);
    secret_wipe(text, strlen(text));
    free(text);
    return shown;
}

/* --- the way back -------------------------------------------------------------------------------- */

static int unknown_mask(const struct setting_def *def, const char *where, struct err *err)
{
    return err_set_param(err, ERR_INVALID, def->name,
                         "%s: " SETTING_MASK
                         " in %s stands for nothing that is stored; the password "
                         "has to be typed again",
                         def->name, where);
}

/* What the masked form `shown` stands for among the items that nobody has claimed; claims it. */
static json_object *claim(json_object *current, const char *shown)
{
    size_t count = current ? json_object_array_length(current) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *item = json_object_array_get_idx(current, i);
        if (!item)
            continue;
        FREE_AUTO char *masked = setting_mask_url(json_object_get_string(item));
        if (!text_eq(masked, shown))
            continue;
        json_object_get(item);
        json_object_array_put_idx(current, i, NULL);
        return item;
    }
    return NULL;
}

static int unmask_items(const struct setting_def *def, json_object *list, json_object *current,
                        struct err *err)
{
    struct masked masked = {.text = STRBUF_INIT(LIMIT_SETTING_TEXT)};
    int replaced = 0;
    for (size_t i = 0; i < json_object_array_length(list) && replaced >= 0; i++) {
        const char *item = json_object_get_string(json_object_array_get_idx(list, i));
        char where[40];
        mask_part(&masked, NULL, item);
        if (!masked.holds_mask)
            continue;
        json_object *real = claim(current, item);
        snprintf(where, sizeof(where), "item %zu", i + 1);
        if (real)
            json_object_array_put_idx(list, i, real);
        replaced = real ? replaced + 1 : unknown_mask(def, where, err);
    }
    strbuf_free(&masked.text);
    return replaced;
}

/* The member of that name in any case whose masked form is `shown`. */
static const char *member_behind(json_object *current, const char *name, const char *shown,
                                 struct masked *masked)
{
    if (!current)
        return NULL;
    json_object_object_foreach(current, each, member)
    {
        const char *value = member ? json_object_get_string(member) : "";
        if (strcasecmp(each, name) != 0)
            continue;
        mask_part(masked, each, value);
        if (text_eq(strbuf_str(&masked->text), shown))
            return value;
    }
    return NULL;
}

static int unmask_members(const struct setting_def *def, json_object *map, json_object *current,
                          struct err *err)
{
    struct masked masked = {.text = STRBUF_INIT(LIMIT_SETTING_TEXT)};
    int replaced = 0;
    json_object_object_foreach(map, name, member)
    {
        if (replaced < 0 || !json_is_str(member))
            continue;
        mask_part(&masked, name, json_object_get_string(member));
        if (!masked.holds_mask)
            continue;
        const char *real = member_behind(current, name, json_object_get_string(member), &masked);
        if (real)
            json_object_set_string(member, real);
        replaced = real ? replaced + 1 : unknown_mask(def, name, err);
    }
    strbuf_free(&masked.text);
    return replaced;
}

static int unmask_url(const struct setting_def *def, const char *text, const char *current,
                      char **text_r, struct err *err)
{
    struct masked masked = {.text = STRBUF_INIT(LIMIT_SETTING_TEXT)};
    mask_url(&masked, text);
    strbuf_free(&masked.text);
    FREE_AUTO char *shown = setting_mask_url(current);
    if (masked.holds_mask && !text_eq(shown, text))
        return unknown_mask(def, "the URL", err);
    *text_r = xstrdup(masked.holds_mask ? current : text);
    return 0;
}

int setting_unmask(const struct setting_def *def, const char *text, const char *current,
                   char **text_r, struct err *err)
{
    *text_r = NULL;
    if (!(def->flags & SET_SECRET) && def->type == SETTING_STR && strstr(text, SETTING_MASK))
        return unmask_url(def, text, current, text_r, err);
    JSON_AUTO json_object *parts =
        !(def->flags & SET_SECRET) && strstr(text, SETTING_MASK) ? parts_of(def, text) : NULL;
    if (!parts) {
        *text_r = xstrdup(text);
        return 0;
    }
    JSON_AUTO json_object *known = parts_of(def, current);
    int replaced = def->type == SETTING_LIST ? unmask_items(def, parts, known, err)
                                             : unmask_members(def, parts, known, err);
    if (replaced < 0)
        return -1;
    *text_r = replaced ? text_of(parts) : xstrdup(text);
    return 0;
}
