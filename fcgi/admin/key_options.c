#include "admin/key_options.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/text.h"
#include "config/settings.h"

enum { TEXT_MAX = 100 };
#define CAP_MAX ((int64_t)1000000000000)

const char *const key_cap_names[1 + STORE_KEY_CAPS] = {
    "cap_share", "cap_requests_minute", "cap_tokens_minute", "cap_requests_day", "cap_tokens_day"};

/* --- where they come from ---------------------------------------------------------------------- */

static const char *of_form(void *ctx, const char *name)
{
    const struct http_form *form = ctx;
    const char *value = http_form_get(form, name);
    if (!text_eq(name, "proxy"))
        return value;
    if (http_form_get(form, "no_proxy"))
        return "";
    return text_empty(value) ? NULL : value;
}

struct key_option_source key_options_of_form(const struct http_form *form, bool empty_clears)
{
    return (struct key_option_source){of_form, (void *)form, empty_clears};
}

/* --- reading ------------------------------------------------------------------------------------ */

/* A field without white space around it; NULL where it stays as it is. */
static const char *given(const struct key_option_source *source, const char *name,
                         struct arena *arena)
{
    const char *text = source->get(source->ctx, name);
    if (!text)
        return NULL;
    char *trimmed = text_trim(arena_strdup(arena, text));
    bool clears = source->empty_clears || text_eq(name, "proxy");
    return *trimmed || clears ? trimmed : NULL;
}

static int read_text(const char **text_r, const struct key_option_source *source, const char *name,
                     struct arena *arena, struct err *err)
{
    *text_r = given(source, name, arena);
    if (*text_r && (strlen(*text_r) > TEXT_MAX || !utf8_valid(*text_r, strlen(*text_r))))
        return err_set_param(err, ERR_INVALID, name, "%s: at most %d bytes", name, TEXT_MAX);
    return 0;
}

static int read_proxy(struct key_options *options, const struct key_option_source *source,
                      struct arena *arena, struct err *err)
{
    options->proxy = given(source, "proxy", arena);
    if (text_empty(options->proxy))
        return 0;
    if (strlen(options->proxy) > LIMIT_SECRET || !setting_is_proxy(options->proxy))
        return err_set_param(err, ERR_INVALID, "proxy",
                             "an address like socks5://user:password@host:1080");
    return 0;
}

static int read_weight(struct key_options *options, const struct key_option_source *source,
                       struct arena *arena, struct err *err)
{
    const char *text = given(source, "weight", arena);
    if (text_empty(text))
        return 0;
    if (text_to_num(text, &options->weight) < 0 ||
        !(options->weight >= 0.01 && options->weight <= 100))
        return err_set_param(err, ERR_INVALID, "weight", "weight: a number from 0.01 to 100");
    return 0;
}

static int read_cap(int64_t *cap_r, const struct key_option_source *source, const char *name,
                    struct arena *arena, struct err *err)
{
    int64_t most = text_eq(name, key_cap_names[0]) ? 100 : CAP_MAX;
    const char *text = given(source, name, arena);
    *cap_r = -1;
    if (!text)
        return 0;
    if (*text == '\0')
        *cap_r = 0;
    else if (text_to_int(text, cap_r) < 0 || *cap_r < 0 || *cap_r > most)
        return err_set_param(err, ERR_INVALID, name, "%s: a whole number from 0 (no cap) to %lld",
                             name, (long long)most);
    return 0;
}

int key_options_read(struct key_options *options, const struct key_option_source *source,
                     struct arena *arena, struct err *err)
{
    *options = (struct key_options){.weight = 0};
    if (read_text(&options->label, source, "label", arena, err) < 0 ||
        read_text(&options->project, source, "project", arena, err) < 0 ||
        read_proxy(options, source, arena, err) < 0 || read_weight(options, source, arena, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(key_cap_names); i++) {
        int64_t *cap = i ? &options->caps.most[i - 1] : &options->caps.share;
        if (read_cap(cap, source, key_cap_names[i], arena, err) < 0)
            return -1;
    }
    return 0;
}

/* --- writing ------------------------------------------------------------------------------------ */

static bool has_caps(const struct key_options *options)
{
    bool found = options->caps.share >= 0;
    for (size_t i = 0; i < STORE_KEY_CAPS; i++)
        found = found || options->caps.most[i] >= 0;
    return found;
}

static bool has_edits(const struct key_options *options)
{
    return options->label || options->project || options->proxy || options->weight > 0;
}

bool key_options_any(const struct key_options *options)
{
    return has_edits(options) || has_caps(options);
}

int key_options_apply(const struct key_options *options, struct store *store, int64_t id,
                      struct err *err)
{
    const struct store_key changes = {.id = id,
                                      .label = options->label,
                                      .project = options->project,
                                      .proxy = options->proxy,
                                      .weight = options->weight};
    if (has_edits(options) && store_key_edit(store, &changes, err) < 0)
        return -1;
    return has_caps(options) ? store_key_cap(store, id, &options->caps, err) : 0;
}
