/* gbctl init: what nobody has set on a first start. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rand.h"
#include "base/scope.h"
#include "cli/cli.h"
#include "store/store_tokens.h"

#define ADMIN_PREFIX "admin-"
#define CLIENT_PREFIX "sk-"
#define TOKEN_CHARACTERS 40
#define TOKEN_SIZE (sizeof(ADMIN_PREFIX) + TOKEN_CHARACTERS)

static void make_token(char token_r[TOKEN_SIZE], const char *prefix)
{
    snprintf(token_r, TOKEN_SIZE, "%s", prefix);
    rand_token(token_r + strlen(prefix), TOKEN_CHARACTERS + 1);
}

/* Below the environment, so that AUTH_TOKEN there wins as soon as somebody sets it. */
static int keep_admin_token(const char *data_dir, const char *token, struct err *err)
{
    FREE_AUTO char *path = site_made_tokens_path(data_dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    bool written = dprintf(fd, "AUTH_TOKEN=%s\n", token) > 0 && fsync(fd) == 0;
    if (close(fd) < 0 || !written)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    return 0;
}

static int init_admin(struct cli *cli, struct err *err)
{
    const struct settings *set = settings_holder_acquire(cli->site.settings);
    bool there = set->auth_token[0] != '\0';
    settings_unref(&set);
    if (there)
        return 0;
    char token[TOKEN_SIZE];
    make_token(token, ADMIN_PREFIX);
    int rc = keep_admin_token(cli->site.data_dir, token, err);
    if (rc == 0)
        printf("Admin token   %s\n", token);
    secret_wipe(token, sizeof(token));
    return rc;
}

static int note_token(void *ctx, const struct store_token *token)
{
    (void)token;
    *(bool *)ctx = true;
    return 0;
}

static int init_client(struct cli *cli, struct err *err)
{
    bool there = false;
    if (store_tokens_each(cli->site.store, false, note_token, &there, err) < 0)
        return -1;
    if (there)
        return 0;
    char token[TOKEN_SIZE];
    make_token(token, CLIENT_PREFIX);
    int64_t id;
    int rc = store_token_add(cli->site.store, token, "first", false, &id, err);
    if (rc > 0)
        printf("Client token  %s\n", token);
    secret_wipe(token, sizeof(token));
    return rc > 0 ? 0 : -1;
}

int cli_init(struct cli *cli)
{
    struct err err = ERR_INIT;
    if (cli->argc)
        return 2;
    return init_admin(cli, &err) < 0 || init_client(cli, &err) < 0 ? cli_fail(&err) : 0;
}
