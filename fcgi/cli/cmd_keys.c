/* gbctl keys ... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/redact.h"
#include "base/scope.h"
#include "base/text.h"
#include "cli/cli_ring.h"
#include "keyring/key_paste.h"
#include "store/store_keys.h"

/* Index of `word` in a table of words, -1 when it is none of them. */
static int word_index(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (text_ieq(words[i], word))
            return (int)i;
    return -1;
}

/* --- list --------------------------------------------------------------------------------------
 */

struct listing {
    const char *state; /* NULL: any */
    int printed;
};

static int print_key(void *ctx, const struct store_key *key)
{
    struct listing *listing = ctx;
    if (listing->state && !text_ieq(listing->state, store_key_state_words[key->state]))
        return 0;
    listing->printed++;
    static const char *const caps[STORE_KEY_CAPS] = {"rpm", "tpm", "rpd", "tpd"};
    printf("%-6lld %-24s %-7s %-7s failures=%lld weight=%g %s%s%s%s", (long long)key->id, key->hint,
           store_key_kind_words[key->kind], store_key_state_words[key->state],
           (long long)key->failures, key->weight,
           text_empty(key->label) ? "" : "label=", key->label ? key->label : "",
           text_empty(key->reason) ? "" : " reason=", key->reason ? key->reason : "");
    if (key->caps.share > 0)
        printf(" share=%lld%%", (long long)key->caps.share);
    for (size_t i = 0; i < ARRAY_LEN(caps); i++)
        if (key->caps.most[i] > 0)
            printf(" %s=%lld", caps[i], (long long)key->caps.most[i]);
    putchar('\n');
    return 0;
}

int cli_keys_list(struct cli *cli)
{
    struct err err = ERR_INIT;
    struct listing listing = {.state = cli_take_option(cli, "state")};
    if (cli->argc ||
        (listing.state && word_index(store_key_state_words, STORE_KEY_STATES, listing.state) < 0))
        return 2;
    if (store_keys_each(cli->site.store, false, print_key, &listing, &err) < 0)
        return cli_fail(&err);
    if (listing.printed == 0)
        fprintf(stderr, "gbctl: there is no %skey in %s\n", listing.state ? "such " : "",
                cli->site.data_dir);
    return 0;
}

/* --- add ---------------------------------------------------------------------------------------
 */

struct adding {
    struct store *store;
    enum store_key_kind kind;
    const char *label;
    bool any;
    int added, known, refused;
};

static int add_one(struct adding *adding, const char *secret, struct err *err)
{
    int64_t id = 0;
    int rc = store_key_add(adding->store, adding->kind, secret, adding->label, false, &id, err);
    if (rc < 0)
        return -1;
    if (rc)
        adding->added++;
    else
        adding->known++;
    return 0;
}

/* Whatever keys stand in the text: one, or several with commas or blanks between. With --any it is one as it stands. */
static int add_text(struct adding *adding, const char *text, struct err *err)
{
    char hint[REDACTED_LEN];
    if (adding->any)
        return add_one(adding, text, err);
    struct pasted_keys found = {0};
    struct arena *arena = arena_create(4 * KIB);
    int rc = 0;
    pasted_keys_find(&found, arena, text, strlen(text));
    for (size_t i = 0; i < found.keys.len && rc == 0; i++)
        rc = add_one(adding, found.keys.items[i], err);
    if (found.keys.len == 0 || found.rejected.len > 0) {
        adding->refused++;
        fprintf(stderr, "gbctl: there is no key in %s\n",
                redact(found.rejected.len > 0 ? found.rejected.items[0] : text, hint));
    }
    pasted_keys_free(&found);
    arena_destroy(&arena);
    return rc;
}

static int add_from_input(struct adding *adding, struct err *err)
{
    FREE_AUTO char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) >= 0) {
        const char *text = text_trim(line);
        if (text[0] && text[0] != '#' && add_text(adding, text, err) < 0)
            return -1;
    }
    return 0;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1];
}

int cli_take_kind(struct cli *cli, enum store_key_kind *kind_r)
{
    const char *word = cli_take_option(cli, "kind");
    int kind = word ? word_index(store_key_kind_words, STORE_KEY_KINDS, word) : STORE_KEY_GEMINI;
    *kind_r = (enum store_key_kind)kind;
    return kind < 0 ? -1 : 0;
}

