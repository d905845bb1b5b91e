/* gbctl db ..., gbctl maintain */
#include <stdio.h>

#include "cli/cli_ring.h"
#include "jobs/jobs.h"
#include "upstream/upstream.h"

int cli_db_check(struct cli *cli)
{
    struct err err = ERR_INIT;
    if (cli->argc)
        return 2;
    if (store_check(cli->site.store, &err) < 0)
        return cli_fail(&err);
    puts("the store is in order");
    return 0;
}

static int run_jobs(struct cli *cli, bool force, struct err *err)
{
    struct cli_ring ring;
    if (cli_ring_open(&ring, cli, err) < 0)
        return -1;
    struct upstream_options options = {.warm_max = 2, .user_agent = "gbctl/" PACKAGE_VERSION};
    struct upstream *upstream = upstream_open(&options, err);
    int ran = -1;
    if (upstream) {
        struct jobs_env env = {.store = cli->site.store,
                               .journal = ring.journal,
                               .keyring = ring.keyring,
                               .upstream = upstream,
                               .settings = cli->site.settings};
        ran = jobs_run_shared(&env, force, err);
    }
    upstream_close(&upstream);
    cli_ring_close(&ring);
    return ran;
}

int cli_maintain(struct cli *cli)
{
    struct err err = ERR_INIT;
    bool force = cli_take_switch(cli, "force");
    if (cli->argc)
        return 2;
    int ran = run_jobs(cli, force, &err);
    if (ran < 0)
        return cli_fail(&err);
    printf("%d jobs ran\n", ran);
    return 0;
}
