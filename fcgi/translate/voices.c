#include "translate/voices.h"

#include "base/scope.h"
#include "base/text.h"

static const char *const google_voices[] = {
    "Zephyr",    "Puck",          "Charon",       "Kore",      "Fenrir",     "Leda",
    "Orus",      "Aoede",         "Callirrhoe",   "Autonoe",   "Enceladus",  "Iapetus",
    "Umbriel",   "Algieba",       "Despina",      "Erinome",   "Algenib",    "Rasalgethi",
    "Laomedeia", "Achernar",      "Alnilam",      "Schedar",   "Gacrux",     "Pulcherrima",
    "Achird",    "Zubenelgenubi", "Vindemiatrix", "Sadachbia", "Sadaltager", "Sulafat",
};

/* Paired by what both sides say of them: pitch and temper. */
static const struct {
    const char *openai;
    const char *google;
} pairs[] = {
    {"alloy", "Kore"},      {"ash", "Orus"},       {"ballad", "Algieba"}, {"coral", "Aoede"},
    {"echo", "Puck"},       {"fable", "Charon"},   {"nova", "Leda"},      {"onyx", "Fenrir"},
    {"sage", "Despina"},    {"shimmer", "Zephyr"}, {"verse", "Iapetus"},  {"marin", "Sulafat"},
    {"cedar", "Enceladus"},
};

const char *voice_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(google_voices); i++)
        if (text_ieq(google_voices[i], name))
            return google_voices[i];
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        if (text_ieq(pairs[i].openai, name))
            return pairs[i].google;
    return "Kore";
}
