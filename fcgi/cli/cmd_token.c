/* gbctl token ... */
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/rand.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/token_options.h"
#include "store/store_tokens.h"

#define TOKEN_PREFIX "sk-"
#define TOKEN_CHARACTERS 48 /* of 62: 285 bits */

int cli_token_new(struct cli *cli)
{
    struct err err = ERR_INIT;
    struct token_options options;
    if (token_options_take(&options, cli, &err) < 0)
        return cli_fail(&err);
    if (cli->argc)
        return 2;
    char token[sizeof(TOKEN_PREFIX) + TOKEN_CHARACTERS] = TOKEN_PREFIX;
    rand_token(token + strlen(token), TOKEN_CHARACTERS + 1);
    int64_t id = 0;
    int rc =
        store_token_add(cli->site.store, token, options.name ? options.name : "", false, &id, &err);
    if (rc > 0 && token_options_apply(&options, cli->site.store, id, &err) < 0)
        rc = -1;
    if (rc > 0)
        puts(token);
    secret_wipe(token, sizeof(token));
    return rc > 0 ? 0 : cli_fail(&err);
}

static int print_token(void *ctx, const struct store_token *token)
{
    const bool *reveal = ctx;
    const char *shown = *reveal && token->secret ? token->secret : token->hint;
    printf("%-6lld %-24s %-7s %s", (long long)token->id, shown, token->paused ? "paused" : "active",
           token->name ? token->name : "");
    token_limits_print(token);
    putchar('\n');
    return 0;
}

static int take_id(struct cli *cli, int64_t *id_r)
{
    return cli->argc == 1 && text_to_int(cli->argv[0], id_r) == 0 ? 0 : -1;
}

int cli_token_set(struct cli *cli)
{
    struct err err = ERR_INIT;
    struct token_options options;
    int64_t id = 0;
    if (token_options_take(&options, cli, &err) < 0)
        return cli_fail(&err);
    if (take_id(cli, &id) < 0 || !options.any)
        return 2;
    return token_options_apply(&options, cli->site.store, id, &err) < 0 ? cli_fail(&err) : 0;
}

static int set_paused(struct cli *cli, bool paused)
{
    struct err err = ERR_INIT;
    int64_t id = 0;
    if (take_id(cli, &id) < 0)
        return 2;
    return store_token_set_paused(cli->site.store, id, paused, &err) < 0 ? cli_fail(&err) : 0;
}

int cli_token_pause(struct cli *cli)
{
    return set_paused(cli, true);
}

int cli_token_resume(struct cli *cli)
{
    return set_paused(cli, false);
}

int cli_token_list(struct cli *cli)
{
    struct err err = ERR_INIT;
    bool reveal = cli_take_switch(cli, "reveal");
    if (cli->argc)
        return 2;
    return store_tokens_each(cli->site.store, reveal, print_token, &reveal, &err) < 0
               ? cli_fail(&err)
               : 0;
}

int cli_token_delete(struct cli *cli)
{
    struct err err = ERR_INIT;
    int64_t id = 0;
    if (cli->argc != 1 || text_to_int(cli->argv[0], &id) < 0)
        return 2;
    int rc = store_token_delete(cli->site.store, id, &err);
    if (rc == 0)
        err_set(&err, ERR_NOT_FOUND, "there is no token %lld", (long long)id);
    return rc > 0 ? 0 : cli_fail(&err);
}
