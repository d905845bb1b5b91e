#include "config/setting_value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/bootstrap.h"
#include "config/literal.h"
#include "config/setting_shape.h"
#include "config/setting_text.h"

/* --- ranges and characters ------------------------------------------------------------------- */

static bool in_range(const struct setting_def *def, double number)
{
    return (def->min == 0 && def->max == 0) || (number >= def->min && number <= def->max);
}

/* Valid UTF-8 without control characters: it may stand in a header, a log line and a page. */
static bool is_clean_text(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    return utf8_valid(text, strlen(text));
}

/* --- reading, a function per type ------------------------------------------------------------ */

/* Each returns -1 when `text` is none of its type or out of range; `err` is for what there is to
 * say beyond that, and may stay as it is. */

static int parse_bool(const struct setting_def *def, const char *text, union setting_value *value,
                      struct err *err)
{
    (void)def;
    (void)err;
    return text_to_bool(text, &value->flag);
}

/* Takes 300.0 for 300, as programs with one type of number print it. */
static int parse_int(const struct setting_def *def, const char *text, union setting_value *value,
                     struct err *err)
{
    (void)err;
    const double exact = 9007199254740992.0; /* 2^53 */
    double number;
    if (text_to_num(text, &number) || floor(number) != number || fabs(number) > exact)
        return -1;
    value->whole = (int64_t)number;
    return in_range(def, number) ? 0 : -1;
}

static int parse_num(const struct setting_def *def, const char *text, union setting_value *value,
                     struct err *err)
{
    (void)err;
    return text_to_num(text, &value->number) || !in_range(def, value->number) ? -1 : 0;
}

static int parse_str(const struct setting_def *def, const char *text, union setting_value *value,
                     struct err *err)
{
    if (!is_clean_text(text))
        return err_set(err, ERR_INVALID, "it holds a control character or is not UTF-8");
    bool unset = !*text && !*def->fallback;
    if (!unset && !in_range(def, (double)strlen(text)))
        return -1;
    value->text = xstrdup(text);
    return 0;
}

static int parse_choice(const struct setting_def *def, const char *text, union setting_value *value,
                        struct err *err)
{
    (void)err;
    for (const char *word = def->choices; *word;) {
        size_t len = strcspn(word, "|");
        FREE_AUTO char *choice = xstrndup(word, len);
        if (text_ieq(choice, text)) {
            value->text = xstrdup(choice);
            return 0;
        }
        word += word[len] ? len + 1 : len;
    }
    return -1;
}

static int parse_list(const struct setting_def *def, const char *text, union setting_value *value,
                      struct err *err)
{
    JSON_AUTO json_object *array = bootstrap_parse_list(text, err);
    if (!array)
        return -1;
    size_t count = json_object_array_length(array);
    if (!in_range(def, (double)count))
        return -1;
    value->list.items = xcalloc(count, sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        const char *item = json_object_get_string(json_object_array_get_idx(array, i));
        if (!is_clean_text(item))
            return err_set(err, ERR_INVALID, "item %zu holds a control character or is not UTF-8",
                           i + 1);
        value->list.items[value->list.len++] = xstrdup(item);
    }
    return 0;
}

/* Nulls are dropped: "no value" in any spelling. */
static int take_map_member(json_object *map, const char *name, json_object *member, struct err *err)
{
    if (!member)
        return 0;
    if (!json_is_str(member) && !json_is_num(member))
        return err_set(err, ERR_INVALID, "its values are texts or numbers");
    if (!is_clean_text(name) ||
        (json_is_str(member) && !is_clean_text(json_object_get_string(member))))
        return err_set(err, ERR_INVALID, "it holds a control character");
    json_add_ref(map, name, member);
    return 0;
}

static int parse_map(const struct setting_def *def, const char *text, union setting_value *value,
                     struct err *err)
{
    value->json = json_object_new_object();
    if (!*text)
        return 0;
    JSON_AUTO json_object *object = literal_parse(text, err);
    if (!object || !json_object_is_type(object, json_type_object))
        return -1;
    json_object_object_foreach(object, name, member)
    {
        if (take_map_member(value->json, name, member, err))
            return -1;
    }
    return in_range(def, json_object_object_length(value->json)) ? 0 : -1;
}

static int parse_json(const struct setting_def *def, const char *text, union setting_value *value,
                      struct err *err)
{
    (void)def;
    if (!*text)
        return 0;
    value->json = literal_parse(text, err);
    return value->json ? 0 : -1;
}

/* --- printing -------------------------------------------------------------------------------- */

static void print_bool(const union setting_value *value, struct strbuf *out)
{
    strbuf_puts(out, value->flag ? "true" : "false");
}

static void print_int(const union setting_value *value, struct strbuf *out)
{
    strbuf_printf(out, "%lld", (long long)value->whole);
}

/* As few digits as give the same number back. */
static void print_num(const union setting_value *value, struct strbuf *out)
{
    char text[32];
    double again;
    snprintf(text, sizeof(text), "%.15g", value->number);
    if (text_to_num(text, &again) || again < value->number || again > value->number)
        snprintf(text, sizeof(text), "%.17g", value->number);
    strbuf_puts(out, text);
}

static void print_text(const union setting_value *value, struct strbuf *out)
{
    strbuf_puts(out, value->text);
}

