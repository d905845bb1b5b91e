/* gbctl db ..., gbctl maintain */
#include <stdio.h>

#include "cli/cli.h"
#include "jobs/jobs.h"

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
    struct journal_options journal_options = {
        .store = cli->site.store, .threaded = false, .max_rows = LIMIT_JOURNAL_ROWS};
    struct journal *journal = journal_open(&journal_options, err);
    if (!journal)
        return -1;
    const struct settings *set = settings_holder_acquire(cli->site.settings);
    struct keyring_options ring_options = {
        .store = cli->site.store, .journal = journal, .single_use = true};
    struct keyring *keyring = keyring_open(&ring_options, set, err);
    settings_unref(&set);
    int ran = -1;
    if (keyring) {
        struct jobs_env env = {.store = cli->site.store,
                               .journal = journal,
                               .keyring = keyring,
                               .settings = cli->site.settings};
        ran = jobs_run_shared(&env, force, err);
    }
    keyring_close(&keyring);
    journal_close(&journal);
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
