#include "config/setting_shape.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

/* --- addresses ------------------------------------------------------------------------------- */

/* "SCHEME://something" without white space, where SCHEME is one of `schemes` (NULL-ended). */
static bool is_url(const char *text, const char *const *schemes)
{
    const char *host = strstr(text, "://");
    if (!host || !host[3] || host[3] == '/' || strpbrk(text, " \t\r\n\"<>"))
        return false;
    size_t len = (size_t)(host - text);
    for (; *schemes; schemes++)
        if (len == strlen(*schemes) && text_istarts(text, *schemes))
            return true;
    return false;
}

static int check_url(union setting_value *value, struct err *err)
{
    static const char *const schemes[] = {"http", "https", NULL};
    if (!*value->text || is_url(value->text, schemes))
        return 0;
    return err_set(err, ERR_INVALID, "it must be a URL that begins with http:// or https://");
}

bool setting_is_proxy(const char *text)
{
    static const char *const schemes[] = {"http",   "https",   "socks4", "socks4a",
                                          "socks5", "socks5h", NULL};
    return is_url(text, schemes);
}

static int check_proxies(union setting_value *value, struct err *err)
{
    for (size_t i = 0; i < value->list.len; i++)
        if (!setting_is_proxy(value->list.items[i]))
            return err_set(err, ERR_INVALID,
                           "item %zu must be a URL such as http://host:port or "
                           "socks5://user:password@host:port",
                           i + 1);
    return 0;
}

/* "10.0.0.0/8", "::1": an address, and the number of its first bits that count. */
static bool is_network(const char *text)
{
    unsigned char address[sizeof(struct in6_addr)];
    size_t len = strcspn(text, "/");
    FREE_AUTO char *host = xstrndup(text, len);
    int64_t most = inet_pton(AF_INET, host, address) == 1    ? 32
                   : inet_pton(AF_INET6, host, address) == 1 ? 128
                                                             : -1;
    int64_t bits = most;
    if (text[len] && text_to_int(text + len + 1, &bits))
        return false;
    return most > 0 && bits >= 0 && bits <= most;
}

static int check_networks(union setting_value *value, struct err *err)
{
    for (size_t i = 0; i < value->list.len; i++)
        if (!is_network(value->list.items[i]))
            return err_set(err, ERR_INVALID,
                           "item %zu must be an address or a network such as 10.0.0.0/8", i + 1);
    return 0;
}

/* A path that needs no encoding, so that it compares byte by byte with a request's. */
static int check_path(union setting_value *value, struct err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-._~/";
    const char *path = value->text;
    if (*path == '/' && !path[strspn(path, allowed)] && !strstr(path, "//") && !strstr(path, ".."))
        return 0;
    return err_set(err, ERR_INVALID,
                   "it must be a path such as /admin, of letters, digits and -._~");
}

/* --- keys ------------------------------------------------------------------------------------ */

#define KEY_PARTERS " \t;"
#define KEY_LEN_MIN 20

/* Keys hold neither blanks nor semicolons: who parts them so means several. A sentence of an example file is none. */
static bool is_several_keys(const char *item)
{
    size_t pieces = 0;
    for (size_t len; *(item += strspn(item, KEY_PARTERS)); item += len, pieces++) {
        len = strcspn(item, KEY_PARTERS);
        if (len < KEY_LEN_MIN)
            return false;
    }
    return pieces > 1;
}

static void add_pieces(struct setting_list *list, const char *item)
{
    for (size_t len; *(item += strspn(item, KEY_PARTERS)); item += len) {
        len = strcspn(item, KEY_PARTERS);
        list->items = xrealloc(list->items, list->len + 1, sizeof(char *));
        list->items[list->len++] = xstrndup(item, len);
    }
}

static int part_keys(union setting_value *value, struct err *err)
{
    struct setting_list parted = {0};
    (void)err;
    for (size_t i = 0; i < value->list.len; i++) {
        char *item = value->list.items[i];
        if (is_several_keys(item)) {
            add_pieces(&parted, item);
            secret_wipe(item, strlen(item));
            free(item);
            continue;
        }
        parted.items = xrealloc(parted.items, parted.len + 1, sizeof(char *));
        parted.items[parted.len++] = item;
    }
    free(value->list.items);
    value->list = parted;
    return 0;
}

/* --- maps ------------------------------------------------------------------------------------ */

/* Members that are texts become numbers where they read as one. */
static int take_number(json_object *map, const char *name, json_object *member, double *number_r)
{
    if (json_is_num(member)) {
        *number_r = json_object_get_double(member);
        return 0;
    }
    if (text_to_num(json_object_get_string(member), number_r))
        return -1;
    json_object_object_add(map, name, json_object_new_double(*number_r));
    return 0;
}

