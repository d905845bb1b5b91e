#include "api/gemini_body.h"

#include <string.h>

#include "base/text.h"

/* Members up to this size are read into memory. */
#define SMALL_MAX ((int64_t)MIB)
#define SKELETON_MAX (4 * MIB)

void gemini_body_free(struct gemini_body *body)
{
    strbuf_free(&body->text);
}

static bool is_small(const struct native_member *member)
{
    return member->end - member->start <= SMALL_MAX;
}

/* Names of Google's members; with any other the body is left alone. */
static bool is_plain(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return *name && strlen(name) < 60 && name[strspn(name, letters)] == '\0';
}

static bool can_be_added_to(const struct gemini_body *body)
{
    bool fits = !body->outline->crowded;
    for (size_t i = 0; i < body->outline->count; i++)
        fits = fits && is_plain(body->outline->items[i].name);
    return fits;
}

/* --- a small body in place of the large one -------------------------------------------------- */

static int copy_member(struct strbuf *out, const struct body_spool *spool,
                       const struct native_member *member)
{
    char piece[8 * KIB];
    for (int64_t at = member->start; at < member->end;) {
        int64_t left = member->end - at;
        int64_t got = body_spool_peek(spool, at, piece,
                                      left < (int64_t)sizeof(piece) ? (size_t)left : sizeof(piece));
        if (got <= 0)
            return -1;
        strbuf_append(out, piece, (size_t)got);
        at += got;
    }
    return 0;
}

/* What the large members hold, as far as it matters for what is added. */
static void put_stand_in(struct strbuf *out, const struct gemini_body *body)
{
    strbuf_puts(out, "\"contents\":[{\"parts\":[{\"text\":\"\"}");
    if (body->media)
        strbuf_puts(out, ",{\"inlineData\":{}}");
    if (body->functions)
        strbuf_puts(out, ",{\"functionCall\":{}}");
    strbuf_puts(out, "]}]}");
}

static int put_skeleton(struct strbuf *out, const struct gemini_body *body,
                        const struct body_spool *spool)
{
    strbuf_putc(out, '{');
    for (size_t i = 0; i < body->outline->count; i++) {
        if (!is_small(&body->outline->items[i]))
            continue;
        strbuf_printf(out, "\"%s\":", body->outline->items[i].name);
        if (copy_member(out, spool, &body->outline->items[i]) < 0)
            return -1;
        strbuf_putc(out, ',');
    }
    put_stand_in(out, body);
    return 0;
}

/* --- what is sent ---------------------------------------------------------------------------- */

static void add_piece(struct gemini_body *body, const char *text, int64_t offset, int64_t len)
{
    body->pieces[body->piece_count++] =
        (struct body_piece){.text = text, .offset = offset, .len = len};
}

/* The small members with what was added, then the large ones from where they lie. */
static void compose(struct gemini_body *body, struct native *native, size_t head_len)
{
    struct arena *arena = native->call.http->req->arena;
    bool first = true;
    body->pieces = ARENA_ARRAY(arena, struct body_piece, 2 * body->outline->count + 2);
    add_piece(body, body->text.data, 0, (int64_t)head_len);
    for (size_t i = 0; i < body->outline->count; i++) {
        const struct native_member *member = &body->outline->items[i];
        if (is_small(member))
            continue;
        const char *name = arena_printf(arena, "%s\"%s\":", first ? "" : ",", member->name);
        add_piece(body, name, 0, (int64_t)strlen(name));
        add_piece(body, NULL, member->start, member->end - member->start);
        first = false;
    }
    add_piece(body, "}", 0, 1);
    body_spool_compose(native->spool, body->pieces, body->piece_count);
}

/* Where a body is too large to be read through again: media, if there are any, make it so. */
static void guess_size(const struct gemini_body *body, const struct native *native,
                       struct exchange_request *request)
{
    struct prompt_size size = {0};
    int64_t bytes = 0;
    for (size_t i = 0; i < body->outline->count; i++)
        bytes += body->outline->items[i].end - body->outline->items[i].start;
    if (body->media)
        prompt_size_add_media(&size, native->media_type, strlen(native->media_type), (size_t)bytes);
    else
        size.text_bytes = bytes;
    request->prompt_tokens = prompt_size_tokens(&size);
    request->prompt_kind = prompt_size_kind(&size);
}

static int prepare_large(struct gemini_body *body, struct native *native, const char *model_name,
                         char model_r[LIMIT_MODEL_NAME], struct err *err)
{
    static const struct native_outline nothing = {.count = 0};
    struct native_request_facts facts = {0};
    STRBUF_AUTO struct strbuf skeleton = STRBUF_INIT(SKELETON_MAX);
    STRBUF_AUTO struct strbuf stand_in = STRBUF_INIT(KIB);
    if (native->asked.depth != 0 || body->outline->count == 0)
        return err_set(err, ERR_INVALID, "the body is not valid JSON");
    put_stand_in(&stand_in, body);
    bool open = can_be_added_to(body);
    if (!open)
        put_skeleton(&skeleton, &(struct gemini_body){.outline = &nothing, .media = body->media},
                     native->spool);
    else if (put_skeleton(&skeleton, body, native->spool) < 0)
        return err_set(err, ERR_IO, "a large request cannot be read again");
    if (native_request_splice(&body->text, skeleton.data, skeleton.len, model_name,
                              &native->call.translate, model_r, &facts, err) < 0)
        return -1;
    guess_size(body, native, &native->call.request);
    bool same = body->text.len == skeleton.len;
    if (open && !same && strbuf_ok(&body->text) && text_ends(body->text.data, stand_in.data))
        compose(body, native, body->text.len - stand_in.len);
    return 0;
}

static int prepare_small(struct gemini_body *body, struct native *native, const char *model_name,
                         char model_r[LIMIT_MODEL_NAME], struct err *err)
{
    struct exchange_request *request = &native->call.request;
    struct native_request_facts facts = {0};
    size_t len = 0;
    const char *text = body_spool_memory(native->spool, &len);
    if (native_request_splice(&body->text, text, len, model_name, &native->call.translate, model_r,
                              &facts, err) < 0)
        return -1;
    request->affinity = native->call.settings->pool_affinity ? facts.affinity : 0;
    request->prompt_tokens = prompt_size_tokens(&facts.size);
    request->prompt_kind = prompt_size_kind(&facts.size);
    request->body = body->text.data;
    request->body_len = body->text.len;
    return 0;
}

int gemini_body_prepare(struct gemini_body *body, struct native *native, const char *model_name,
                        char model_r[LIMIT_MODEL_NAME], struct err *err)
{
    size_t len = 0;
    body->outline = &native->outline;
    strbuf_init(&body->text, 2 * SKELETON_MAX + GEMINI_BODY_MEMORY);
    if (body_spool_memory(native->spool, &len))
        return prepare_small(body, native, model_name, model_r, err);
    if (prepare_large(body, native, model_name, model_r, err) < 0)
        return -1;
    native->call.request.source = body_spool_source(native->spool);
    return 0;
}
