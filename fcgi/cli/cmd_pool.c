/* gbctl pool ... */
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/vec.h"
#include "cli/cli_ring.h"

int cli_ring_open(struct cli_ring *ring, struct cli *cli, struct err *err)
{
    struct journal_options journal_options = {
        .store = cli->site.store, .threaded = false, .max_rows = LIMIT_JOURNAL_ROWS};
    *ring = (struct cli_ring){.journal = journal_open(&journal_options, err)};
    if (!ring->journal)
        return -1;
    const struct settings *set = settings_holder_acquire(cli->site.settings);
    struct keyring_options options = {
        .store = cli->site.store, .journal = ring->journal, .single_use = true};
    ring->keyring = keyring_open(&options, set, err);
    settings_unref(&set);
    if (!ring->keyring)
        cli_ring_close(ring);
    return ring->keyring ? 0 : -1;
}

void cli_ring_close(struct cli_ring *ring)
{
    keyring_close(&ring->keyring);
    journal_close(&ring->journal);
}

static const struct {
    enum key_kind kind;
    const char *word;
} kinds[] = {{KEY_GEMINI, "gemini"}, {KEY_PAID, "paid"}, {KEY_VERTEX, "vertex"}};

/* Why a key does not serve, in words; by rest_reason. */
static const char *const reason_words[] = {
    [REST_NONE] = "a known limit is reached",
    [REST_OVERLOAD] = "the model is overloaded",
    [REST_EGRESS] = "Google limits this address",
    [REST_MINUTE_QUOTA] = "quota of the minute used up",
    [REST_DAY_QUOTA] = "quota of the day used up",
    [REST_NOT_ENTITLED] = "model not on this key's tier",
    [REST_MODEL_GONE] = "model not open to this key",
    [REST_THROTTLED] = "refused without a reason",
    [REST_FAULT] = "a fault of the key",
    [REST_SPENT] = "credits used up",
};

/* --- status --------------------------------------------------------------------------------- */

static void print_resting(const int resting[REST_REASON_COUNT])
{
    const char *before = "";
    for (int reason = REST_NONE; reason < REST_REASON_COUNT; reason++) {
        if (resting[reason] == 0)
            continue;
        printf("%s%d: %s", before, resting[reason], reason_words[reason]);
        before = "; ";
    }
    puts(*before ? "" : "-");
}

/* Rests of keys for one model; those for all models are in the table of kinds. */
struct model_rests {
    char *model;
    int resting[REST_REASON_COUNT];
};
VEC(models_rests, struct model_rests);

static int count_rest(void *ctx, const struct store_rest *rest)
{
    struct models_rests *models = ctx;
    size_t i = 0;
    if (rest->model[0] == '\0')
        return 0;
    while (i < models->len && !text_eq(models->items[i].model, rest->model))
        i++;
    if (i == models->len) {
        struct model_rests fresh = {.model = xstrdup(rest->model)};
        VEC_PUSH(models, fresh);
    }
    models->items[i].resting[rest_reason_of(rest->reason)]++;
    return 0;
}

static int print_models(struct store *store, struct err *err)
{
    struct models_rests models = {0};
    int rc = store_rests_each(store, clock_wall_ms(), count_rest, &models, err);
    if (rc == 0 && models.len)
        printf("\n%-31s%s\n", "MODEL", "KEYS RESTING");
    for (size_t i = 0; i < models.len; i++) {
        if (rc == 0) {
            printf("%-30s ", models.items[i].model);
            print_resting(models.items[i].resting);
        }
        free(models.items[i].model);
    }
    VEC_FREE(&models);
    return rc;
}

int cli_pool_status(struct cli *cli)
{
    struct err err = ERR_INIT;
    struct cli_ring ring;
    if (cli->argc)
        return 2;
    if (cli_ring_open(&ring, cli, &err) < 0)
        return cli_fail(&err);
    printf("%-8s%7s%7s%8s%6s  %s\n", "KIND", "TOTAL", "READY", "PAUSED", "DEAD", "RESTING");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct key_pool_counts counts = keyring_counts(ring.keyring, kinds[i].kind);
        if (counts.total == 0)
            continue;
        printf("%-8s%7d%7d%8d%6d  ", kinds[i].word, counts.total, counts.ready, counts.paused,
               counts.dead);
        print_resting(counts.resting);
    }
    cli_ring_close(&ring);
    return print_models(cli->site.store, &err) < 0 ? cli_fail(&err) : 0;
}

