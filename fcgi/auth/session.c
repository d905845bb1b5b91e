#include "auth/session.h"

#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/rand.h"
#include "base/text.h"

enum { ID_CHARS = 43 }; /* 256 bits in [A-Za-z0-9] */

static void set_cookie(struct http_response *res, const char *value, int64_t max_age_s)
{
    const struct http_cookie cookie = {.name = SESSION_COOKIE,
                                       .value = value,
                                       .max_age_s = max_age_s,
                                       .http_only = true,
                                       .same_site = "Lax"};
    http_response_cookie(res, &cookie);
}

/* The hash under which the store knows a session: with its user in it, it is found for nobody else. */
static void hash_id(const char *id, const char *user, char hash_r[SHA256_HEX])
{
    FREE_AUTO char *text = text_empty(user) ? xstrdup(id) : xasprintf("%s %s", id, user);
    sha256_hex(text, strlen(text), hash_r);
    secret_wipe(text, strlen(text));
}

/* That of the request's cookie; false without a cookie. An id of another length was never ours. */
static bool cookie_hash(struct http_request *req, const char *user, char hash_r[SHA256_HEX])
{
    const char *id = http_request_cookie(req, SESSION_COOKIE);
    if (!id || strlen(id) != ID_CHARS)
        return false;
    hash_id(id, user, hash_r);
    return true;
}

static int end_present_session(struct store *store, struct http_request *req, struct err *err)
{
    char hash[SHA256_HEX];
    int rc = 0;
    if (cookie_hash(req, NULL, hash))
        rc = store_session_delete(store, hash, err);
    if (rc == 0 && !text_empty(req->remote_user) && cookie_hash(req, req->remote_user, hash))
        rc = store_session_delete(store, hash, err);
    return rc;
}

int session_open(struct store *store, struct http_request *req, struct http_response *res,
                 int64_t lifetime_s, int64_t now_ms, struct err *err)
{
    const struct session_visit visit = {store, req, res, lifetime_s, now_ms, NULL};
    struct store_session session;
    return session_begin(&visit, &session, err);
}

int session_begin(const struct session_visit *visit, struct store_session *session_r,
                  struct err *err)
{
    char id[ID_CHARS + 1];
    unsigned char csrf[SHA256_LEN];
    struct store_session session = {.created_ms = visit->now_ms,
                                    .expires_ms = visit->now_ms + visit->lifetime_s * SECOND_MS};

    rand_token(id, sizeof(id));
    rand_bytes(csrf, sizeof(csrf));
    hash_id(id, visit->user, session.id_hash);
    hex_encode(session.csrf, csrf, sizeof(csrf));
    text_copy(session.address, sizeof(session.address), visit->req->remote_addr);
    int result = store_session_put(visit->store, &session, err);
    if (result == 0) {
        end_present_session(visit->store, visit->req, NULL);
        store_sessions_expire(visit->store, visit->now_ms, NULL);
        set_cookie(visit->res, id, visit->lifetime_s);
        *session_r = session;
    }
    secret_wipe(id, sizeof(id));
    secret_wipe(csrf, sizeof(csrf));
    return result;
}

/* More than a tenth of its life is over; or the setting was lowered since, and holds for it too. */
static bool wants_extension(const struct store_session *session, int64_t lifetime_ms,
                            int64_t now_ms)
{
    int64_t left_ms = session->expires_ms - now_ms;
    return left_ms < lifetime_ms - lifetime_ms / 10 || left_ms > lifetime_ms;
}

int session_find(struct store *store, struct http_request *req, int64_t lifetime_s, int64_t now_ms,
                 struct store_session *session_r, struct err *err)
{
    const struct session_visit visit = {store, req, NULL, lifetime_s, now_ms, NULL};
    return session_find_of_user(&visit, session_r, err);
}

int session_find_of_user(const struct session_visit *visit, struct store_session *session_r,
                         struct err *err)
{
    char hash[SHA256_HEX];
    int64_t lifetime_ms = visit->lifetime_s * SECOND_MS;
    if (!cookie_hash(visit->req, visit->user, hash))
        return 0;
    int found = store_session_get(visit->store, hash, visit->now_ms, session_r, err);
    if (found != 1)
        return found;
    int64_t expires_ms = visit->now_ms + lifetime_ms;
    if (wants_extension(session_r, lifetime_ms, visit->now_ms) &&
        store_session_extend(visit->store, hash, expires_ms, NULL) == 0)
        session_r->expires_ms = expires_ms;
    return 1;
}

void session_renew_cookie(const struct store_session *session, struct http_request *req,
                          struct http_response *res, int64_t lifetime_s, int64_t now_ms)
{
    /* One that began in this very millisecond ends as if it were extended now. */
    bool extended = session->expires_ms == now_ms + lifetime_s * SECOND_MS;
    if (extended && session->created_ms < now_ms)
        set_cookie(res, http_request_cookie(req, SESSION_COOKIE), lifetime_s);
}

int session_close(struct store *store, struct http_request *req, struct http_response *res,
                  struct err *err)
{
    set_cookie(res, "", -1);
    return end_present_session(store, req, err);
}

bool session_csrf_ok(const struct store_session *session, const char *presented)
{
    return !text_empty(presented) && secret_equal(session->csrf, presented);
}
