/* Speech, given to the client: a stream gets its samples as they come, a whole answer is one file in
 * the format that was asked for. */
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/audio_encoder.h"
#include "translate/chat_reply.h"
#include "translate/wav.h"

/* How long a client is told that it may refer to a spoken answer. */
enum { AUDIO_EXPIRES_S = 3600 };

/* Consumes `data`. */
static void deliver_audio(struct chat_reply *reply, struct chat_choice *choice, json_object *data)
{
    json_object *audio = json_object_new_object();
    if (!*choice->audio_id) {
        memcpy(choice->audio_id, "audio_", sizeof("audio_"));
        reply->env->make_id(reply->env->ctx, choice->audio_id + strlen("audio_"), 25);
    }
    json_add_str(audio, "id", choice->audio_id);
    json_add(audio, "data", data);
    json_add_int(audio, "expires_at", reply->created + AUDIO_EXPIRES_S);
    json_add_str(audio, "transcript", "");
    reply->deliver(reply, choice, DELTA_AUDIO, audio);
}

static void deliver_bytes(struct chat_reply *reply, struct chat_choice *choice,
                          const struct strbuf *bytes)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    base64_encode(&text, strbuf_str(bytes), bytes->len);
    if (strbuf_ok(&text))
        deliver_audio(reply, choice, json_object_new_string_len(strbuf_str(&text), (int)text.len));
    else
        reply->broken = "the audio is too long";
}

/* Samples, bare or in a WAV file: what is anything else is the client's as it is. */
static bool is_samples(const char *type)
{
    static const char *const types[] = {"audio/l16", "audio/pcm", "audio/wav", "audio/x-wav"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (text_istarts(type, types[i]))
            return true;
    return false;
}

void chat_reply_audio(struct chat_reply *reply, struct chat_choice *choice, const char *type,
                      json_object *data)
{
    STRBUF_AUTO struct strbuf piece = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    struct strbuf *samples = reply->request->stream ? &piece : &choice->samples;
    size_t from = samples->len;
    chat_reply_end_thought(reply, choice);
    choice->visible = true;
    if (!is_samples(type)) {
        deliver_audio(reply, choice, json_object_get(data));
        return;
    }
    choice->audio_rate = pcm_rate(type);
    if (base64_decode(samples, json_object_get_string(data),
                      (size_t)json_object_get_string_len(data)) < 0) {
        reply->broken = "upstream sent audio that cannot be read";
        return;
    }
    wav_unwrap(samples, from, &choice->audio_rate);
    if (reply->request->stream)
        deliver_bytes(reply, choice, samples);
}

void chat_reply_close_audio(struct chat_reply *reply, struct chat_choice *choice)
{
    const struct strbuf *samples = &choice->samples;
    if (samples->len == 0)
        return;
    STRBUF_AUTO struct strbuf file = STRBUF_INIT(2 * LIMIT_UNARY_ANSWER);
    const char *word = reply->request->audio_format;
    struct audio_encoder *encoder = audio_encoder_create(
        audio_format_find(*word ? word : "wav"), choice->audio_rate, (int64_t)samples->len / 2);
    bool encoded = encoder &&
                   audio_encoder_feed(encoder, samples->data, samples->len, &file) == 0 &&
                   audio_encoder_end(encoder, &file) == 0;
    audio_encoder_destroy(&encoder);
    if (encoded)
        deliver_bytes(reply, choice, &file);
    else
        reply->broken = "the audio cannot be encoded";
}