static int check_numbers(json_object *map, double min, double max, struct err *err)
{
    json_object_object_foreach(map, name, member)
    {
        double number;
        if (take_number(map, name, member, &number) || number < min || number > max)
            return err_set(err, ERR_INVALID, "\"%.64s\" must be a number from %.15g to %.15g", name,
                           min, max);
    }
    return 0;
}

static int check_seconds(union setting_value *value, struct err *err)
{
    return check_numbers(value->json, 0, 3600, err);
}

static int check_budgets(union setting_value *value, struct err *err)
{
    return check_numbers(value->json, -1, 65536, err);
}

static int check_names(union setting_value *value, struct err *err)
{
    json_object_object_foreach(value->json, name, member)
    {
        if (!json_is_str(member) || !*json_object_get_string(member))
            return err_set(err, ERR_INVALID, "\"%.64s\" must lead to the name of a model", name);
    }
    return 0;
}

/* A header's name is a token of RFC 9110; control characters in values were refused before. */
static int check_headers(union setting_value *value, struct err *err)
{
    static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789!#$%&'*+-.^_`|~";
    json_object_object_foreach(value->json, name, member)
    {
        (void)member;
        if (!*name || name[strspn(name, token)])
            return err_set(err, ERR_INVALID, "\"%.64s\" is no name of a header", name);
    }
    return 0;
}

/* --- JSON ------------------------------------------------------------------------------------ */

static int check_safety(union setting_value *value, struct err *err)
{
    if (!json_object_is_type(value->json, json_type_array))
        return err_set(err, ERR_INVALID, "it must be a list");
    for (size_t i = 0; i < json_object_array_length(value->json); i++) {
        json_object *row = json_object_array_get_idx(value->json, i);
        if (!json_is_str(json_member(row, "category")) ||
            !json_is_str(json_member(row, "threshold")))
            return err_set(err, ERR_INVALID,
                           "item %zu must be {\"category\":\"...\",\"threshold\":\"...\"}", i + 1);
    }
    return 0;
}

static bool is_word_of(const char *word, const char *const *words)
{
    while (*words && !text_eq(word, *words))
        words++;
    return *words;
}

/* {"rpm":5,"tpm":250000,"rpd":20}: requests and tokens a minute and a Pacific day. */
static int check_limit_row(const char *model, json_object *row, struct err *err)
{
    static const char *const names[] = {"rpm", "tpm", "rpd", "tpd", NULL};
    if (!json_object_is_type(row, json_type_object))
        return err_set(err, ERR_INVALID, "\"%.64s\" must be {\"rpm\":..,\"tpm\":..,\"rpd\":..}",
                       model);
    json_object_object_foreach(row, name, limit)
    {
        if (!is_word_of(name, names) || !json_is_num(limit) || json_object_get_double(limit) < 0)
            return err_set(err, ERR_INVALID,
                           "\"%.64s\": \"%.32s\" is no limit; rpm, tpm, rpd and tpd are, with "
                           "numbers from 0 on",
                           model, name);
    }
    return 0;
}

static int check_rate_limits(union setting_value *value, struct err *err)
{
    static const char *const tiers[] = {"free", "paid", "vertex", "*", NULL};
    if (!value->json)
        return 0;
    if (!json_object_is_type(value->json, json_type_object))
        return err_set(err, ERR_INVALID, "it must be an object");
    json_object_object_foreach(value->json, tier, models)
    {
        if (!is_word_of(tier, tiers) || !json_object_is_type(models, json_type_object))
            return err_set(
                err, ERR_INVALID,
                "\"%.32s\" must be free, paid, vertex or *, and hold an object of models", tier);
        json_object_object_foreach(models, model, row)
        {
            if (check_limit_row(model, row, err))
                return -1;
        }
    }
    return 0;
}

/* --- which setting has which ----------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*check)(union setting_value *value, struct err *err);
} shapes[] = {
    {"ADMIN_PATH", check_path},
    {"API_KEYS", part_keys},
    {"BASE_URL", check_url},
    {"CLOUDFLARE_IMGBED_URL", check_url},
    {"CUSTOM_HEADERS", check_headers},
    {"EMBEDDING_MODEL_MAP", check_names},
    {"FIRST_TOKEN_TIMEOUT_MODELS", check_seconds},
    {"METRICS_ALLOWED", check_networks},
    {"MODEL_ALIASES", check_names},
    {"MODEL_FALLBACKS", check_names},
    {"PICGO_API_URL", check_url},
    {"PROXIES", check_proxies},
    {"RATE_LIMITS", check_rate_limits},
    {"SAFETY_SETTINGS", check_safety},
    {"SMMS_API_URL", check_url},
    {"THINKING_BUDGET_MAP", check_budgets},
    {"TRUSTED_PROXIES", check_networks},
    {"VERTEX_API_KEYS", part_keys},
    {"VERTEX_EXPRESS_BASE_URL", check_url},
};

int setting_shape_check(const struct setting_def *def, union setting_value *value, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
        if (text_eq(def->name, shapes[i].name))
            return shapes[i].check(value, err);
    return 0;
}
