/* A listener on a socket in a directory of its own, with a handler whose paths do what the tests
 * need:
 *
 *   /hello       200 "hello"
 *   /echo        the body
 *   /sleep/N     "slept" after N milliseconds
 *   /refuse      401 without looking at the body
 *   /watch       waits for the client to leave
 *   /flood       writes until that fails
 *   /tick        an event at once, and another when the test has set fixture_seen.released
 *   /hold        "held", once the test has set fixture_seen.released */
#ifndef TEST_LISTENER_FIXTURE_H
#define TEST_LISTENER_FIXTURE_H

#include "../unit.h"

#include <stdatomic.h>

#include "fastcgi_client.h"
#include "http/listener.h"

/* As fixture_open() has it: much longer than a stop takes that does not wait for its end. */
enum { FIXTURE_DRAIN_S = 60 };

struct listener_fixture {
    char directory[64];
    char path[96];
    struct http_listener_options options;
    struct http_listener *listener;
};

/* What handlers have seen since the last fixture_open(). */
struct fixture_seen {
    _Atomic int started;     /* requests that have begun */
    _Atomic int body_error;  /* enum err_code of the last failed body */
    _Atomic int64_t left_us; /* when /watch saw its client leave */
    _Atomic int flood_ended; /* /flood has failed */
    _Atomic bool released;   /* set by the test: /hold and /tick go on */
};
extern struct fixture_seen fixture_seen;

/* Opens with so many workers at most. */
void fixture_open(struct listener_fixture *fixture, int workers_max);
void fixture_open_with(struct listener_fixture *fixture, struct http_listener_options options);
/* Closes (if still open), asserting that no answer was left, and removes the directory. */
void fixture_close(struct listener_fixture *fixture);

/* Connects, asserting that it worked. */
int fixture_connect(const struct listener_fixture *fixture);
/* Asserts that a request for `uri` on a connection of its own answers `body`. */
void fixture_expect(const struct listener_fixture *fixture, const char *uri, const char *body);
/* Waits, for twenty seconds at most, until `*value` is at least `wanted`; false when it is not. */
bool fixture_wait_for(_Atomic int *value, int wanted);
void fixture_sleep_ms(int64_t ms);

#endif
