/* Voices: OpenAI's names and Google's. */
#ifndef TRANSLATE_VOICES_H
#define TRANSLATE_VOICES_H

/* Google's voice for a name of either side, in any case; "Kore" for an unknown one. */
const char *voice_of(const char *name);

#endif
