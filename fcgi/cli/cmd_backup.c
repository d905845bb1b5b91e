/* gbctl backup, restore, export */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "transfer/backup.h"
#include "transfer/site_file.h"

#define EXPORT_MAX (64 * MIB)

/* --- backup and restore ---------------------------------------------------------------------- */

int cli_backup(struct cli *cli)
{
    struct err err = ERR_INIT;
    struct backup_options options = {.master_key = cli_take_switch(cli, "with-master-key"),
                                     .log = !cli_take_switch(cli, "without-log")};
    if (cli->argc != 1)
        return 2;
    if (backup_write(&cli->site, cli->argv[0], &options, &err) != 0)
        return cli_fail(&err);
    printf("%s is written.\n", cli->argv[0]);
    puts(options.master_key
             ? "The master key is in it: whoever reads this file can use every key and token. Keep "
               "it as\nsafe as a password."
             : "The master key is not in it: keep DATA_DIR/secret.key (or SECRET_KEY) in another "
               "place. Without\nit the keys and tokens in this backup cannot be read by anybody.");
    return 0;
}

int cli_restore(struct cli *cli)
{
    struct err err = ERR_INIT;
    struct restored restored;
    struct restore_options options = {.log = !cli_take_switch(cli, "without-log"),
                                      .key_file = cli_take_option(cli, "key-file"),
                                      .secret_key = cli_take_option(cli, "secret-key")};
    if (cli->argc != 1)
        return 2;
    if (backup_restore(&cli->site, cli->argv[0], &options, &restored, &err) != 0)
        return cli_fail(&err);
    printf("%s is restored%s.\n", cli->argv[0], restored.log ? "" : ", without a request log");
    if (!restored.own_key)
        puts("It was made under another master key; all secrets are sealed with this site's now.");
    if (restored.forgotten > 0)
        printf("%lld deleted keys and tokens are forgotten: API_KEYS and ALLOWED_TOKENS may bring "
               "them back.\n",
               (long long)restored.forgotten);
    return 0;
}

/* --- export ---------------------------------------------------------------------------------- */

/* Writes to a new file that only its owner can read, or to standard output ("-"). */
static int write_out(const char *path, const struct strbuf *text, struct err *err)
{
    bool standard = text_eq(path, "-");
    int fd =
        standard ? dup(STDOUT_FILENO) : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    size_t written = file ? fwrite(text->data, 1, text->len, file) : 0;
    if (file && fclose(file) == 0 && written == text->len)
        return 0;
    err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (file && !standard)
        unlink(path);
    return -1;
}

int cli_export(struct cli *cli)
{
    struct err err = ERR_INIT;
    bool env = cli_take_switch(cli, "env");
    if (cli->argc != 1)
        return 2;
    CLEANUP(strbuf_wipe) struct strbuf text = STRBUF_INIT(EXPORT_MAX);
    int rc = env ? site_file_env(&cli->site, &text, &err) : site_file_json(&cli->site, &text, &err);
    if (rc == 0)
        rc = write_out(cli->argv[0], &text, &err);
    if (rc != 0)
        return cli_fail(&err);
    if (!text_eq(cli->argv[0], "-"))
        printf("%s is written; it holds every key and token in plain.\n", cli->argv[0]);
    return 0;
}
