/* Where an answer comes from: groundingMetadata and citationMetadata as annotations. */
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/chat_reply.h"
#include "translate/json_list.h"

/* A range of the answer's text, in bytes. */
struct span {
    size_t start, end;
};

static size_t clamp(const struct strbuf *text, int64_t offset)
{
    if (offset < 0)
        return 0;
    return (size_t)offset > text->len ? text->len : utf8_prefix(strbuf_str(text), (size_t)offset);
}

/* Google counts within one part, and a whole answer may have several: where the segment's own
 * words do not stand at its place, they are looked for. */
static struct span segment_span(const struct strbuf *text, json_object *segment)
{
    struct span span = {clamp(text, json_get_int(segment, "startIndex", 0)),
                        clamp(text, json_get_int(segment, "endIndex", 0))};
    const char *words = json_get_str(segment, "text", "");
    size_t len = strlen(words);
    if (len == 0 ||
        (span.end - span.start == len && memcmp(strbuf_str(text) + span.start, words, len) == 0))
        return span;
    const char *found = memmem(strbuf_str(text), text->len, words, len);
    if (!found)
        return span;
    size_t start = (size_t)(found - strbuf_str(text));
    return (struct span){start, start + len};
}

static json_object *annotation(const struct chat_choice *choice, struct span span,
                               const char *title, const char *url)
{
    const char *text = strbuf_str(&choice->text);
    int64_t lead = choice->lead_chars;
    json_object *outer = json_object_new_object();
    json_object *citation = json_object_new_object();
    json_add_str(outer, "type", "url_citation");
    json_add_int(citation, "start_index", lead + (int64_t)utf8_count(text, span.start));
    json_add_int(citation, "end_index", lead + (int64_t)utf8_count(text, span.end));
    json_add_str(citation, "title", title);
    json_add_str(citation, "url", url);
    json_add(outer, "url_citation", citation);
    return outer;
}

/* The page of a grounding chunk: found on the web, on a map, or in the user's own documents. */
static json_object *chunk_page(json_object *chunk)
{
    static const char *const kinds[] = {"web", "maps", "retrievedContext", "image"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        json_object *page = json_get_obj(chunk, kinds[i]);
        if (page)
            return page;
    }
    return NULL;
}

static const char *page_url(json_object *page)
{
    return json_get_str(page, "uri", json_get_str(page, "sourceUri", NULL));
}

static void add_support(const struct chat_choice *choice, json_object *list, json_object *support)
{
    json_object *chunks = json_get_arr(choice->grounding, "groundingChunks");
    json_object *indices = json_get_arr(support, "groundingChunkIndices");
    struct span span = segment_span(&choice->text, json_get_obj(support, "segment"));
    for (size_t i = 0; i < json_list_len(indices); i++) {
        int64_t index = json_object_get_int64(json_list_at(indices, i));
        json_object *page = index < 0 ? NULL : chunk_page(json_list_at(chunks, (size_t)index));
        const char *url = page_url(page);
        if (url)
            json_object_array_add(list,
                                  annotation(choice, span, json_get_str(page, "title", url), url));
    }
}

static void add_source(const struct chat_choice *choice, json_object *list, json_object *source)
{
    const char *url = json_get_str(source, "uri", NULL);
    struct span span = segment_span(&choice->text, source);
    if (!text_empty(url))
        json_object_array_add(list,
                              annotation(choice, span, json_get_str(source, "title", url), url));
}

json_object *chat_citations(const struct chat_choice *choice)
{
    json_object *supports = json_get_arr(choice->grounding, "groundingSupports");
    json_object *list = json_object_new_array();
    if (strbuf_ok(&choice->text)) {
        for (size_t i = 0; i < json_list_len(supports); i++)
            add_support(choice, list, json_list_at(supports, i));
        for (size_t i = 0; i < json_list_len(choice->sources); i++)
            add_source(choice, list, json_list_at(choice->sources, i));
    }
    if (json_list_len(list) > 0)
        return list;
    json_object_put(list);
    return NULL;
}

json_object *chat_source_list(const struct chat_choice *choice)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    json_object *chunks = json_get_arr(choice->grounding, "groundingChunks");
    int number = 0;
    for (size_t i = 0; i < json_list_len(chunks); i++) {
        json_object *page = chunk_page(json_list_at(chunks, i));
        const char *url = page_url(page);
        if (!url)
            continue;
        if (number == 0)
            strbuf_puts(&text, "\n\n---\n**Sources**\n\n");
        strbuf_printf(&text, "%d. [%s](%s)\n", ++number, json_get_str(page, "title", url), url);
    }
    return number ? json_object_new_string_len(strbuf_str(&text), (int)text.len) : NULL;
}
