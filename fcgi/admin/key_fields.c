#include "admin/key_fields.h"

#include <string.h>

#include "base/text.h"

static const enum string_id cap_labels[1 + STORE_KEY_CAPS] = {
    STRING_CAP_SHARE, STRING_CAP_RPM, STRING_CAP_TPM, STRING_CAP_RPD, STRING_CAP_TPD};

/* Scheme, host and port: the rest may be a password. */
static const char *proxy_shown(const struct page *page, const char *proxy)
{
    const char *scheme = strstr(proxy, "://");
    const char *at = strrchr(proxy, '@');
    if (!scheme)
        return "";
    return arena_printf(page->arena, "%.*s://%s", (int)(scheme - proxy), proxy,
                        at ? at + 1 : scheme + 3);
}

static void add_caps(const struct page *page, struct view_dict *dict, enum key_fields_use use,
                     const struct store_key *key)
{
    for (size_t i = 0; i < ARRAY_LEN(cap_labels); i++) {
        struct view_dict *cap = view_section(dict, "CAP");
        int64_t most = !key ? 0 : i ? key->caps.most[i - 1] : key->caps.share;
        page_set_text(page, cap, "LABEL", cap_labels[i]);
        view_set(cap, "NAME", key_cap_names[i]);
        page_set_text(page, cap, "HINT", use == KEY_FIELDS_MANY ? STRING_UNCHANGED : STRING_NO_CAP);
        if (most > 0)
            view_set_int(cap, "VALUE", most);
    }
}

static void show_key(const struct page *page, struct view_dict *dict, const struct store_key *key)
{
    view_set(dict, "LABEL_VALUE", key->label);
    view_set(dict, "PROJECT_VALUE", key->project);
    view_setf(dict, "WEIGHT", "%g", key->weight);
    if (text_empty(key->proxy))
        return;
    view_set(view_section(dict, "HAS_PROXY"), "PROXY", proxy_shown(page, key->proxy));
    view_show(dict, "CAN_DROP_PROXY");
}

void key_fields_fill(const struct page *page, enum key_fields_use use, const struct store_key *key)
{
    struct view_dict *dict = view_include(page->content, "OPTIONS", "key_options.tpl");
    if (use != KEY_FIELDS_NEW)
        view_show(dict, "WITH_LABEL");
    view_show(dict, use == KEY_FIELDS_MANY ? "KEEPS" : "PLAIN");
    if (use == KEY_FIELDS_MANY)
        view_show(dict, "CAN_DROP_PROXY");
    if (key)
        show_key(page, dict, key);
    add_caps(page, dict, use, key);
}
