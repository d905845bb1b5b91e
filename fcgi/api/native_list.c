/* Lists of resources that lie with different keys. A page of ours is filled key after key; its token
 * says with which key, and at which of that key's pages, the next one goes on. Where tokens are kept
 * apart, only keys that hold something of the caller's are asked, and only the caller's own is shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/native.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/text.h"
#include "base/vec.h"
#include "store/store_pins.h"

#define PAGE_DEFAULT 50
#define PAGE_FILES 10
#define PAGE_MAX 1000
/* A request asks upstream at most so often; the rest is for the next page. */
#define CALLS_MAX 25
#define KEYS_MAX 100000

struct listing {
    struct native *native;
    const struct native_collection *collection;
    int64_t *keys; /* sorted, each once */
    size_t key_count, key_cap;
    int64_t page_size;
    json_object *items;     /* owned */
    int64_t key_id;         /* where to go on; 0: at an end */
    struct strbuf upstream; /* that key's page token */
    int calls;
};

/* --- whose keys ------------------------------------------------------------------------------ */

static void add_key(struct listing *list, int64_t key_id)
{
    if (list->key_count == KEYS_MAX)
        return;
    if (list->key_count == list->key_cap) {
        list->key_cap = list->key_cap ? 2 * list->key_cap : 16;
        list->keys = xrealloc(list->keys, list->key_cap, sizeof(list->keys[0]));
    }
    list->keys[list->key_count++] = key_id;
}

static int visit_pin(void *ctx, const struct store_pin *pin)
{
    add_key(ctx, pin->key_id);
    return 0;
}

static void visit_key(void *ctx, const struct key_view *view)
{
    if (view->state == KEY_READY)
        add_key(ctx, view->id);
}

static int by_number(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static void sort_keys(struct listing *list)
{
    size_t kept = 0;
    if (list->key_count == 0)
        return;
    qsort(list->keys, list->key_count, sizeof(list->keys[0]), by_number);
    for (size_t i = 1; i < list->key_count; i++)
        if (list->keys[i] != list->keys[kept])
            list->keys[++kept] = list->keys[i];
    list->key_count = kept + 1;
}

static int find_keys(struct listing *list)
{
    struct api *api = list->native->call.http->api;
    const struct pins *pins = &list->native->pins;
    struct store_pin_filter filter = {.kind = list->collection->kind, .token_id = pins->token_id};
    if (!pins->apart) {
        keyring_each(api->keyring, KEY_GEMINI, "", visit_key, list);
    } else if (store_pins_each(api->store, &filter, visit_pin, list, NULL) < 0) {
        return err_set(&list->native->call.http->err, ERR_BUSY,
                       "what belongs to which key cannot be read now"),
               503;
    }
    sort_keys(list);
    return 0;
}

/* The first key from `key_id` on; 0: there is none. */
static int64_t key_from(const struct listing *list, int64_t key_id)
{
    for (size_t i = 0; i < list->key_count; i++)
        if (list->keys[i] >= key_id)
            return list->keys[i];
    return 0;
}

/* --- where a page begins --------------------------------------------------------------------- */

/* "<key>.<upstream's token>", as base64. */
static int read_token(struct listing *list, const char *token)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_HEADERS);
    char *end = NULL;
    if (base64_decode(&text, token, strlen(token)) < 0 || text.len == 0)
        return -1;
    list->key_id = strtoll(strbuf_str(&text), &end, 10);
    if (list->key_id <= 0 || *end != '.')
        return -1;
    strbuf_puts(&list->upstream, end + 1);
    list->key_id = key_from(list, list->key_id);
    return 0;
}

static int read_query(struct listing *list)
{
    struct http_call *http = list->native->call.http;
    const char *size = http_request_query(http->req, "pageSize");
    const char *token = http_request_query(http->req, "pageToken");
    list->page_size = text_eq(list->collection->name, "files") ? PAGE_FILES : PAGE_DEFAULT;
    if (!text_empty(size) && (text_to_int(size, &list->page_size) < 0 || list->page_size < 0))
        return err_set_param(&http->err, ERR_INVALID, "pageSize", "pageSize must be a number"), 400;
    if (list->page_size == 0)
        list->page_size = PAGE_DEFAULT;
    if (list->page_size > PAGE_MAX)
        list->page_size = PAGE_MAX;
    list->key_id = key_from(list, 1);
    if (!text_empty(token) && read_token(list, token) < 0)
        return err_set_param(&http->err, ERR_INVALID, "pageToken",
                             "pageToken is none of this list's"),
               400;
    return 0;
}

