#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"
#include "config/env_example.h"

static const struct command {
    const char *words;
    const char *arguments; /* where they name a FILE, root keeps its way to any */
    const char *help;
    cli_command *run;
} commands[] = {
    {"keys list", "[--state active|paused|dead]", "every key, masked, with its state",
     cli_keys_list},
    {"keys add", "[--kind gemini|vertex|paid] [--label TEXT] [--any] [KEY... | -]",
     "add keys; - reads them from standard input, --any takes words that look like no key",
     cli_keys_add},
    {"keys set",
     "[--label TEXT] [--project NAME] [--weight N] [--proxy URL|none] [--share PERCENT]\n"
     "      [--rpm N] [--tpm N] [--rpd N] [--tpd N] KEY|ID...",
     "change keys; caps are a share of Google's limits, and requests and tokens a minute and a\n"
     "      day for each model (0: no cap)",
     cli_keys_set},
    {"keys pause", "ID|KEY...", "take keys out of rotation", cli_keys_pause},
    {"keys resume", "ID|KEY...", "put paused or dead keys back", cli_keys_resume},
    {"keys reset", "ID|KEY...", "end their rests, forget their failures and learned limits",
     cli_keys_reset},
    {"keys delete", "ID|KEY...", "forget keys; a restart does not bring them back",
     cli_keys_delete},
    {"keys verify", "[--all | ID|KEY...]",
     "ask TEST_MODEL with keys (without arguments: with those that are dead or rest for long)",
     cli_keys_verify},
    {"pool status", "", "how many keys of each kind are ready, resting and why", cli_pool_status},
    {"pool explain", "[--model NAME]", "for each key: would it be chosen now, and if not, why",
     cli_pool_explain},
    {"settings list", "[--changed]", "every setting, its value and where it comes from",
     cli_settings_list},
    {"settings get", "[--reveal] NAME", "one value; secrets only with --reveal", cli_settings_get},
    {"settings set", "NAME VALUE", "save a value; running processes take it up", cli_settings_set},
    {"settings reset", "NAME", "back to the environment's value or the default",
     cli_settings_reset},
    {"token new", "[--name TEXT] [LIMIT]...",
     "make a client token and show it; token list --reveal shows it again", cli_token_new},
    {"token set",
     "ID [--name TEXT] [--models a,b-*|all] [--rpm N] [--rpd N] [--tpd N]\n"
     "      [--expires 30d|YYYY-MM-DD|never]",
     "change its name and limits: models, requests a minute and a day, tokens a day (0: none)",
     cli_token_set},
    {"token pause", "ID", "refuse a client token until it is resumed", cli_token_pause},
    {"token resume", "ID", "accept it again", cli_token_resume},
    {"token list", "[--reveal]", "every client token, masked unless --reveal", cli_token_list},
    {"token delete", "ID", "withdraw a client token", cli_token_delete},
    {"init", "",
     "the first start: make an admin token and a client token where there are none, and show them",
     cli_init},
    {"import gemini-balance",
     "[--env FILE] [--db FILE] [--dry-run] [--without-log] [--timezone ZONE]",
     "take over a gemini-balance: its .env, its SQLite file or the text of a mysqldump",
     cli_import_reference},
    {"import keys", "[--kind gemini|vertex|paid] [--label TEXT] [--any] [--dry-run] FILE|-",
     "add every key that stands in a text, JSON or CSV file", cli_import_keys},
    {"import export", "[--dry-run] FILE|-", "take over what gbctl export wrote", cli_import_export},
    {"export", "[--env] FILE|-", "write keys, tokens and settings, in plain, as JSON or as a .env",
     cli_export},
    {"backup", "[--with-master-key] [--without-log] FILE",
     "write everything to one file, while the program serves", cli_backup},
    {"restore", "[--key-file FILE | --secret-key TEXT] [--without-log] FILE",
     "put a backup in the place of what is there, while the program serves", cli_restore},
    {"db check", "", "check the integrity of the store", cli_db_check},
    {"maintain", "[--force]", "run the scheduled jobs that are due (for cron)", cli_maintain},
};

static void print_usage(FILE *out)
{
    fputs("Usage: gbctl [--env-file FILE] COMMAND [ARGUMENT]...\n\n", out);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(out, "  %s %s\n      %s\n", commands[i].words, commands[i].arguments,
                commands[i].help);
    fputs("  env-example [--lang en|zh]\n      print a commented .env with every setting\n", out);
}

int cli_fail(const struct err *err)
{
    fprintf(stderr, "gbctl: %s\n", err->text[0] ? err->text : "failed");
    return 1;
}

static void remove_arguments(struct cli *cli, int at, int count)
{
    for (int i = at; i + count < cli->argc; i++)
        cli->argv[i] = cli->argv[i + count];
    cli->argc -= count;
}

