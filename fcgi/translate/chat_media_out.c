/* Images, given to the client. */
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/chat_reply.h"

/* The address of an image: one that was made for it, or a data: URL. */
static json_object *image_address(struct chat_reply *reply, const char *type, json_object *data)
{
    const struct translate_env *env = reply->env;
    const char *base64 = json_object_get_string(data);
    size_t len = (size_t)json_object_get_string_len(data);
    STRBUF_AUTO struct strbuf url = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    if (!env->image_put || env->image_put(env->ctx, type, base64, len, &url) != 1) {
        strbuf_clear(&url);
        strbuf_reserve(&url, len + strlen(type) + strlen("data:;base64,"));
        strbuf_printf(&url, "data:%s;base64,", type);
        strbuf_append(&url, base64, len);
    }
    return json_object_new_string_len(strbuf_str(&url), (int)url.len);
}

static void as_markdown(struct chat_reply *reply, struct chat_choice *choice, json_object *address)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    size_t len = (size_t)json_object_get_string_len(address);
    strbuf_reserve(&text, len + 32);
    if (choice->last && choice->last != '\n')
        strbuf_puts(&text, "\n\n");
    strbuf_puts(&text, "![image](");
    strbuf_append(&text, json_object_get_string(address), len);
    strbuf_puts(&text, ")\n");
    chat_reply_text(reply, choice, json_object_new_string_len(strbuf_str(&text), (int)text.len));
}

static void as_entry(struct chat_reply *reply, struct chat_choice *choice, json_object *address)
{
    json_object *entry = json_object_new_object();
    json_object *image_url = json_object_new_object();
    json_add_str(entry, "type", "image_url");
    json_add_int(entry, "index", choice->images++);
    json_add_ref(image_url, "url", address);
    json_add(entry, "image_url", image_url);
    chat_reply_end_thought(reply, choice);
    choice->visible = true;
    reply->deliver(reply, choice, DELTA_IMAGE, entry);
}

static void give_image(struct chat_reply *reply, struct chat_choice *choice, const char *type,
                       json_object *data)
{
    const char *format = reply->env->image_format;
    JSON_AUTO json_object *address = image_address(reply, type, data);
    bool both = text_eq(format, "both");
    if (both || text_eq(format, "images"))
        as_entry(reply, choice, address);
    if (both || !text_eq(format, "images"))
        as_markdown(reply, choice, address);
}

void chat_reply_media(struct chat_reply *reply, struct chat_choice *choice, json_object *data)
{
    const char *type = json_get_str(data, "mimeType", "image/png");
    json_object *base64 = json_member(data, "data");
    if (!json_is_str(base64))
        return;
    if (text_istarts(type, "audio/"))
        chat_reply_audio(reply, choice, type, base64);
    else
        give_image(reply, choice, type, base64);
}
