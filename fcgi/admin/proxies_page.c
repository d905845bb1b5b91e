/* The page /config/proxies: the ways out, tried one by one or all together; and the same as JSON at
 * the reference's paths. */
#include <string.h>

#include "admin/audit.h"
#include "admin/json_answer.h"
#include "admin/number_text.h"
#include "admin/page.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "config/setting_mask.h"
#include "config/settings.h"
#include "store/store_keys.h"
#include "upstream/proxy_check.h"

enum { PROXIES_MAX = 1000, PARALLEL = 6, PARALLEL_MOST = 8, TIMEOUT_MS = 10000 };

struct proxy_list {
    const char **items;
    bool *own; /* of single keys, not in PROXIES */
    size_t count;
    struct arena *arena;
};

/* --- which there are --------------------------------------------------------------------------- */

static void add(struct proxy_list *list, const char *proxy, bool own)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_eq(list->items[i], proxy))
            return;
    }
    if (list->count == PROXIES_MAX)
        return;
    list->own[list->count] = own;
    list->items[list->count++] = arena_strdup(list->arena, proxy);
}

static int add_own(void *ctx, const struct store_key *key)
{
    if (!text_empty(key->proxy))
        add(ctx, key->proxy, true);
    return 0;
}

/* The direct way first, then the shared ones, then those of single keys. */
static int read_list(struct http_call *call, struct proxy_list *list)
{
    const struct settings *set = call->settings;
    struct arena *arena = call->req->arena;
    *list = (struct proxy_list){.items = ARENA_ARRAY(arena, const char *, PROXIES_MAX),
                                .own = ARENA_ARRAY(arena, bool, PROXIES_MAX),
                                .arena = arena};
    add(list, "", false);
    for (size_t i = 0; i < set->proxies.len; i++)
        add(list, set->proxies.items[i], false);
    return store_keys_each(call->admin->store, false, add_own, list, &call->err);
}

/* Without its password. */
static const char *shown(struct arena *arena, const char *proxy)
{
    FREE_AUTO char *masked = setting_mask_url(proxy);
    return arena_strdup(arena, masked);
}

/* --- trying them -------------------------------------------------------------------------------- */

static struct proxy_check *try_them(const struct http_call *call, const char *const *proxies,
                                    size_t count, int parallel)
{
    const struct settings *set = call->settings;
    struct arena *arena = call->req->arena;
    struct proxy_check *results = ARENA_ARRAY(arena, struct proxy_check, count + 1);
    const char *url = arena_printf(arena, "%.*s/models?pageSize=1",
                                   (int)text_len_without(set->base_url, '/'), set->base_url);
    const struct proxy_checks checks = {proxies, count, url, TIMEOUT_MS, parallel};
    if (call->admin->upstream)
        proxy_check_all(call->admin->upstream, &checks, results);
    return results;
}

/* --- the page ----------------------------------------------------------------------------------- */

static void add_row(const struct page *page, const struct proxy_list *list, size_t index,
                    const struct proxy_check *check)
{
    struct view_dict *row = view_section(page->content, "ROW");
    view_set_int(row, "NUMBER", (int64_t)index);
    if (*list->items[index])
        view_set(row, "PROXY", shown(page->arena, list->items[index]));
    else
        page_set_text(page, row, "PROXY", STRING_PROXY_NONE);
    if (list->own[index])
        view_show(row, "OWN");
    if (!check)
        return;
    struct view_dict *result = view_section(row, "RESULT");
    view_set(result, "TONE", check->works ? "ready" : "dead");
    page_set_text(page, result, "WORD", check->works ? STRING_PROXY_WORKS : STRING_PROXY_FAILS);
    view_set(result, "LATENCY", number_ms(page->arena, check->ms));
    if (!check->works)
        view_set(view_section(result, "FAULT"), "TEXT", check->text);
}

/* `only` >= 0: that one was tried; -1: all; -2: none. */
static int send_page(struct http_call *call, const struct proxy_list *list,
                     const struct proxy_check *results, int64_t only)
{
    struct page page;
    const struct settings *set = call->settings;
    page_begin(&page, call, "proxies.tpl", STRING_PROXIES, PAGE_MEDIUM);
    view_set(page.content, "TARGET", shown(page.arena, set->base_url));
    for (size_t i = 0; i < list->count; i++) {
        bool tried = only == -1 || only == (int64_t)i;
        add_row(&page, list, i, !tried ? NULL : only == -1 ? &results[i] : &results[0]);
    }
    return page_send(&page, 200);
}

