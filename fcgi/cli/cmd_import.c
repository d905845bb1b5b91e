/* gbctl import ... */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "keyring/key_paste.h"
#include "store/store_keys.h"
#include "transfer/dry_run.h"
#include "transfer/reference.h"
#include "transfer/site_file.h"

#define FILE_MAX ((size_t)256 * MIB)

/* --- telling --------------------------------------------------------------------------------- */

static void print_note(void *ctx, const char *what, const char *why)
{
    (void)ctx;
    printf("  %s: %s\n", what, why);
}

static void print_count(const char *what, const struct transfer_count *count)
{
    if (count->added || count->there || count->refused)
        printf("%-9s %lld added, %lld there already, %lld left behind\n", what,
               (long long)count->added, (long long)count->there, (long long)count->refused);
}

static int print_report(const struct transfer_report *report, bool dry)
{
    print_count("keys", &report->keys);
    print_count("tokens", &report->tokens);
    print_count("settings", &report->settings);
    print_count("files", &report->files);
    print_count("requests", &report->requests);
    if (dry)
        puts("Nothing was changed (--dry-run).");
    return 0;
}

/* --- running --------------------------------------------------------------------------------- */

/* What an import does with a site; on a copy of it when it is only to be tried. */
typedef int import_into(struct site *site, void *ctx, struct transfer_report *report,
                        struct err *err);

static int run_import(struct cli *cli, bool dry, import_into *import, void *ctx)
{
    struct err err = ERR_INIT;
    struct transfer_report report = {.note = print_note};
    struct dry_run trial = {0};
    int rc = dry ? dry_run_begin(&trial, &cli->site, &err) : 0;
    if (rc == 0)
        rc = import(dry ? &trial.site : &cli->site, ctx, &report, &err);
    dry_run_end(&trial);
    if (rc != 0)
        return cli_fail(&err);
    return print_report(&report, dry);
}

/* --- gemini-balance -------------------------------------------------------------------------- */

static int import_reference(struct site *site, void *ctx, struct transfer_report *report,
                            struct err *err)
{
    return reference_import(site, ctx, report, err);
}

int cli_import_reference(struct cli *cli)
{
    bool dry = cli_take_switch(cli, "dry-run");
    struct reference_options options = {.env_file = cli_take_option(cli, "env"),
                                        .db_file = cli_take_option(cli, "db"),
                                        .zone = cli_take_option(cli, "timezone"),
                                        .log = !cli_take_switch(cli, "without-log")};
    if (cli->argc || (!options.env_file && !options.db_file))
        return 2;
    return run_import(cli, dry, import_reference, &options);
}

/* --- files ----------------------------------------------------------------------------------- */

static int read_input(const char *path, struct strbuf *text, struct err *err)
{
    bool standard = text_eq(path, "-");
    FILE *file = standard ? stdin : fopen(path, "re");
    char block[16384];
    size_t len;
    if (!file)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    while ((len = fread(block, 1, sizeof(block), file)) > 0)
        strbuf_append(text, block, len);
    int rc = ferror(file) ? err_set(err, ERR_IO, "%s: %s", path, strerror(errno)) : 0;
    if (!standard)
        fclose(file);
    if (rc == 0 && !strbuf_ok(text))
        rc = err_set(err, ERR_TOO_LARGE, "%s is too large", path);
    return rc;
}

struct key_import {
    const char *path, *label;
    enum store_key_kind kind;
    bool any;
};

/* Exports of other programs hold ids and hashes that look like keys of an unknown form. */
static bool is_key_of_google(const char *word)
{
    return text_starts(word, "AIza") || text_starts(word, "AQ.");
}

static int add_found(struct site *site, const struct key_import *import,
                     const struct pasted_keys *found, struct transfer_report *report,
                     struct err *err)
{
    for (size_t i = 0; i < found->keys.len; i++) {
        const char *secret = found->keys.items[i];
        int64_t id;
        if (!import->any && !is_key_of_google(secret)) {
            report->keys.refused++;
            continue;
        }
        int rc = store_key_add(site->store, import->kind, secret, import->label, false, &id, err);
        if (rc < 0)
            return -1;
        report->keys.added += rc == 1;
        report->keys.there += rc == 0;
    }
    return 0;
}

static int import_keys(struct site *site, void *ctx, struct transfer_report *report,
                       struct err *err)
{
    const struct key_import *import = ctx;
    struct pasted_keys found = {0};
    CLEANUP(strbuf_wipe) struct strbuf text = STRBUF_INIT(FILE_MAX);
    if (read_input(import->path, &text, err) != 0)
        return -1;
    struct arena *arena CLEANUP(arena_destroy) = arena_create(64 * KIB);
    pasted_keys_find(&found, arena, strbuf_str(&text), text.len);
    int rc = add_found(site, import, &found, report, err);
    if (report->keys.refused > 0)
        transfer_tell(report, "words",
                      "%lld are as long as keys but begin neither with AIza nor "
                      "with AQ.: --any takes them too",
                      (long long)report->keys.refused);
    pasted_keys_free(&found);
    return rc;
}

int cli_import_keys(struct cli *cli)
{
    bool dry = cli_take_switch(cli, "dry-run");
    const char *label = cli_take_option(cli, "label");
    struct key_import import = {.label = label ? label : "", .any = cli_take_switch(cli, "any")};
    if (cli_take_kind(cli, &import.kind) != 0 || cli->argc != 1)
        return 2;
    import.path = cli->argv[0];
    return run_import(cli, dry, import_keys, &import);
}

static int import_site_file(struct site *site, void *ctx, struct transfer_report *report,
                            struct err *err)
{
    CLEANUP(strbuf_wipe) struct strbuf text = STRBUF_INIT(FILE_MAX);
    if (read_input(ctx, &text, err) != 0)
        return -1;
    return site_file_import(site, strbuf_str(&text), text.len, report, err);
}

int cli_import_export(struct cli *cli)
{
    bool dry = cli_take_switch(cli, "dry-run");
    if (cli->argc != 1)
        return 2;
    return run_import(cli, dry, import_site_file, cli->argv[0]);
}
