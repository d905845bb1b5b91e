/* What a person put into a site, carried out and in: keys with their labels and limits, client tokens,
 * saved settings. As one JSON document
 *
 *     {"gemini-balance": 1, "made": "...",
 *      "keys": [{"secret", "kind", "label", "project", "proxy", "weight", "state", "reason",
 *                "caps": {"share", "rpm", "tpm", "rpd", "tpd"}}],
 *      "tokens": [{"secret", "name", "models", "expires", "paused", "rpm", "rpd", "tpd"}],
 *      "settings": {"NAME": "value"}}
 *
 * or as a .env that gemini-balance reads too. Both hold every secret in plain. */
#ifndef TRANSFER_SITE_FILE_H
#define TRANSFER_SITE_FILE_H

#include "base/strbuf.h"
#include "site/site.h"
#include "transfer/transfer.h"

/* Appends the document. Wipe `out` after use. */
int site_file_json(struct site *site, struct strbuf *out, struct err *err);
/* Appends NAME=value lines: the active keys, the tokens, and each setting that is not its default. */
int site_file_env(struct site *site, struct strbuf *out, struct err *err);

/* Takes over a document. ERR_INVALID when it is none; single entries that are not valid are refused and
 * told. */
int site_file_import(struct site *site, const char *text, size_t len,
                     struct transfer_report *report, struct err *err);

#endif
