/* Numbers for texts that repeat in many rows (models, routes, rules): the table `names` of either
 * database and a cache of it. Private to store/.
 *
 * A transaction that uses names enters after its begin and leaves after its commit or rollback:
 * what was never committed is forgotten before another transaction can see it. */
#ifndef STORE_STORE_NAMES_H
#define STORE_STORE_NAMES_H

#include "store/sql.h"

/* No more names of a kind than this: what comes after counts as NAMES_OTHER. */
#define NAMES_MAX_KIND 10000
#define NAMES_OTHER "(other)" /* USAGE_OTHER_MODEL */

struct names;

struct names *names_create(void);
void names_destroy(struct names **names);
void names_enter(struct names *names);
void names_leave(struct names *names, bool committed);
/* Forgets when the database's "names_epoch" is another than last time: some process has removed
 * names, or the whole database was restored. To be called after entering. 0 or -1. */
int names_follow(struct names *names, struct sql_tx *tx, struct err *err);

/* The number of `text`, made if need be; 0 for "", -1 on failure. With `known_only` a text that
 * has no number counts as NAMES_OTHER instead of getting one. */
struct name_asked {
    const char *kind; /* a constant */
    const char *text;
    bool known_only;
};
int64_t names_id(struct names *names, struct sql_tx *tx, const struct name_asked *asked,
                 struct err *err);

#endif
