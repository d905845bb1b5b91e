/* Admin sessions: only the hash of a session's id is stored. */
#ifndef STORE_STORE_SESSIONS_H
#define STORE_STORE_SESSIONS_H

#include "store/store.h"

struct store_session {
    char id_hash[SHA256_HEX];
    char csrf[SHA256_HEX]; /* the session's CSRF token */
    int64_t created_ms;
    int64_t expires_ms;
    char address[64]; /* where it was opened */
};

int store_session_put(struct store *store, const struct store_session *session, struct err *err);
/* 1 found and not expired at `now_ms`, 0 not, -1. */
int store_session_get(struct store *store, const char *id_hash, int64_t now_ms,
                      struct store_session *session_r, struct err *err);
int store_session_extend(struct store *store, const char *id_hash, int64_t expires_ms,
                         struct err *err);
int store_session_delete(struct store *store, const char *id_hash, struct err *err);
int store_sessions_delete_all(struct store *store, struct err *err);
/* All but one: a new admin token signs everybody else out. */
int store_sessions_delete_others(struct store *store, const char *id_hash, struct err *err);
int store_sessions_expire(struct store *store, int64_t now_ms, struct err *err);

/* Failed logins, shared by all processes. */
int store_login_failed(struct store *store, const char *address, int64_t now_ms, struct err *err);
/* Failures of `address` (or of all, with NULL) since `since_ms`; -1 on failure. */
int64_t store_login_failures(struct store *store, const char *address, int64_t since_ms);

#endif
