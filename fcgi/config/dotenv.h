/* The grammar of .env files, as the reference's users write them. Private to this folder.
 *
 *     # a comment, also after a value: white space and "#"
 *     [export] NAME = text to the end of the line
 *     NAME='text, over several lines, with \' and \\ in it'
 *     NAME="the same, with \n \t \" and the like"
 *     NAME=["a",      a list, a map or JSON: up to the bracket that closes the first,
 *           "b"]      comments may stand between its lines
 *
 * Lines end in LF, CRLF or CR; a byte-order mark at the start is skipped. ${NAME} is not
 * replaced. */
#ifndef CONFIG_DOTENV_H
#define CONFIG_DOTENV_H

#include "config/settings.h"

/* Adds a row for each name that settings.def knows, spelled as there, in the order of the file; other
 * names go to `unknown`, without their values, unless that is NULL. Returns 0, or -1 with an error that
 * begins with "line N". */
int dotenv_parse(struct setting_rows *rows, struct setting_rows *unknown, const char *text,
                 size_t len, struct err *err);

#endif
