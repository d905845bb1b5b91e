/* Admin sessions: a random id in a cookie, its hash in the store.
 *
 * The cookie is HttpOnly, Secure under https, and expires with the row (ADMIN_SESSION_EXPIRE,
 * extended by use). It is SameSite=Lax, so that a link from elsewhere arrives signed in; what
 * changes anything needs the session's CSRF token besides. */
#ifndef AUTH_SESSION_H
#define AUTH_SESSION_H

#include "http/cookie.h"
#include "store/store_sessions.h"

#define SESSION_COOKIE "gb_session"

/* Opens a session for `req`, always under a new id, ends the one that its cookie named, and sets
 * the cookie. Returns 0 or -1 (the store cannot be written). */
int session_open(struct store *store, struct http_request *req, struct http_response *res,
                 int64_t lifetime_s, int64_t now_ms, struct err *err);
/* The same, and tells what it opened: for an answer that is to hold the session's CSRF token already. */
struct session_visit {
    struct store *store;
    struct http_request *req;
    struct http_response *res;
    int64_t lifetime_s, now_ms;
    const char *user; /* whose it is alone; NULL: whoever has the cookie */
};
int session_begin(const struct session_visit *visit, struct store_session *session_r,
                  struct err *err);
/* The session of the request's cookie, extended when more than a tenth of its life is over (where
 * the store cannot be written it is valid all the same). 1 valid, 0 none, -1. */
int session_find(struct store *store, struct http_request *req, int64_t lifetime_s, int64_t now_ms,
                 struct store_session *session_r, struct err *err);
/* The same for the session that session_begin() opened for visit->user: whom the web server does not name
 * any more, or the settings do not list, has none. visit->res is not used. */
int session_find_of_user(const struct session_visit *visit, struct store_session *session_r,
                         struct err *err);
/* After session_find(): sends the cookie anew when the session was extended just now. */
void session_renew_cookie(const struct store_session *session, struct http_request *req,
                          struct http_response *res, int64_t lifetime_s, int64_t now_ms);
/* Ends the session and removes the cookie; 0 also when there was none. */
int session_close(struct store *store, struct http_request *req, struct http_response *res,
                  struct err *err);
/* True when the form field or the header X-CSRF-Token carries the session's token. */
bool session_csrf_ok(const struct store_session *session, const char *presented);

#endif
