/* The code with which the owner of a new installation proves to be its owner.
 *
 * Where no token opens the admin, whoever comes first must not simply take it. So the first visit
 * makes DATA_DIR/setup-code.txt (mode 0600) with a random code: who can read that folder, by FTP or
 * a file manager, is the owner. The code serves once: with the first token it is gone. */
#ifndef ADMIN_SETUP_CODE_H
#define ADMIN_SETUP_CODE_H

#include "base/err.h"

#define SETUP_CODE_SIZE 21 /* with its NUL */

/* Reads the code, after making it where there is none. -1 when the folder cannot be written. */
int setup_code_get(const char *data_dir, char code_r[SETUP_CODE_SIZE], struct err *err);
/* Removes it; a file that is not there is none. */
void setup_code_remove(const char *data_dir);

#endif
