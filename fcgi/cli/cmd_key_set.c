/* gbctl keys set: label, project, weight, proxy and caps of keys. */
#include <stdio.h>

#include "base/text.h"
#include "cli/cli.h"
#include "config/settings.h"
#include "store/store_keys.h"

#define CAP_MAX ((int64_t)1000000000000)

struct key_set {
    struct store_key changes;
    struct store_key_caps caps;
    bool edits, has_caps;
};

static int read_cap(struct cli *cli, const char *option, int64_t most, int64_t *cap_r,
                    struct err *err)
{
    const char *text = cli_take_option(cli, option);
    *cap_r = -1;
    if (!text)
        return 0;
    if (text_to_int(text, cap_r) == 0 && *cap_r >= 0 && *cap_r <= most)
        return 1;
    return err_set(err, ERR_INVALID, "--%s must be a whole number from 0 (no cap) to %lld", option,
                   (long long)most);
}

static int read_caps(struct cli *cli, struct key_set *set, struct err *err)
{
    static const char *const options[STORE_KEY_CAPS] = {"rpm", "tpm", "rpd", "tpd"};
    int given = read_cap(cli, "share", 100, &set->caps.share, err);
    set->has_caps = given > 0;
    for (size_t i = 0; given >= 0 && i < ARRAY_LEN(options); i++) {
        given = read_cap(cli, options[i], CAP_MAX, &set->caps.most[i], err);
        set->has_caps = set->has_caps || given > 0;
    }
    return given < 0 ? -1 : 0;
}

/* "none" leaves the key to the shared proxies. */
static int read_proxy(struct cli *cli, struct key_set *set, struct err *err)
{
    const char *proxy = cli_take_option(cli, "proxy");
    if (proxy && !text_eq(proxy, "none") && !setting_is_proxy(proxy))
        return err_set(err, ERR_INVALID, "--proxy must be an http, https or socks URL, or none");
    set->changes.proxy = text_eq(proxy, "none") ? "" : proxy;
    return 0;
}

static int read_set(struct cli *cli, struct key_set *set, struct err *err)
{
    const char *weight = cli_take_option(cli, "weight");
    *set = (struct key_set){.changes = {.label = cli_take_option(cli, "label"),
                                        .project = cli_take_option(cli, "project")}};
    if (weight && (text_to_num(weight, &set->changes.weight) < 0 ||
                   !(set->changes.weight >= 0.01 && set->changes.weight <= 100)))
        return err_set(err, ERR_INVALID, "--weight must be a number from 0.01 to 100");
    if (read_proxy(cli, set, err) < 0)
        return -1;
    set->edits = set->changes.label || set->changes.project || set->changes.proxy || weight;
    return read_caps(cli, set, err);
}

/* 1 done, 0 no such key, -1. */
static int apply(struct cli *cli, struct key_set *set, const char *name, struct err *err)
{
    int found = cli_find_key(cli->site.store, name, &set->changes.id, err);
    if (found <= 0)
        return found;
    if ((set->edits && store_key_edit(cli->site.store, &set->changes, err) < 0) ||
        (set->has_caps && store_key_cap(cli->site.store, set->changes.id, &set->caps, err) < 0))
        return err->code == ERR_NOT_FOUND ? 0 : -1;
    return 1;
}

int cli_keys_set(struct cli *cli)
{
    struct err err = ERR_INIT;
    struct key_set set;
    int changed = 0;
    if (read_set(cli, &set, &err) < 0)
        return cli_fail(&err);
    if (cli->argc == 0 || (!set.edits && !set.has_caps))
        return 2;
    for (int i = 0; i < cli->argc; i++) {
        int rc = apply(cli, &set, cli->argv[i], &err);
        if (rc < 0)
            return cli_fail(&err);
        if (rc == 0)
            fprintf(stderr, "gbctl: argument %d is no key\n", i + 1);
        changed += rc;
    }
    printf("%d changed\n", changed);
    return changed == cli->argc ? 0 : 1;
}
