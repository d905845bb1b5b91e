#include "cli/token_options.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

#define LIMIT_MAX ((int64_t)1000000000000)
#define DAYS_MAX 36500

/* --- reading ----------------------------------------------------------------------------------- */

static int read_limit(const char *option, const char *text, int64_t *value_r, struct err *err)
{
    if (!text)
        return 0;
    if (text_to_int(text, value_r) == 0 && *value_r >= 0 && *value_r <= LIMIT_MAX)
        return 0;
    return err_set_param(err, ERR_INVALID, option,
                         "--%s must be a whole number from 0 (no limit) to %lld", option,
                         (long long)LIMIT_MAX);
}

/* "30d": so many days from now. */
static int read_days(const char *text, int64_t now_ms, int64_t *expires_ms_r)
{
    char digits[16];
    int64_t days = 0;
    size_t len = strlen(text);
    if (len < 2 || len > sizeof(digits) || text[len - 1] != 'd')
        return -1;
    snprintf(digits, sizeof(digits), "%.*s", (int)len - 1, text);
    if (text_to_int(digits, &days) < 0 || days < 1 || days > DAYS_MAX)
        return -1;
    *expires_ms_r = now_ms + days * DAY_MS;
    return 0;
}

static int read_date(const char *text, int64_t *expires_ms_r)
{
    struct tm day = {0};
    const char *end = strptime(text, "%Y-%m-%d", &day);
    if (!end || *end)
        return -1;
    *expires_ms_r = (int64_t)timegm(&day) * SECOND_MS + DAY_MS;
    return 0;
}

static int read_expiry(const char *text, int64_t now_ms, int64_t *expires_ms_r, struct err *err)
{
    if (!text)
        return 0;
    if (text_ieq(text, "never")) {
        *expires_ms_r = 0;
        return 0;
    }
    if (read_days(text, now_ms, expires_ms_r) == 0 || read_date(text, expires_ms_r) == 0)
        return 0;
    return err_set_param(err, ERR_INVALID, "expires",
                         "--expires must be a number of days (30d), a date (2027-01-31) or never");
}

/* Fills the fields that were given. */
static int fill(const struct token_options *options, struct store_token *token, struct err *err)
{
    if (options->name)
        token->name = options->name;
    if (read_limit("rpm", options->requests_per_minute, &token->requests_per_minute, err) < 0 ||
        read_limit("rpd", options->requests_per_day, &token->requests_per_day, err) < 0 ||
        read_limit("tpd", options->tokens_per_day, &token->tokens_per_day, err) < 0)
        return -1;
    return read_expiry(options->expires, clock_wall_ms(), &token->expires_ms, err);
}

int token_options_take(struct token_options *options, struct cli *cli, struct err *err)
{
    struct store_token checked = {0};
    *options = (struct token_options){.name = cli_take_option(cli, "name"),
                                      .models = cli_take_option(cli, "models"),
                                      .requests_per_minute = cli_take_option(cli, "rpm"),
                                      .requests_per_day = cli_take_option(cli, "rpd"),
                                      .tokens_per_day = cli_take_option(cli, "tpd"),
                                      .expires = cli_take_option(cli, "expires")};
    options->any = options->name || options->models || options->requests_per_minute ||
                   options->requests_per_day || options->tokens_per_day || options->expires;
    return fill(options, &checked, err);
}

/* --- writing ----------------------------------------------------------------------------------- */

/* The list as JSON; "" for all. */
static char *models_json(const char *list)
{
    if (text_empty(list) || text_ieq(list, "all"))
        return xstrdup("");
    FREE_AUTO char *copy = xstrdup(list);
    JSON_AUTO json_object *models = json_object_new_array();
    char *at = copy;
    while (at) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma = '\0';
        const char *model = text_trim(at);
        if (*model)
            json_object_array_add(models, json_object_new_string(model));
        at = comma ? comma + 1 : NULL;
    }
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(MIB);
    json_write(&text, models);
    return strbuf_take(&text, NULL);
}

struct present {
    int64_t id;
    struct arena *arena;
    struct store_token token;
    bool found;
};

static int keep_present(void *ctx, const struct store_token *token)
{
    struct present *present = ctx;
    if (token->id != present->id)
        return 0;
    present->token = *token;
    present->token.name = arena_strdup(present->arena, token->name ? token->name : "");
    present->token.models = arena_strdup(present->arena, token->models ? token->models : "");
    present->found = true;
    return 1;
}

int token_options_apply(const struct token_options *options, struct store *store, int64_t id,
                        struct err *err)
{
    if (!options->any)
        return 0;
    struct present present = {.id = id, .arena = arena_create(KIB)};
    FREE_AUTO char *models = options->models ? models_json(options->models) : NULL;
    int rc = store_tokens_each(store, false, keep_present, &present, err);
    if (rc >= 0 && !present.found)
        rc = err_set(err, ERR_NOT_FOUND, "there is no token %lld", (long long)id);
    if (rc >= 0)
        rc = fill(options, &present.token, err);
    if (models)
        present.token.models = models;
    if (rc >= 0)
        rc = store_token_edit(store, &present.token, err);
    arena_destroy(&present.arena);
    return rc < 0 ? -1 : 0;
}

/* --- showing ----------------------------------------------------------------------------------- */

static void print_number(const char *name, int64_t value)
{
    if (value > 0)
        printf(" %s=%lld", name, (long long)value);
}

void token_limits_print(const struct store_token *token)
{
    char text[40];
    print_number("rpm", token->requests_per_minute);
    print_number("rpd", token->requests_per_day);
    print_number("tpd", token->tokens_per_day);
    if (!text_empty(token->models))
        printf(" models=%s", token->models);
    if (token->expires_ms)
        printf(" expires=%s", clock_iso(token->expires_ms, text, sizeof(text)));
}