int cli_keys_add(struct cli *cli)
{
    struct err err = ERR_INIT;
    const char *label = cli_take_option(cli, "label");
    struct adding adding = {
        .store = cli->site.store, .label = label ? label : "", .any = cli_take_switch(cli, "any")};
    if (cli_take_kind(cli, &adding.kind) != 0 || cli->argc == 0)
        return 2;
    for (int i = 0; i < cli->argc; i++)
        if (is_option(cli->argv[i]))
            return 2;
    for (int i = 0; i < cli->argc; i++) {
        int rc = text_eq(cli->argv[i], "-") ? add_from_input(&adding, &err)
                                            : add_text(&adding, cli->argv[i], &err);
        if (rc < 0)
            return cli_fail(&err);
    }
    printf("%d added, %d there already\n", adding.added, adding.known);
    if (adding.refused > 0)
        fputs("gbctl: a key of another shape is added with --any\n", stderr);
    return adding.refused > 0;
}

/* --- pause, resume, delete ----------------------------------------------------------------------
 */

int cli_find_key(struct store *store, const char *text, int64_t *id_r, struct err *err)
{
    if (text_to_int(text, id_r) == 0)
        return 1;
    for (size_t kind = 0; kind < STORE_KEY_KINDS; kind++) {
        int rc = store_key_find(store, (enum store_key_kind)kind, text, id_r, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* 1 done, 0 no such key, -1. */
typedef int key_change(void *ctx, struct store *store, int64_t id, struct err *err);

static int change_keys(struct cli *cli, key_change *change, void *ctx, const char *done)
{
    struct err err = ERR_INIT;
    int changed = 0;
    if (cli->argc == 0)
        return 2;
    for (int i = 0; i < cli->argc; i++) {
        int64_t id = 0;
        int rc = cli_find_key(cli->site.store, cli->argv[i], &id, &err);
        if (rc > 0)
            rc = change(ctx, cli->site.store, id, &err);
        if (rc < 0)
            return cli_fail(&err);
        if (rc == 0)
            fprintf(stderr, "gbctl: argument %d is no key\n", i + 1);
        changed += rc > 0;
    }
    printf("%d %s\n", changed, done);
    return changed == cli->argc ? 0 : 1;
}

static int set_state(struct store *store, int64_t id, enum store_key_state state, struct err *err)
{
    int rc = store_key_set_state(store, id, state, "", clock_wall_ms(), err);
    if (rc < 0 && err->code == ERR_NOT_FOUND)
        return 0;
    return rc < 0 ? -1 : 1;
}

static int pause_key(void *ctx, struct store *store, int64_t id, struct err *err)
{
    (void)ctx;
    return set_state(store, id, STORE_KEY_PAUSED, err);
}

static int resume_key(void *ctx, struct store *store, int64_t id, struct err *err)
{
    (void)ctx;
    return set_state(store, id, STORE_KEY_ACTIVE, err);
}

static int delete_key(void *ctx, struct store *store, int64_t id, struct err *err)
{
    (void)ctx;
    return store_key_delete(store, id, err);
}

static int reset_key(void *ctx, struct store *store, int64_t id, struct err *err)
{
    struct cli_ring *ring = ctx;
    struct arena *arena = arena_create(4 * KIB);
    struct store_key key;
    int found = store_key_get(store, id, false, arena, &key, err);
    arena_destroy(&arena);
    if (found != 1)
        return found;
    if (keyring_reset_rest(ring->keyring, id, NULL, err) < 0 ||
        store_key_failures(store, id, INT64_MIN, NULL, clock_wall_ms(), err) < 0)
        return -1;
    return 1;
}

int cli_keys_pause(struct cli *cli)
{
    return change_keys(cli, pause_key, NULL, "paused");
}

int cli_keys_resume(struct cli *cli)
{
    return change_keys(cli, resume_key, NULL, "resumed");
}

int cli_keys_delete(struct cli *cli)
{
    return change_keys(cli, delete_key, NULL, "deleted");
}

int cli_keys_reset(struct cli *cli)
{
    struct err err = ERR_INIT;
    struct cli_ring ring;
    if (cli->argc == 0)
        return 2;
    if (cli_ring_open(&ring, cli, &err) < 0)
        return cli_fail(&err);
    int rc = change_keys(cli, reset_key, &ring, "reset");
    cli_ring_close(&ring);
    return rc;
}
