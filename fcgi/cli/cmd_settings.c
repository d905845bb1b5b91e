/* gbctl settings ... */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "config/setting_mask.h"
#include "store/store_settings.h"

static const char *const source_words[] = {
    [SOURCE_DEFAULT] = "default", [SOURCE_ENVIRONMENT] = "environment", [SOURCE_STORE] = "saved"};

static void print_value(const struct settings *set, const struct setting_def *def, bool reveal)
{
    FREE_AUTO char *value = reveal ? setting_value_text(set, def) : setting_value_masked(set, def);
    bool hide = !reveal && (def->flags & SET_SECRET) && value[0];
    puts(hide ? "(secret)" : value);
}

int cli_settings_list(struct cli *cli)
{
    bool changed_only = cli_take_switch(cli, "changed");
    if (cli->argc)
        return 2;
    const struct settings *set = settings_holder_acquire(cli->site.settings);
    for (size_t i = 0; i < setting_count(); i++) {
        const struct setting_def *def = setting_at(i);
        enum setting_source source = setting_source_of(set, def);
        if ((changed_only && source == SOURCE_DEFAULT) || (def->flags & SET_ACCEPTED))
            continue;
        printf("%-40s %-12s ", def->name, source_words[source]);
        print_value(set, def, false);
    }
    settings_unref(&set);
    return 0;
}

/* The setting that the first argument names; NULL, and told so, when there is none. */
static const struct setting_def *named_setting(const struct cli *cli)
{
    const struct setting_def *def = setting_find(cli->argv[0]);
    if (!def)
        fprintf(stderr, "gbctl: there is no setting %s\n", cli->argv[0]);
    return def;
}

int cli_settings_get(struct cli *cli)
{
    bool reveal = cli_take_switch(cli, "reveal");
    if (cli->argc != 1)
        return 2;
    const struct setting_def *def = named_setting(cli);
    if (!def)
        return 1;
    const struct settings *set = settings_holder_acquire(cli->site.settings);
    print_value(set, def, reveal);
    settings_unref(&set);
    return 0;
}

static int save(struct cli *cli, const struct setting_def *def, const char *value)
{
    struct err err = ERR_INIT;
    if (def->flags & (SET_ENV_ONLY | SET_SEED))
        return err_set(&err, ERR_INVALID, "%s is read from the environment only", def->name),
               cli_fail(&err);
    if (value && setting_check(def, value, &err) < 0)
        return cli_fail(&err);
    struct store_setting_change change = {
        .name = def->name, .value = value, .secret = (def->flags & SET_SECRET) != 0};
    if (store_settings_save(cli->site.store, &change, 1, "gbctl", clock_wall_ms(), &err) < 0)
        return cli_fail(&err);
    if (def->flags & SET_START)
        printf("%s takes effect at the next start\n", def->name);
    return 0;
}

/* What `settings get` printed may come back: masked passwords stay as they are. */
static int save_text(struct cli *cli, const struct setting_def *def, const char *text)
{
    struct err err = ERR_INIT;
    FREE_AUTO char *value = NULL;
    const struct settings *set = settings_holder_acquire(cli->site.settings);
    FREE_AUTO char *current = setting_value_text(set, def);
    settings_unref(&set);
    if (setting_unmask(def, text, current, &value, &err) < 0)
        return cli_fail(&err);
    return save(cli, def, value);
}

int cli_settings_set(struct cli *cli)
{
    if (cli->argc != 2)
        return 2;
    const struct setting_def *def = named_setting(cli);
    return def ? save_text(cli, def, cli->argv[1]) : 1;
}

int cli_settings_reset(struct cli *cli)
{
    if (cli->argc != 1)
        return 2;
    const struct setting_def *def = named_setting(cli);
    return def ? save(cli, def, NULL) : 1;
}