const char *cli_take_option(struct cli *cli, const char *name)
{
    for (int i = 0; i + 1 < cli->argc; i++) {
        if (!text_starts(cli->argv[i], "--") || !text_eq(cli->argv[i] + 2, name))
            continue;
        const char *value = cli->argv[i + 1];
        remove_arguments(cli, i, 2);
        return value;
    }
    return NULL;
}

bool cli_take_switch(struct cli *cli, const char *name)
{
    for (int i = 0; i < cli->argc; i++) {
        if (!text_starts(cli->argv[i], "--") || !text_eq(cli->argv[i] + 2, name))
            continue;
        remove_arguments(cli, i, 1);
        return true;
    }
    return false;
}

/* How many of the first arguments are the command's words; 0 when they are not. */
static int words_matched(const char *words, int argc, char **argv)
{
    int matched = 0;
    while (*words) {
        size_t len = strcspn(words, " ");
        if (matched == argc || strlen(argv[matched]) != len ||
            strncmp(argv[matched], words, len) != 0)
            return 0;
        matched++;
        words += len + (words[len] == ' ');
    }
    return matched;
}

static int print_env_example(struct cli *cli)
{
    const char *language = cli_take_option(cli, "lang");
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(MIB);
    settings_print_env_example(&text, language ? language : "en");
    fputs(strbuf_str(&text), stdout);
    return 0;
}

static bool wants_help(const struct cli *cli)
{
    for (int i = 0; i < cli->argc; i++)
        if (text_eq(cli->argv[i], "--help") || text_eq(cli->argv[i], "-h"))
            return true;
    return false;
}

/* "--rpm" in "[--rpm N]", but not "--r". */
static bool stands_in(const char *word, const char *arguments)
{
    size_t len = strlen(word);
    for (const char *at = arguments; (at = strstr(at, word)) != NULL; at += len)
        if (!at[len] || strchr(" ]", at[len]))
            return true;
    return false;
}

static const char *arguments_of(const char *words)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (text_eq(commands[i].words, words))
            return commands[i].arguments;
    return "";
}

/* An option that was mistyped is not taken for a key, a file or a name. NULL: there is none. */
static const char *unknown_option(const struct command *command, const struct cli *cli)
{
    bool limits = strstr(command->arguments, "[LIMIT]") != NULL;
    if (text_eq(command->words, "settings set")) /* a value may look like anything */
        return NULL;
    for (int i = 0; i < cli->argc; i++)
        if (text_starts(cli->argv[i], "--") && !stands_in(cli->argv[i], command->arguments) &&
            !(limits && stands_in(cli->argv[i], arguments_of("token set"))))
            return cli->argv[i];
    return NULL;
}

static int run(const struct command *command, struct cli *cli, const char *env_file)
{
    if (wants_help(cli)) {
        printf("Usage: gbctl %s %s\n%s\n", command->words, command->arguments, command->help);
        return 0;
    }
    const char *unknown = unknown_option(command, cli);
    if (unknown) {
        fprintf(stderr, "gbctl: there is no option %s\nUsage: gbctl %s %s\n", unknown,
                command->words, command->arguments);
        return 2;
    }
    struct site_options options = {.env_file = env_file,
                                   .quiet = true,
                                   .as_owner = true,
                                   .reaches = strstr(command->arguments, "FILE") != NULL};
    struct err err = ERR_INIT;
    if (site_open(&cli->site, &options, &err) < 0)
        return cli_fail(&err);
    int status = command->run(cli);
    site_close(&cli->site);
    if (status == 2)
        fprintf(stderr, "Usage: gbctl %s %s\n", command->words, command->arguments);
    return status;
}

int main(int argc, char **argv)
{
    struct cli cli = {.argc = argc - 1, .argv = argv + 1};
    log_set_level(LOG_WARNING);
    const char *env_file = cli_take_option(&cli, "env-file");
    if (cli.argc == 0 || text_eq(cli.argv[0], "--help") || text_eq(cli.argv[0], "-h") ||
        text_eq(cli.argv[0], "help")) {
        print_usage(cli.argc ? stdout : stderr);
        return cli.argc ? 0 : 2;
    }
    if (text_eq(cli.argv[0], "--version")) {
        puts(PACKAGE_STRING);
        return 0;
    }
    if (text_eq(cli.argv[0], "env-example"))
        return print_env_example(&cli);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        int words = words_matched(commands[i].words, cli.argc, cli.argv);
        if (!words)
            continue;
        remove_arguments(&cli, 0, words);
        return run(&commands[i], &cli, env_file);
    }
    fprintf(stderr, "gbctl: there is no command \"%s%s%s\"\n\n", cli.argv[0],
            cli.argc > 1 ? " " : "", cli.argc > 1 ? cli.argv[1] : "");
    print_usage(stderr);
    return 2;
}
