#include "translate/tool_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/request_facts.h"

enum { NAME_MAX_LEN = 64, TRIES_MAX = 50 };

void tool_names_free(struct tool_names *names)
{
    json_object_put(names->sent);
    json_object_put(names->clients);
    *names = (struct tool_names){0};
}

static bool starts_name(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool inside_name(char c)
{
    return starts_name(c) || (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '-';
}

bool tool_name_valid(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > NAME_MAX_LEN || !starts_name(*name))
        return false;
    for (size_t i = 1; i < len; i++)
        if (!inside_name(name[i]))
            return false;
    return true;
}

/* A character that Google does not take becomes one underscore, whatever its bytes. */
static void mend(const char *name, char buf[NAME_MAX_LEN + 1])
{
    size_t len = 0;
    if (!starts_name(*name))
        buf[len++] = '_';
    for (; *name && len < NAME_MAX_LEN; name++) {
        if (((unsigned char)*name & 0xc0) == 0x80)
            continue;
        buf[len++] = inside_name(*name) ? *name : '_';
    }
    buf[len] = '\0';
}

static void put_suffix(char buf[NAME_MAX_LEN + 1], size_t base_len, const char *suffix)
{
    size_t suffix_len = strlen(suffix);
    if (base_len + suffix_len > NAME_MAX_LEN)
        base_len = NAME_MAX_LEN - suffix_len;
    memcpy(buf + base_len, suffix, suffix_len + 1);
}

/* A small number is readable; among very many such names the name itself has to tell. */
static void make_unique(const struct tool_names *names, const char *name,
                        char buf[NAME_MAX_LEN + 1])
{
    char suffix[24];
    size_t base_len = strlen(buf);
    for (int count = 2; json_member(names->clients, buf); count++) {
        if (count < TRIES_MAX)
            snprintf(suffix, sizeof(suffix), "_%d", count);
        else
            snprintf(suffix, sizeof(suffix), "_%016" PRIx64,
                     hash_bytes(HASH_START + (unsigned)count, name, strlen(name)));
        put_suffix(buf, base_len, suffix);
    }
}

const char *tool_names_send(struct tool_names *names, const char *name)
{
    char buf[NAME_MAX_LEN + 1];
    const char *known = json_get_str(names->sent, name, NULL);
    if (known)
        return known;
    if (tool_name_valid(name) && !json_member(names->clients, name))
        text_copy(buf, sizeof(buf), name);
    else
        mend(name, buf);
    make_unique(names, name, buf);
    if (!names->sent) {
        names->sent = json_object_new_object();
        names->clients = json_object_new_object();
    }
    json_add_str(names->clients, buf, name);
    json_add_str(names->sent, name, buf);
    return json_get_str(names->sent, name, "");
}

json_object *tool_names_changed(const struct tool_names *names)
{
    json_object *changed = NULL;
    if (!names->clients)
        return NULL;
    json_object_object_foreach(names->clients, sent, client)
    {
        if (text_eq(sent, json_object_get_string(client)))
            continue;
        if (!changed)
            changed = json_object_new_object();
        json_add_ref(changed, sent, client);
    }
    return changed;
}
