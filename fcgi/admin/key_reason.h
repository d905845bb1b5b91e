/* Why a key rests or is dead, in words for people. */
#ifndef ADMIN_KEY_REASON_H
#define ADMIN_KEY_REASON_H

#include "admin/strings.h"

/* The text for a rest's reason (rest_reason_word) or a verdict's rule id; a word without one comes
 * back as it is, NULL as "". */
const char *key_reason_text(enum language language, const char *word);

/* The text for what an attempt did to its key, as the log words it; the same for other words. */
const char *key_effect_text(enum language language, const char *word);

#endif