/* --- asking ---------------------------------------------------------------------------------- */

static const char *page_url(struct listing *list, int64_t wanted)
{
    struct native *native = list->native;
    STRBUF_AUTO struct strbuf query = STRBUF_INIT(LIMIT_HEADERS);
    bool files = text_eq(list->collection->name, "files");
    strbuf_printf(&query, "pageSize=%lld", (long long)(files && wanted > 100 ? 100 : wanted));
    if (list->upstream.len > 0) {
        strbuf_puts(&query, "&pageToken=");
        url_encode(&query, list->upstream.data, list->upstream.len, "");
    }
    const char *filter = http_request_query(native->call.http->req, "filter");
    if (filter) {
        strbuf_puts(&query, "&filter=");
        url_encode(&query, filter, strlen(filter), "");
    }
    return api_call_url(&native->call, native->path.path, strbuf_str(&query));
}

static void take_items(struct listing *list, json_object *page)
{
    json_object *items = json_get_arr(page, list->collection->list);
    size_t count = items ? json_object_array_length(items) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *item = json_object_array_get_idx(items, i);
        const char *name = json_get_str(item, "name", json_get_str(item, "id", ""));
        if (pins_may_see(&list->native->pins, name))
            json_object_array_add(list->items, json_object_get(item));
    }
}

/* To the next page of this key, or to the next key. */
static void step(struct listing *list, json_object *page)
{
    strbuf_clear(&list->upstream);
    strbuf_puts(&list->upstream, page ? json_get_str(page, "nextPageToken", "") : "");
    if (list->upstream.len == 0)
        list->key_id = key_from(list, list->key_id + 1);
}

/* One page of one key. A key that cannot answer is passed over, unless it is the only one. */
static int ask(struct listing *list)
{
    struct native *native = list->native;
    struct exchange_outcome outcome = {0};
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(LIMIT_MODEL_LIST);
    int64_t wanted = list->page_size - (int64_t)json_object_array_length(list->items);
    struct exchange_request request = {.method = "GET",
                                       .url = page_url(list, wanted),
                                       .model = "",
                                       .kind = KEY_GEMINI,
                                       .credential = CREDENTIAL_GOOG_HEADER,
                                       .framing = FRAMING_RAW,
                                       .pinned_key = list->key_id,
                                       .idempotent = true};
    struct err *err = &native->call.http->err;
    int status = exchange_fetch(&native->call.env, &request, &body, &outcome, err);
    JSON_AUTO json_object *page = status == 200 ? json_parse_text(body.data, body.len, err) : NULL;
    if (!page && list->key_count == 1)
        return status >= 400 ? status : 502;
    if (page)
        take_items(list, page);
    step(list, page);
    return 0;
}

static bool is_full(const struct listing *list)
{
    return (int64_t)json_object_array_length(list->items) >= list->page_size;
}

static int fill(struct listing *list)
{
    while (list->key_id > 0 && !is_full(list) && list->calls++ < CALLS_MAX) {
        int status = ask(list);
        if (status)
            return status;
    }
    return 0;
}

/* --- the answer ------------------------------------------------------------------------------ */

static int send_page(struct listing *list)
{
    struct http_call *http = list->native->call.http;
    JSON_AUTO json_object *answer = json_object_new_object();
    if (json_object_array_length(list->items) > 0)
        json_add_ref(answer, list->collection->list, list->items);
    if (list->key_id > 0) {
        STRBUF_AUTO struct strbuf token = STRBUF_INIT(LIMIT_HEADERS);
        const char *plain = arena_printf(http->req->arena, "%lld.%s", (long long)list->key_id,
                                         strbuf_str(&list->upstream));
        base64_encode(&token, plain, strlen(plain));
        json_add_str(answer, "nextPageToken", strbuf_str(&token));
    }
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_MODEL_LIST);
    json_write(&text, answer);
    http_response_send(http->res, 200, "application/json; charset=UTF-8", text.data, text.len);
    return 200;
}

int native_list(struct native *native)
{
    struct listing list = {.native = native, .collection = native->path.collection};
    list.items = json_object_new_array();
    strbuf_init(&list.upstream, LIMIT_HEADERS);
    int status = find_keys(&list);
    if (status == 0)
        status = read_query(&list);
    if (status == 0)
        status = fill(&list);
    if (status == 0)
        status = send_page(&list);
    json_object_put(list.items);
    strbuf_free(&list.upstream);
    free(list.keys);
    return status;
}