/* --- explain -------------------------------------------------------------------------------- */

struct key_name {
    int64_t id;
    char *text;
};
VEC(key_names, struct key_name);

/* Keys by their hints and labels, in the order of their ids. */
struct explaining {
    struct key_names names;
    const char *kind;
};

static int note_name(void *ctx, const struct store_key *key)
{
    struct key_names *names = ctx;
    struct key_name name = {.id = key->id,
                            .text = key->label[0] ? xasprintf("%s (%s)", key->hint, key->label)
                                                  : xstrdup(key->hint)};
    VEC_PUSH(names, name);
    return 0;
}

static const char *name_of(const struct key_names *names, int64_t id)
{
    size_t low = 0, high = names->len;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (names->items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->len && names->items[low].id == id ? names->items[low].text : "";
}

static void free_names(struct key_names *names)
{
    for (size_t i = 0; i < names->len; i++)
        free(names->items[i].text);
    VEC_FREE(names);
}

static void print_why(const struct key_view *view)
{
    char until[40];
    const char *rule = view->rule ? view->rule : "";
    if (view->state == KEY_READY && !view->eligible)
        fputs(reason_words[view->reason], stdout);
    if (rule[0] && !text_eq(rule, "no_room"))
        printf(view->state == KEY_READY ? " [%s]" : "[%s]", rule);
    if (!view->eligible && view->until_ms > 0)
        printf(", until %s", clock_local(view->until_ms, until, sizeof(until)));
}

static void print_use(const struct key_view *view)
{
    static const char *const names[] = {[LIMIT_REQUESTS_MINUTE] = "calls a minute",
                                        [LIMIT_TOKENS_MINUTE] = "tokens a minute",
                                        [LIMIT_REQUESTS_DAY] = "calls a day",
                                        [LIMIT_TOKENS_DAY] = "tokens a day"};
    const int64_t used[] = {[LIMIT_REQUESTS_MINUTE] = view->minute_requests,
                            [LIMIT_TOKENS_MINUTE] = view->minute_tokens,
                            [LIMIT_REQUESTS_DAY] = view->day_requests,
                            [LIMIT_TOKENS_DAY] = view->day_tokens};
    const char *before = "  used ";
    for (int which = 0; which < LIMIT_KIND_COUNT; which++) {
        if (view->limits[which] <= 0)
            continue;
        printf("%s%lld of %lld %s", before, (long long)used[which], (long long)view->limits[which],
               names[which]);
        before = ", ";
    }
}

static void print_view(void *ctx, const struct key_view *view)
{
    static const char *const state_words[] = {
        [KEY_READY] = "rests", [KEY_PAUSED] = "paused", [KEY_DEAD] = "dead"};
    const struct explaining *explaining = ctx;
    printf("%-6lld %-30s %-7s %-8s", (long long)view->id, name_of(&explaining->names, view->id),
           explaining->kind, view->eligible ? "serves" : state_words[view->state]);
    print_why(view);
    print_use(view);
    putchar('\n');
}

/* The visitor prints under the keyring's mutex: nobody else uses this ring. */
static int explain(struct cli *cli, const char *model, struct err *err)
{
    struct cli_ring ring;
    struct explaining explaining = {.kind = ""};
    if (cli_ring_open(&ring, cli, err) < 0)
        return -1;
    int rc = store_keys_each(cli->site.store, false, note_name, &explaining.names, err);
    if (rc == 0)
        printf("%-6s %-28s %-7s %-8s%s\n", "ID", "KEY", "KIND", "NOW", "WHY");
    for (size_t i = 0; i < ARRAY_LEN(kinds) && rc == 0; i++) {
        explaining.kind = kinds[i].word;
        keyring_each(ring.keyring, kinds[i].kind, model, print_view, &explaining);
    }
    free_names(&explaining.names);
    cli_ring_close(&ring);
    return rc;
}

int cli_pool_explain(struct cli *cli)
{
    struct err err = ERR_INIT;
    const char *model = cli_take_option(cli, "model");
    if (cli->argc)
        return 2;
    if (explain(cli, model ? model : "", &err) < 0)
        return cli_fail(&err);
    return 0;
}
