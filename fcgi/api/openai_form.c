#include "api/openai_form.h"

#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/text.h"

int openai_form_read(struct api_call *call, struct multipart *form)
{
    struct http_request *req = call->http->req;
    struct err *err = &call->http->err;
    if (!multipart_is(req->content_type))
        return err_set(err, ERR_INVALID, "Content-Type must be multipart/form-data"), 415;
    int status = api_call_read_body(call);
    if (status)
        return status;
    return multipart_parse(form, req->arena, req->content_type, req->body, req->body_len, err) < 0
               ? 400
               : 0;
}

json_object *openai_form_fields(struct api_call *call, const struct multipart *form)
{
    json_object *fields = json_object_new_object();
    for (size_t i = 0; i < form->count; i++) {
        const struct multipart_part *part = &form->parts[i];
        if (part->file_name)
            continue;
        if (!utf8_valid(part->data, part->len) || memchr(part->data, '\0', part->len)) {
            json_object_put(fields);
            err_set_param(&call->http->err, ERR_INVALID, part->name, "%s is no text", part->name);
            return NULL;
        }
        if (!json_member(fields, part->name))
            json_add_strn(fields, part->name, part->data, part->len);
    }
    return fields;
}