static void print_list(const union setting_value *value, struct strbuf *out)
{
    JSON_AUTO json_object *array = json_object_new_array();
    for (size_t i = 0; i < value->list.len; i++)
        json_object_array_add(array, json_object_new_string(value->list.items[i]));
    json_write(out, array);
}

static void print_json(const union setting_value *value, struct strbuf *out)
{
    if (value->json)
        json_write(out, value->json);
}

/* --- releasing ------------------------------------------------------------------------------- */

static void wipe_text(char *text)
{
    if (text)
        secret_wipe(text, strlen(text));
    free(text);
}

static void release_nothing(union setting_value *value)
{
    (void)value;
}

static void release_text(union setting_value *value)
{
    wipe_text(value->text);
}

static void release_list(union setting_value *value)
{
    for (size_t i = 0; i < value->list.len; i++)
        wipe_text(value->list.items[i]);
    free(value->list.items);
}

static void release_json(union setting_value *value)
{
    json_object_put(value->json);
}

/* --- the types ------------------------------------------------------------------------------- */

static const struct type_ops {
    size_t size; /* of the field in struct settings */
    int (*parse)(const struct setting_def *def, const char *text, union setting_value *value,
                 struct err *err);
    void (*print)(const union setting_value *value, struct strbuf *out);
    void (*release)(union setting_value *value);
} types[] = {
    [SETTING_BOOL] = {sizeof(bool), parse_bool, print_bool, release_nothing},
    [SETTING_INT] = {sizeof(int64_t), parse_int, print_int, release_nothing},
    [SETTING_NUM] = {sizeof(double), parse_num, print_num, release_nothing},
    [SETTING_STR] = {sizeof(char *), parse_str, print_text, release_text},
    [SETTING_CHOICE] = {sizeof(char *), parse_choice, print_text, release_text},
    [SETTING_LIST] = {sizeof(struct setting_list), parse_list, print_list, release_list},
    [SETTING_MAP] = {sizeof(json_object *), parse_map, print_json, release_json},
    [SETTING_JSON] = {sizeof(json_object *), parse_json, print_json, release_json},
};

/* --- a whole value --------------------------------------------------------------------------- */

bool setting_value_is_default(const struct setting_def *def, const char *text)
{
    if (def->type == SETTING_LIST || (def->type == SETTING_STR && def->min < 1))
        return false;
    return !text[strspn(text, " \t\r\n")];
}

/* The value as an error may show it: short, and without anything secret. */
static void show_value(const struct setting_def *def, const char *text, char *buf, size_t buf_size)
{
    if (def->flags & SET_SECRET) {
        char masked[REDACTED_LEN];
        text_copy(buf, buf_size, redact(text, masked));
        return;
    }
    FREE_AUTO char *copy = xstrdup(text);
    redact_text(copy);
    if (!text_copy(buf, buf_size, copy))
        memcpy(buf + strlen(buf) - 3, "...", 3);
}

static int refuse(const struct setting_def *def, const char *text, const struct err *detail,
                  struct err *err)
{
    struct strbuf range STRBUF_AUTO = STRBUF_INIT(1 * KIB);
    setting_range_text(&range, def, "en");
    char shown[64];
    show_value(def, text, shown, sizeof(shown));
    if (detail->text[0])
        return err_set_param(err, ERR_INVALID, def->name, "%s must be %s: %s", def->name,
                             strbuf_str(&range), detail->text);
    return err_set_param(err, ERR_INVALID, def->name, "%s must be %s, not \"%s\"", def->name,
                         strbuf_str(&range), shown);
}

static int parse_trimmed(const struct setting_def *def, const char *text,
                         union setting_value *value, struct err *err)
{
    struct err detail = ERR_INIT;
    if (types[def->type].parse(def, text, value, &detail))
        return refuse(def, text, &detail, err);
    if (setting_shape_check(def, value, &detail))
        return err_set_param(err, ERR_INVALID, def->name, "%s: %s", def->name, detail.text);
    return 0;
}

int setting_value_parse(const struct setting_def *def, const char *text,
                        union setting_value *value_r, struct err *err)
{
    *value_r = (union setting_value){0};
    size_t len = strlen(text);
    char *copy = xstrndup(text, len);
    char *trimmed = text_trim(copy);
    if (def->type != SETTING_STR)
        trimmed = text_trim(literal_unquote(trimmed));
    const char *used = setting_value_is_default(def, trimmed) ? def->fallback : trimmed;
    int result = parse_trimmed(def, used, value_r, err);
    if (result) {
        setting_value_release(def, value_r);
        *value_r = (union setting_value){0};
    }
    secret_wipe(copy, len);
    free(copy);
    return result;
}

void setting_value_release(const struct setting_def *def, union setting_value *value)
{
    types[def->type].release(value);
}

void setting_value_print(const struct setting_def *def, const union setting_value *value,
                         struct strbuf *out)
{
    types[def->type].print(value, out);
}

void setting_value_put(struct settings *set, const struct setting_def *def,
                       const union setting_value *value)
{
    memcpy((char *)set + def->offset, value, types[def->type].size);
}

void setting_value_get(const struct settings *set, const struct setting_def *def,
                       union setting_value *value_r)
{
    *value_r = (union setting_value){0};
    memcpy(value_r, (const char *)set + def->offset, types[def->type].size);
}
