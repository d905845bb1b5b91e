/* gbctl pool ... */
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
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

/* --- status --------------------------------------------------------------------------------- */

static void print_counts(const char *word, const struct key_pool_counts *counts)
{
    printf("%-7s total=%d ready=%d paused=%d dead=%d", word, counts->total, counts->ready,
           counts->paused, counts->dead);
    for (int reason = REST_NONE + 1; reason < REST_REASON_COUNT; reason++)
        if (counts->resting[reason] > 0)
            printf(" %s=%d", rest_reason_word((enum rest_reason)reason), counts->resting[reason]);
    putchar('\n');
}

int cli_pool_status(struct cli *cli)
{
    struct err err = ERR_INIT;
    struct cli_ring ring;
    if (cli->argc)
        return 2;
    if (cli_ring_open(&ring, cli, &err) < 0)
        return cli_fail(&err);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct key_pool_counts counts = keyring_counts(ring.keyring, kinds[i].kind);
        if (counts.total > 0)
            print_counts(kinds[i].word, &counts);
    }
    cli_ring_close(&ring);
    return 0;
}

/* --- explain -------------------------------------------------------------------------------- */

static void print_limits(const struct key_view *view)
{
    static const char *const names[] = {[LIMIT_REQUESTS_MINUTE] = "rpm",
                                        [LIMIT_TOKENS_MINUTE] = "tpm",
                                        [LIMIT_REQUESTS_DAY] = "rpd",
                                        [LIMIT_TOKENS_DAY] = "tpd"};
    const int64_t used[] = {[LIMIT_REQUESTS_MINUTE] = view->minute_requests,
                            [LIMIT_TOKENS_MINUTE] = view->minute_tokens,
                            [LIMIT_REQUESTS_DAY] = view->day_requests,
                            [LIMIT_TOKENS_DAY] = view->day_tokens};
    for (int which = 0; which < LIMIT_KIND_COUNT; which++)
        if (view->limits[which] > 0)
            printf(" %s=%lld/%lld", names[which], (long long)used[which],
                   (long long)view->limits[which]);
}

static void print_view(void *ctx, const struct key_view *view)
{
    static const char *const state_words[] = {
        [KEY_READY] = "ready", [KEY_PAUSED] = "paused", [KEY_DEAD] = "dead"};
    char until[40];
    printf("%-6lld %-7s %-6s %-10s", (long long)view->id, (const char *)ctx,
           state_words[view->state], view->eligible ? "would serve" : "would not");
    if (!view->eligible && view->state == KEY_READY)
        printf(" reason=%s", view->reason ? rest_reason_word(view->reason) : "no_room");
    if (view->rule && view->rule[0])
        printf(" rule=%s", view->rule);
    if (!view->eligible && view->until_ms > 0)
        printf(" until=%s", clock_iso(view->until_ms, until, sizeof(until)));
    print_limits(view);
    putchar('\n');
}

int cli_pool_explain(struct cli *cli)
{
    struct err err = ERR_INIT;
    struct cli_ring ring;
    const char *model = cli_take_option(cli, "model");
    if (cli->argc)
        return 2;
    if (cli_ring_open(&ring, cli, &err) < 0)
        return cli_fail(&err);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        keyring_each(ring.keyring, kinds[i].kind, model ? model : "", print_view,
                     (void *)kinds[i].word);
    cli_ring_close(&ring);
    return 0;
}
