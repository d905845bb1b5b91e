/* A store taken out of use or out of a backup, put in the place of the one in use. */
#ifndef STORE_STORE_RESTORE_H
#define STORE_STORE_RESTORE_H

#include "store/store.h"

/* Seals every secret of `store` anew for `vault`, and looks it up under it from then on; the store
 * itself goes on with its old vault and is best closed afterwards. What had been deleted by a
 * person can no longer be told from what is new, because only its look-up hash is known: such
 * memories are dropped (*forgotten_r: how many). -1 with ERR_INVALID when a secret does not open. */
int store_reseal(struct store *store, const struct vault *vault, int64_t *forgotten_r,
                 struct err *err);

/* Puts all that the store in `dir` holds in the place of what `store` holds: keys, rests, tokens,
 * settings, counters, and (with `log`) the log. Sessions, leases and login failures stay. Both have the
 * same vault. Processes that have the store open go on and see the change like any other. -1 with
 * ERR_INVALID when the other's tables are not exactly this program's.
 *
 * Each database has a transaction, and both are filled before either is committed: a failure or a death
 * until then leaves both as they were. The log is committed first, so that what happens between the two
 * has only changed what may be lost, and restoring again brings the rest. */
int store_replace(struct store *store, const char *dir, bool log, struct err *err);

#endif
