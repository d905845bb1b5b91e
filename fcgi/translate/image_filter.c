/* One image as a stream: what the model tries on its way, then the image itself. */
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/error_body.h"
#include "translate/gemini_scan.h"
#include "translate/json_list.h"
#include "translate/openai_images.h"

struct image_filter {
    struct reply_filter base;
    const struct image_request *request;
    int64_t created_s;
    int image;    /* its number, or IMAGE_ALONE */
    int partials; /* told so far */
    struct image_result result;
    struct token_usage usage;
};

static struct image_filter *of(struct reply_filter *base)
{
    return (struct image_filter *)base;
}

static void tell_partial(struct image_filter *filter, json_object *part, struct strbuf *out)
{
    json_object *data = json_get_obj(part, "inlineData");
    json_object *base64 = json_member(data, "data");
    if (!json_get_bool(part, "thought", false) || !json_is_str(base64) ||
        !text_starts(json_get_str(data, "mimeType", ""), "image/") ||
        filter->partials >= filter->request->partial_images)
        return;
    images_partial(filter->request, base64, filter->image, filter->partials++, filter->created_s,
                   out);
}

static int on_event(struct reply_filter *base, const char *data, size_t len, const char *raw,
                    size_t raw_len, struct strbuf *out, struct reply_facts *facts_r,
                    struct err *err)
{
    struct image_filter *filter = of(base);
    struct image_result found;
    (void)err;
    (void)raw;
    (void)raw_len;
    gemini_scan_reply(data, len, facts_r);
    if (facts_r->has_error || facts_r->malformed)
        return 0;
    if (facts_r->usage.known)
        filter->usage = facts_r->usage;
    JSON_AUTO json_object *answer = json_parse_text(data, len, NULL);
    json_object *parts = json_path(answer, "candidates.0.content.parts");
    for (size_t i = 0; i < json_list_len(parts); i++)
        tell_partial(filter, json_list_at(parts, i), out);
    image_result_read(&found, data, len);
    if (found.base64 || !filter->result.base64) {
        image_result_free(&filter->result);
        filter->result = found;
    } else {
        image_result_free(&found);
    }
    bool over = facts_r->finished || facts_r->block_reason[0];
    facts_r->refused = over && !filter->result.base64;
    return 0;
}

static int on_end(struct reply_filter *base, struct strbuf *out, struct err *err)
{
    struct image_filter *filter = of(base);
    const struct token_usage *used = &filter->usage;
    if (!filter->result.base64)
        return err_set(err, ERR_IO, "the model made no image");
    json_object *data = json_object_new_array();
    json_object_array_add(data, image_entry(filter->request, &filter->result, NULL));
    JSON_AUTO json_object *answer = images_answer(filter->request, data, filter->created_s,
                                                  used->prompt + used->tool_use, used->output);
    images_stream(filter->request, answer, filter->image, out);
    return 0;
}

static void on_fail(struct reply_filter *base, int status, const struct err *why,
                    struct strbuf *out)
{
    if (of(base)->image != IMAGE_ALONE)
        return;
    strbuf_puts(out, "event: error\ndata: ");
    openai_error_body(out, status, why, NULL, 0);
    strbuf_puts(out, "\n\n");
}

static void destroy(struct reply_filter *base)
{
    image_result_free(&of(base)->result);
    free(base);
}

static const struct reply_filter_ops ops = {
    .event = on_event, .end = on_end, .fail = on_fail, .destroy = destroy};

struct reply_filter *image_filter_create(const struct image_request *request, int64_t created_s,
                                         int image)
{
    struct image_filter *filter = xcalloc(1, sizeof(*filter));
    filter->base.ops = &ops;
    filter->request = request;
    filter->created_s = created_s;
    filter->image = image;
    return &filter->base;
}
