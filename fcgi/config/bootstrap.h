/* What a person wrote down before the program started: a .env file and the environment. */
#ifndef CONFIG_BOOTSTRAP_H
#define CONFIG_BOOTSTRAP_H

#include "config/settings.h"

/* Reads the .env file at `path` (a missing one is empty) and then the process's environment,
 * which wins, into rows; only names that settings.def knows, in any case. A file written for the
 * reference is read as it is: comments, `export`, quotes of both kinds, CRLF, a byte-order mark,
 * values over several lines inside quotes or brackets, white space around "=". Returns 0, or -1
 * with the line that cannot be read. */
int bootstrap_read(struct setting_rows *rows, const char *path, char **environ_list,
                   struct err *err);

/* One .env file that has to be there (else ERR_NOT_FOUND). Names that settings.def does not know go to
 * `unknown`, without their values. */
int bootstrap_read_file(struct setting_rows *rows, struct setting_rows *unknown, const char *path,
                        struct err *err);

/* A list as people write it: JSON (["a","b"]), ('a','b'), ("a","b"), one text, or separated by
 * commas or line breaks; empty items are dropped. Returns a JSON array to put; NULL when it
 * starts as JSON and is none. */
json_object *bootstrap_parse_list(const char *text, struct err *err);

/* True for what example files print where a key or token belongs ("AIzaSyxxxxxxxx",
 * "your_api_key_1", "sk-123456"), and for a text that cannot be one (spaces, beyond ASCII). Such a
 * key is not to be added to the pool. */
bool bootstrap_is_placeholder(const char *secret);

#endif
