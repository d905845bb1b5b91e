/* What the families of tables share. Private to store/.
 *
 * A write of one statement is one call: the statement's row of the family's table, what is bound,
 * and the generation that it moves. */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include <stdatomic.h>

#include "store/store.h"

struct names;

struct store {
    struct sql_db *main;
    struct sql_db *log;
    const struct vault *vault;
    /* Caches of the tables `names`; used inside a write transaction of their database only. */
    struct names *main_names;
    struct names *log_names;
    bool opens;                  /* the vault fits what is sealed */
    atomic_flag unreadable_told; /* a sealed value that did not open has been logged */
    atomic_bool retaining_ends;  /* what deletes old rows stops between two slices */
};

/* --- binding --------------------------------------------------------------------------------- */

struct store_bind {
    const char *name;
    enum { STORE_BIND_INT, STORE_BIND_NUM, STORE_BIND_TEXT } type;
    int64_t integer;
    double number;
    const char *text;
};

#define BIND_INT(bind_name, value)                                      \
    {                                                                   \
        .name = (bind_name), .type = STORE_BIND_INT, .integer = (value) \
    }
#define BIND_NUM(bind_name, value)                                     \
    {                                                                  \
        .name = (bind_name), .type = STORE_BIND_NUM, .number = (value) \
    }
#define BIND_TEXT(bind_name, value)                                   \
    {                                                                 \
        .name = (bind_name), .type = STORE_BIND_TEXT, .text = (value) \
    }
/* A list of the above, ended by a row without a name. */
#define BINDS(...) ((const struct store_bind[]){__VA_ARGS__, {.name = NULL}})

void store_bind(struct sql_stmt *stmt, const struct store_bind *binds);

/* --- one statement --------------------------------------------------------------------------- */

enum store_generation {
    STORE_GEN_NONE,
    STORE_GEN_KEYS,
    STORE_GEN_RESTS,
    STORE_GEN_LIMITS,
    STORE_GEN_TOKENS,
    STORE_GEN_SETTINGS
};

/* A read with its parameters bound, ready for sql_step(). NULL on failure. */
struct sql_stmt *store_query(struct sql_db *db, const struct sql_text *text,
                             const struct store_bind *binds, struct err *err);
/* The first row of such a read: 1, 0 or -1; *stmt_r is to be ended in any case. */
int store_query_row(struct sql_db *db, const struct sql_text *text, const struct store_bind *binds,
                    struct sql_stmt **stmt_r, struct err *err);
/* One write inside a transaction: the number of rows changed, or -1. */
int64_t store_tx_write(struct sql_tx *tx, const struct sql_text *text,
                       const struct store_bind *binds, struct err *err);
/* One write of the main database as a transaction of its own, which moves `generation` when rows
 * changed. The number of rows changed, or -1. */
int64_t store_write(struct store *store, const struct sql_text *text,
                    const struct store_bind *binds, enum store_generation generation,
                    struct err *err);
/* The same where the number does not matter: 0 or -1. */
int store_run(struct store *store, const struct sql_text *text, const struct store_bind *binds,
              enum store_generation generation, struct err *err);
int store_generation_move(struct sql_tx *tx, enum store_generation generation, struct err *err);
/* The number of one kind, -1 on failure. */
int64_t store_generation_get(struct store *store, enum store_generation generation);

/* --- sealing --------------------------------------------------------------------------------- */

/* The families; what is sealed anew under another master key is listed in store_reseal.c. */
#define STORE_SEAL_KEY "keys"
#define STORE_SEAL_PROXY "keys.proxy"
#define STORE_SEAL_TOKEN "tokens"
#define STORE_SEAL_SETTING "settings"
#define STORE_SEAL_META "meta"
/* A text sealed when the store was made: tells whether the master key still fits. */
#define STORE_PROOF_NAME "vault_proof"
#define STORE_PROOF_TEXT "gemini-balance"

/* Seals `value` for the place "family:id" and appends it. */
void store_seal(const struct store *store, const char *family, const char *id, const char *value,
                struct strbuf *out);
/* Appends the opened text; -1 when it does not open, which is logged once in a process's life. */
int store_unseal(struct store *store, const char *family, const char *id, const char *sealed,
                 struct strbuf *out);

/* "" for NULL: columns of text are never NULL. */
const char *store_text(const char *text);

#endif
