/* gbctl keys verify */
#include <stdio.h>
#include <stdlib.h>

#include "base/vec.h"
#include "cli/cli.h"
#include "jobs/key_verify.h"
#include "upstream/upstream.h"

VEC(chosen_ids, int64_t);

static int print_step(void *ctx, const struct key_verify_step *step)
{
    int *dead = ctx;
    *dead += step->check->finding == KEY_IS_DEAD;
    printf("%zu/%zu  %-6lld %-24s %-8s", step->done, step->total, (long long)step->key_id,
           step->hint, key_finding_word(step->check->finding));
    if (step->check->status)
        printf(" %d", step->check->status);
    printf("%s%s\n", step->check->text[0] ? " " : "", step->check->text);
    fflush(stdout);
    return 0;
}

static int collect(struct cli *cli, struct chosen_ids *ids, struct err *err)
{
    for (int i = 0; i < cli->argc; i++) {
        int64_t id = 0;
        int rc = cli_find_key(cli->site.store, cli->argv[i], &id, err);
        if (rc == 0)
            rc = err_set(err, ERR_NOT_FOUND, "argument %d is no key", i + 1);
        if (rc < 0)
            return -1;
        VEC_PUSH(ids, id);
    }
    return 0;
}

static int verify(struct cli *cli, const struct chosen_ids *ids, bool all, struct err *err)
{
    struct upstream_options options = {.warm_max = 4, .user_agent = "gbctl/" PACKAGE_VERSION};
    const struct settings *set = settings_holder_acquire(cli->site.settings);
    options.ca_file = set->ca_file[0] ? set->ca_file : NULL;
    struct upstream *upstream = upstream_open(&options, err);
    int rc = -1;
    int dead = 0;
    if (upstream) {
        struct key_verify_env env = {.store = cli->site.store,
                                     .upstream = upstream,
                                     .settings = set,
                                     .parallel = 4,
                                     .pause_ms = 100};
        rc = key_verify(&env, ids->items, ids->len, all ? KEY_VERIFY_ALL : KEY_VERIFY_SICK,
                        print_step, &dead, err);
    }
    upstream_close(&upstream);
    settings_unref(&set);
    if (rc < 0)
        return -1;
    return dead > 0 ? 1 : 0;
}

int cli_keys_verify(struct cli *cli)
{
    struct err err = ERR_INIT;
    struct chosen_ids ids = {0};
    bool all = cli_take_switch(cli, "all");
    if (all && cli->argc)
        return 2;
    int rc = collect(cli, &ids, &err);
    if (rc == 0)
        rc = verify(cli, &ids, all, &err);
    VEC_FREE(&ids);
    return rc < 0 ? cli_fail(&err) : rc;
}
