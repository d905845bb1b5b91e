/* The admin with a store of its own and a web server made of memory. The pool is played: it is told
 * of changes and counts them. */
#ifndef ADMIN_FIXTURE_H
#define ADMIN_FIXTURE_H

#include "../http/front.h"

#include "admin/admin.h"

#define FIXTURE_TOKEN "the-admin-token"

struct admin_fixture {
    char dir[64];
    struct vault *vault;
    struct admin admin;
    const struct settings *settings;
    struct router *router;
    char *cookie; /* of the session, once signed in */
    char *csrf;
};

extern int fixture_pool_reloads;
extern int fixture_verified; /* keys that were asked about */
/* What the pool says of its keys. */
extern struct key_pool_counts fixture_pool_counts;

/* For cmocka: *state is the fixture, nobody signed in. */
int admin_set_up(void **state);
/* The same, signed in. */
int admin_set_up_signed_in(void **state);
int admin_tear_down(void **state);

/* One request; the answer is in `front`, free it. With a body it is a POST of a form. Sends the
 * session's cookie when there is one. */
void fixture_request(struct admin_fixture *fixture, struct front *front, const char *uri,
                     const char *body);
/* A POST of `fields` with the session's CSRF token. */
void fixture_post(struct admin_fixture *fixture, struct front *front, const char *uri,
                  const char *fields);
/* The value of a header of the answer, "" when there is none; free it. */
char *fixture_header(const struct front *front, const char *name);
/* Gets the page that a redirect leads to; asserts that the answer was one. Frees `front` first. */
void fixture_follow(struct admin_fixture *fixture, struct front *front);
/* Adds a key to the store; its id. */
int64_t fixture_key(struct admin_fixture *fixture, const char *secret, const char *label);
enum store_key_state fixture_key_state(struct admin_fixture *fixture, int64_t id);

#define assert_page_has(front, text) assert_non_null(strstr(front_answer_body(front), text))
#define assert_page_lacks(front, text) assert_null(strstr(front_answer_body(front), text))

#endif
