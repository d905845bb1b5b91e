/* Paths that clients make of a base URL with a mistake in it, and the routes that they mean.
 *
 * Pure, and asked only where the table of routes has nothing. The last words of a path say what is
 * wanted (".../chat/completions", ".../models/NAME:countTokens"); what stands before them decides
 * between OpenAI's and Google's routes only. A verb is never changed for another. */
#ifndef API_URL_TOLERANCE_H
#define API_URL_TOLERANCE_H

#include <stdbool.h>

#include "base/strbuf.h"

/* Writes the path that `raw_path` (percent-encoded, no query) means to `out`, percent-encoded.
 * `choice` counts from 0: where a path can be meant in several ways, the likeliest first. False
 * when there is no such choice; a path that already is right gives itself or false. */
bool url_tolerance_target(const char *raw_path, int choice, struct strbuf *out);

#endif
