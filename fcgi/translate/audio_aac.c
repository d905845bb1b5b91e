/* AAC with ADTS heads by vo-aacenc, which takes whole frames only. */
#include <string.h>

#include <vo-aacenc/cmnMemory.h>
#include <vo-aacenc/voAAC.h>

#include "translate/audio_codec.h"

#define FRAME 1024
/* A frame of one channel has 6144 bits at most, and an ADTS head. */
#define ENCODED_MAX 2048

struct aac {
    VO_AUDIO_CODECAPI api;
    VO_HANDLE handle;
    VO_MEM_OPERATOR memory;
    int16_t frame[FRAME];
    size_t count; /* samples in it */
};

static void close_aac(void *state)
{
    struct aac *aac = state;
    if (aac->handle)
        aac->api.Uninit(aac->handle);
    free(aac);
}

static bool set_up(struct aac *aac, unsigned rate)
{
    AACENC_PARAM parameters = {
        .sampleRate = (int)rate, .bitRate = AUDIO_BITS_PER_SECOND, .nChannels = 1, .adtsUsed = 1};
    VO_CODEC_INIT_USERDATA memory = {.memflag = VO_IMF_USERMEMOPERATOR, .memData = &aac->memory};
    aac->memory = (VO_MEM_OPERATOR){.Alloc = cmnMemAlloc,
                                    .Copy = cmnMemCopy,
                                    .Free = cmnMemFree,
                                    .Set = cmnMemSet,
                                    .Check = cmnMemCheck};
    return voGetAACEncAPI(&aac->api) == VO_ERR_NONE &&
           aac->api.Init(&aac->handle, VO_AUDIO_CodingAAC, &memory) == VO_ERR_NONE &&
           aac->api.SetParam(aac->handle, VO_PID_AAC_ENCPARAM, &parameters) == VO_ERR_NONE;
}

static void *open_aac(unsigned rate, int64_t samples)
{
    struct aac *aac = xcalloc(1, sizeof(*aac));
    (void)samples;
    if (set_up(aac, rate))
        return aac;
    close_aac(aac);
    return NULL;
}

/* Encodes the frame, its end filled with silence. */
static int encode(struct aac *aac, struct strbuf *out)
{
    unsigned char encoded[ENCODED_MAX];
    VO_AUDIO_OUTPUTINFO about = {0};
    VO_CODECBUFFER from = {.Buffer = (VO_PBYTE)aac->frame, .Length = sizeof(aac->frame)};
    VO_CODECBUFFER to = {.Buffer = encoded, .Length = sizeof(encoded)};
    memset(aac->frame + aac->count, 0, (FRAME - aac->count) * sizeof(aac->frame[0]));
    aac->count = 0;
    aac->api.SetInputData(aac->handle, &from);
    if (aac->api.GetOutputData(aac->handle, &to, &about) != VO_ERR_NONE)
        return -1;
    strbuf_append(out, encoded, to.Length);
    return 0;
}

static int feed(void *state, const int16_t *samples, size_t count, struct strbuf *out)
{
    struct aac *aac = state;
    for (size_t i = 0; i < count; i++) {
        aac->frame[aac->count++] = samples[i];
        if (aac->count == FRAME && encode(aac, out) < 0)
            return -1;
    }
    return 0;
}

/* What was said last lies within the codec's delay: two frames of silence push it out. */
static int end(void *state, struct strbuf *out)
{
    struct aac *aac = state;
    if (aac->count > 0 && encode(aac, out) < 0)
        return -1;
    return encode(aac, out) < 0 || encode(aac, out) < 0 ? -1 : 0;
}

const struct audio_codec audio_aac = {
    .open = open_aac, .feed = feed, .end = end, .close = close_aac};
