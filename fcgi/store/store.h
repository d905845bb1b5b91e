/* The store: two databases that every process shares.
 *
 *   gemini-balance.db   keys, rests, settings, tokens, sessions, rotation, leases of jobs, and the
 *                       counters and rollups that charts read: small, precious
 *   log.db              request and attempt rows, bounded by age and size: may be lost
 *
 * Families of tables, one file each: store_keys (with rests), store_limits, store_settings,
 * store_tokens, store_sessions, store_rotation, store_pins, store_signatures, store_jobs,
 * store_audit, store_usage (reading the counters) and store_log (writing counters and rows;
 * store_log_read reads them). The journal batches what is written often.
 *
 * Secrets are sealed by the vault and looked up by their HMAC (base/crypto.h). All functions are
 * thread-safe and return 0 or -1 with err (ERR_BUSY and ERR_FULL: the caller may go on without). */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/crypto.h"
#include "store/sql.h"

struct store;

struct store_options {
    const char *dir;           /* DATA_DIR; made with mode 0700 when it is not there */
    const char *log_dir;       /* where log.db lies; NULL: in `dir`. Made as `dir` is */
    const struct vault *vault; /* borrowed; outlives the store */
    int busy_timeout_ms;
    int readers;
    bool lean; /* as in struct sql_options */
};

#define STORE_MAIN_FILE "gemini-balance.db"
#define STORE_LOG_FILE "log.db"

/* Opens both databases and migrates them; the main one is copied before (see sql_migrate()). NULL
 * with ERR_IO, ERR_FULL, ERR_BUSY, ERR_DAMAGED, or ERR_UNSUPPORTED when a newer program wrote them. A
 * damaged log is set aside as log.db.damaged, and a new one begun. A process that forks does so
 * before. */
struct store *store_open(const struct store_options *options, struct err *err);
void store_close(struct store **store);
struct sql_db *store_main(struct store *store);
struct sql_db *store_log_db(struct store *store);
const struct vault *store_vault(const struct store *store);
/* Whether what is sealed in the store opens with the vault: false when it was made under another
 * master key. */
bool store_opens(const struct store *store);
/* Changes when another connection or process has changed the main database: cheap to ask, but it
 * changes with every batch of counters too. What there is to read anew tell the generations. */
int64_t store_version(struct store *store);

/* Numbers that grow with every change of a kind of rows, by whichever process. Counters, the
 * rotation, times of last use, pins and signatures have none. */
struct store_generations {
    int64_t keys;     /* store_keys: adding, deleting, editing, states and failures */
    int64_t rests;    /* store_rest_put and store_rest_clear */
    int64_t limits;   /* store_limits */
    int64_t tokens;   /* store_tokens */
    int64_t settings; /* store_settings */
};
int store_generations(struct store *store, struct store_generations *generations_r,
                      struct err *err);
/* True when the store can be read now (for /health). */
bool store_reachable(struct store *store);
/* Integrity of both databases: 0 or -1 with the first finding. */
int store_check(struct store *store, struct err *err);

#endif
