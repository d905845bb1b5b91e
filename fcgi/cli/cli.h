/* gbctl: what the admin pages do, from the shell.
 *
 * A command is a row of the table in gbctl.c: its words, how it is used, what it does. It gets a
 * site that is open and the arguments after its words. Exit status: 0 done, 1 failed, 2 used
 * wrongly. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "site/site.h"
#include "store/store_keys.h"

struct cli {
    struct site site;
    int argc; /* arguments after the command's words */
    char **argv;
};

typedef int cli_command(struct cli *cli);

cli_command cli_keys_list;
cli_command cli_keys_add;
cli_command cli_keys_set;
cli_command cli_keys_pause;
cli_command cli_keys_resume;
cli_command cli_keys_delete;
cli_command cli_keys_reset;
cli_command cli_keys_verify;
cli_command cli_pool_status;
cli_command cli_pool_explain;
cli_command cli_settings_list;
cli_command cli_settings_get;
cli_command cli_settings_set;
cli_command cli_settings_reset;
cli_command cli_token_new;
cli_command cli_token_set;
cli_command cli_token_pause;
cli_command cli_token_resume;
cli_command cli_token_list;
cli_command cli_token_delete;
cli_command cli_init;
cli_command cli_import_reference;
cli_command cli_import_keys;
cli_command cli_import_export;
cli_command cli_export;
cli_command cli_backup;
cli_command cli_restore;
cli_command cli_db_check;
cli_command cli_maintain;

/* Prints "gbctl: text" to standard error; returns 1. */
int cli_fail(const struct err *err);
/* The id of a key named by its id or by itself. 1 found, 0 not, -1 failed. */
int cli_find_key(struct store *store, const char *text, int64_t *id_r, struct err *err);
/* Takes "--kind gemini|vertex|paid" out (gemini when it is not there). 0, -1 for another word. */
int cli_take_kind(struct cli *cli, enum store_key_kind *kind_r);
/* Takes "--NAME VALUE" out of the arguments; NULL when it is not there. */
const char *cli_take_option(struct cli *cli, const char *name);
/* Takes the switch "--NAME" out; false when it is not there. */
bool cli_take_switch(struct cli *cli, const char *name);

#endif
