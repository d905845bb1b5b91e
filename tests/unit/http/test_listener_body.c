/* Bodies and clients over a real connection: large, cut, unread; clients that leave or stall. */
#include "listener_fixture.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/rand.h"

static void large_bodies_come_back_whole(void **state)
{
    enum { LEN = 20 * 1024 * 1024 + 7 };
    struct listener_fixture fixture;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(2 * LEN);
    FREE_AUTO char *body = xcalloc(1, LEN);
    (void)state;
    fixture_open(&fixture, 4);
    rand_bytes(body, LEN);
    int fd = fixture_connect(&fixture);
    assert_true(client_request(fd, true, "/echo", body, LEN, &out));
    size_t head = (size_t)(client_answer_body(&out) - out.data);
    assert_int_equal(out.len - head, LEN);
    assert_memory_equal(out.data + head, body, LEN);
    close(fd);
    fixture_close(&fixture);
}

static void bodies_without_a_length(void **state)
{
    struct listener_fixture fixture;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    (void)state;
    fixture_open(&fixture, 4);
    int fd = fixture_connect(&fixture);
    assert_true(client_begin(fd, true, "POST", "/echo", -1));
    assert_true(client_body(fd, "one ", 4) && client_body(fd, "two", 3) && client_body_end(fd));
    assert_true(client_answer(fd, &out));
    assert_string_equal(client_answer_body(&out), "one two");
    close(fd);
    fixture_close(&fixture);
}

static void cut_bodies_are_told(void **state)
{
    struct listener_fixture fixture;
    (void)state;
    for (int abort = 0; abort < 2; abort++) {
        fixture_open(&fixture, 4);
        int fd = fixture_connect(&fixture);
        assert_true(client_begin(fd, true, "POST", "/echo", 100));
        assert_true(client_body(fd, "half", 4));
        if (abort)
            client_record(fd, RECORD_ABORT, "", 0);
        else
            close(fd);
        assert_true(fixture_wait_for(&fixture_seen.body_error, ERR_GONE));
        assert_int_equal(fixture_seen.body_error, ERR_GONE);
        if (abort)
            close(fd);
        fixture_expect(&fixture, "/hello", "hello");
        fixture_close(&fixture);
    }
}

static void a_body_that_stands_still_is_given_up(void **state)
{
    struct listener_fixture fixture;
    (void)state;
    fixture_open_with(&fixture, (struct http_listener_options){
                                    .workers_max = 4, .send_timeout_s = 1, .drain_timeout_s = 5});
    int fd = fixture_connect(&fixture);
    int64_t start_ms = clock_mono_ms();
    assert_true(client_begin(fd, false, "POST", "/echo", 100));
    assert_true(client_body(fd, "half", 4));
    assert_true(fixture_wait_for(&fixture_seen.body_error, ERR_GONE));
    assert_true(clock_mono_ms() - start_ms < UNIT_AT_ONCE_MS);
    close(fd);
    fixture_close(&fixture);
}

/* What is left of an unread body must never be taken for records: this one holds a request. */
static void unread_bodies_end_the_connection(void **state)
{
    static const char hidden[] = "\x01\x01\x00\x01\x00\x08\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00"
                                 "\x01\x04\x00\x01\x00\x00\x00\x00\x01\x05\x00\x01\x00\x00\x00\x00";
    enum { FILL = 8192, TIMES = 64 };
    struct listener_fixture fixture;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(1 << 20);
    (void)state;
    fixture_open(&fixture, 4);
    for (int i = 0; i < TIMES; i++) {
        strbuf_append(&body, hidden, sizeof(hidden) - 1);
        while (body.len % FILL)
            strbuf_putc(&body, '\x01');
    }
    int fd = fixture_connect(&fixture);
    assert_true(client_begin(fd, true, "POST", "/refuse", (long)body.len));
    assert_true(client_body(fd, body.data, body.len) && client_body_end(fd));
    assert_true(client_answer(fd, &out));
    assert_string_equal(client_answer_body(&out), "no");
    assert_true(client_sees_close(fd));
    close(fd);
    assert_int_equal(http_listener_stats(fixture.listener).served, 1);
    fixture_close(&fixture);
}

static void expect_leaving_is_seen(const char *method, const char *body)
{
    struct listener_fixture fixture;
    fixture_open(&fixture, 4);
    for (int keep = 0; keep < 2; keep++) {
        int fd = fixture_connect(&fixture);
        int started = fixture_seen.started;
        fixture_seen.left_us = 0;
        assert_true(client_begin(fd, keep, method, "/watch", body ? (long)strlen(body) : -1));
        if (body)
            assert_true(client_body(fd, body, strlen(body)));
        assert_true(client_body_end(fd));
        assert_true(fixture_wait_for(&fixture_seen.started, started + 1));
        fixture_sleep_ms(50);
        assert_int_equal(fixture_seen.left_us, 0);
        int64_t left_us = clock_mono_us();
        close(fd);
        for (int i = 0; i < 20000 && !fixture_seen.left_us; i++)
            fixture_sleep_ms(1);
        assert_true(fixture_seen.left_us > 0);
        assert_true(fixture_seen.left_us - left_us <
                    UNIT_AT_ONCE_MS * 1000); /* it stays away for ever */
    }
    fixture_close(&fixture);
}

static void leaving_is_seen_after_a_body(void **state)
{
    (void)state;
    expect_leaving_is_seen("POST", "a body");
}

static void leaving_is_seen_without_a_body(void **state)
{
    (void)state;
    expect_leaving_is_seen("GET", NULL);
}

static void leaving_ends_writing(void **state)
{
    struct listener_fixture fixture;
    (void)state;
    fixture_open(&fixture, 4);
    int fd = fixture_connect(&fixture);
    assert_true(client_begin(fd, false, "GET", "/flood", -1) && client_body_end(fd));
    assert_true(fixture_wait_for(&fixture_seen.started, 1));
    close(fd);
    assert_true(fixture_wait_for(&fixture_seen.flood_ended, 1));
    fixture_close(&fixture);
}

/* A client that takes nothing costs one timeout, not one for each thing that is still to say. */
static void stalling_ends_writing(void **state)
{
    enum { STALL_S = 3 };
    struct listener_fixture fixture;
    (void)state;
    fixture_open_with(&fixture, (struct http_listener_options){.workers_max = 4,
                                                               .send_timeout_s = STALL_S,
                                                               .drain_timeout_s = 5});
    int fd = fixture_connect(&fixture);
    int64_t start_ms = clock_mono_ms();
    assert_true(client_begin(fd, true, "GET", "/flood", -1) && client_body_end(fd));
    assert_true(fixture_wait_for(&fixture_seen.flood_ended, 1));
    for (int i = 0; i < 10000 && http_listener_stats(fixture.listener).busy > 0; i++)
        fixture_sleep_ms(1);
    assert_int_equal(http_listener_stats(fixture.listener).busy, 0);
    assert_true(clock_mono_ms() - start_ms < 3 * STALL_S * SECOND_MS * unit_slow());
    close(fd);
    fixture_close(&fixture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_bodies_come_back_whole),
        cmocka_unit_test(bodies_without_a_length),
        cmocka_unit_test(cut_bodies_are_told),
        cmocka_unit_test(a_body_that_stands_still_is_given_up),
        cmocka_unit_test(unread_bodies_end_the_connection),
        cmocka_unit_test(leaving_is_seen_after_a_body),
        cmocka_unit_test(leaving_is_seen_without_a_body),
        cmocka_unit_test(leaving_ends_writing),
        cmocka_unit_test(stalling_ends_writing),
    };
    return UNIT_RUN(tests);
}
