#include "api/openai_form.h"

#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/text.h"

#define FIELD_MAX ((int64_t)(256 * KIB))

static int64_t peek(const void *ctx, int64_t offset, void *buf, size_t len)
{
    return body_spool_peek(ctx, offset, buf, len);
}

int openai_form_read(struct api_call *call, struct openai_form *form)
{
    struct http_request *req = call->http->req;
    struct err *err = &call->http->err;
    *form = (struct openai_form){0};
    if (!multipart_is(req->content_type))
        return err_set_param(err, ERR_INVALID, "Content-Type",
                             "Content-Type must be multipart/form-data"),
               415;
    struct body_spool_options options = {
        .req = req, .data_dir = call->settings->data_dir, .max = call->settings->max_request_body};
    form->spool = body_spool_create(&options);
    if (body_spool_read_all(form->spool, err) < 0)
        return body_spool_status(err);
    struct multipart_source source = {
        .ctx = form->spool, .len = body_spool_length(form->spool), .peek = peek};
    if (multipart_parse(&form->parts, req->arena, req->content_type, &source, err) < 0)
        return body_spool_status(err);
    return 0;
}

void openai_form_free(struct openai_form *form)
{
    body_spool_destroy(&form->spool);
}

int64_t openai_form_look(struct api_call *call, const struct openai_form *form,
                         const struct multipart_part *part, int64_t offset, void *buf, size_t len)
{
    int64_t have = 0;
    if ((int64_t)len > part->len - offset)
        len = (size_t)(part->len - offset);
    while ((size_t)have < len) {
        int64_t got = body_spool_peek(form->spool, part->offset + offset + have, (char *)buf + have,
                                      len - (size_t)have);
        if (got <= 0)
            return err_set(&call->http->err, ERR_IO, "the body cannot be read again");
        have += got;
    }
    return have;
}

/* 0, or -1 with http->err. */
static int add_field(struct api_call *call, const struct openai_form *form,
                     const struct multipart_part *part, json_object *fields)
{
    struct err *err = &call->http->err;
    if (part->len > FIELD_MAX)
        return err_set_param(err, ERR_INVALID, part->name, "%s is too long", part->name);
    FREE_AUTO char *text = xcalloc(1, (size_t)part->len + 1);
    if (openai_form_look(call, form, part, 0, text, (size_t)part->len) < 0)
        return -1;
    if (!utf8_valid(text, (size_t)part->len) || memchr(text, '\0', (size_t)part->len))
        return err_set_param(err, ERR_INVALID, part->name, "%s is no text", part->name);
    if (!json_member(fields, part->name))
        json_add_strn(fields, part->name, text, (size_t)part->len);
    return 0;
}

json_object *openai_form_fields(struct api_call *call, const struct openai_form *form)
{
    json_object *fields = json_object_new_object();
    for (size_t i = 0; i < form->parts.count; i++) {
        const struct multipart_part *part = &form->parts.parts[i];
        if (!part->file_name && add_field(call, form, part, fields) < 0) {
            json_object_put(fields);
            return NULL;
        }
    }
    return fields;
}