int admin_proxies_page(struct http_call *call)
{
    struct proxy_list list;
    if (read_list(call, &list) < 0)
        return admin_status_of(&call->err);
    return send_page(call, &list, NULL, -2);
}

int admin_proxies_test(struct http_call *call)
{
    struct proxy_list list;
    int64_t only = -1;
    const char *number = http_form_get(admin_form(call), "only");
    if (!call->admin->upstream)
        return err_set(&call->err, ERR_UNSUPPORTED, "this process cannot call Google"), 503;
    if (read_list(call, &list) < 0)
        return admin_status_of(&call->err);
    if (number && (text_to_int(number, &only) < 0 || only < 0 || (size_t)only >= list.count))
        return err_set_param(&call->err, ERR_INVALID, "only", "there is no such proxy"), 400;
    const struct proxy_check *results = number ? try_them(call, &list.items[only], 1, 1)
                                               : try_them(call, list.items, list.count, PARALLEL);
    return send_page(call, &list, results, only);
}

/* --- JSON ---------------------------------------------------------------------------------------- */

static json_object *result_object(struct http_call *call, const char *proxy,
                                  const struct proxy_check *check)
{
    json_object *object = json_object_new_object();
    json_add_str(object, "proxy", shown(call->req->arena, proxy));
    json_add_bool(object, "is_available", check->works);
    json_add_num(object, "response_time", (double)check->ms / 1000);
    if (check->works)
        json_add_null(object, "error_message");
    else
        json_add_str(object, "error_message", check->text);
    json_add_num(object, "checked_at", (double)clock_wall_ms() / 1000);
    return object;
}

/* What /api/config told can be tried: the one that it stands for; else as it was given. */
static const char *proxy_behind(const struct http_call *call, const char *given)
{
    const struct settings *set = call->settings;
    const struct setting_list *known = &set->proxies;
    for (size_t i = 0; i < known->len; i++) {
        if (text_eq(shown(call->req->arena, known->items[i]), given))
            return known->items[i];
    }
    return given;
}

static bool is_proxy_url(const char *text)
{
    return strlen(text) <= LIMIT_SECRET && setting_is_proxy(text);
}

static int no_proxy(struct http_call *call)
{
    return err_set_param(&call->err, ERR_INVALID, "proxy",
                         "an address like socks5://user:password@host:1080"),
           400;
}

int admin_api_proxy_check(struct http_call *call)
{
    JSON_AUTO json_object *body = json_body(call);
    if (!body)
        return admin_status_of(&call->err);
    const char *proxy = proxy_behind(call, json_get_str(body, "proxy", ""));
    if (!is_proxy_url(proxy))
        return no_proxy(call);
    const struct proxy_check *result = try_them(call, &proxy, 1, 1);
    return json_send_take(call, 200, result_object(call, proxy, result));
}

int admin_api_proxy_check_all(struct http_call *call)
{
    JSON_AUTO json_object *body = json_body(call);
    if (!body)
        return admin_status_of(&call->err);
    json_object *given = json_get_arr(body, "proxies");
    size_t count = given ? json_object_array_length(given) : 0;
    if (!given || count > PROXIES_MAX)
        return err_set_param(&call->err, ERR_INVALID, "proxies", "a list of at most %d proxies",
                             PROXIES_MAX),
               400;
    const char **proxies = ARENA_ARRAY(call->req->arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        json_object *each = json_object_array_get_idx(given, i);
        proxies[i] = json_is_str(each) ? proxy_behind(call, json_object_get_string(each)) : "";
        if (!is_proxy_url(proxies[i]))
            return no_proxy(call);
    }
    int64_t parallel = json_get_int(body, "max_concurrent", PARALLEL);
    parallel = parallel < 1 ? 1 : parallel > PARALLEL_MOST ? PARALLEL_MOST : parallel;
    const struct proxy_check *results = try_them(call, proxies, count, (int)parallel);
    json_object *answer = json_object_new_array();
    for (size_t i = 0; i < count; i++)
        json_object_array_add(answer, result_object(call, proxies[i], &results[i]));
    return json_send_take(call, 200, answer);
}
