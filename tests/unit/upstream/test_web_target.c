/* Who may be fetched from: the guard, and addresses of every spelling. */
#include "../unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/scope.h"
#include "upstream/web_target.h"

static bool is_public(const char *text)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return web_address_is_public((const struct sockaddr *)&four);
    assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
    return web_address_is_public((const struct sockaddr *)&six);
}

static void what_is_public(void **state)
{
    static const char *const open[] = {
        "8.8.8.8",        "1.1.1.1",      "9.255.255.255",    "11.0.0.0",
        "172.15.255.255", "172.32.0.0",   "100.63.255.255",   "100.128.0.0",
        "192.167.1.1",    "198.20.0.1",   "223.255.255.255",  "169.253.1.1",
        "2606:4700::1",   "2a00:1450::1", "64:ff9b::808:808", "2001:4860:4860::8888",
    };
    static const char *const closed[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.1",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "2001:10::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "3fff::1",
        "100::1",
        "::8.8.8.8",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(open); i++)
        if (!is_public(open[i]))
            fail_msg("%s is public", open[i]);
    for (size_t i = 0; i < ARRAY_LEN(closed); i++)
        if (is_public(closed[i]))
            fail_msg("%s is not public", closed[i]);
}

static void other_families_are_not(void **state)
{
    struct sockaddr other = {.sa_family = AF_UNIX};
    (void)state;
    assert_false(web_address_is_public(&other));
}

static void every_spelling_of_loopback_is_refused(void **state)
{
    static const char *const urls[] = {
        "http://127.0.0.1/",       "http://127.1/",
        "http://2130706433/",      "http://0x7f000001/",
        "http://0177.0.0.1/",      "http://[::1]/",
        "http://[::ffff:7f00:1]",  "http://localhost/",
        "http://LOCALHOST:8080/x", "http://169.254.169.254/latest/meta-data/",
        "http://a:b@127.0.0.1/",   "http://0/",
        "https://[fd00::1]/",
    };
    struct web_target target;
    struct err err;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        err_clear(&err);
        if (web_target_find(&target, urls[i], NULL, NULL, NULL, &err) == 0)
            fail_msg("%s leads to %s", urls[i], target.ways[0]);
        assert_int_equal(target.way_count, 0);
    }
}

static void what_is_no_address_of_the_web(void **state)
{
    static const char *const urls[] = {"",
                                       "x",
                                       "ftp://8.8.8.8/",
                                       "file:///etc/passwd",
                                       "gopher://8",
                                       "http://",
                                       "javascript:1",
                                       "//8.8.8.8/",
                                       "dict://8.8.8.8/",
                                       "http://a b/"};
    struct web_target target;
    struct err err;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        err_clear(&err);
        assert_int_equal(web_target_find(&target, urls[i], NULL, NULL, NULL, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
    }
}

static bool allow_some(void *ctx, const char *host)
{
    return strcmp(host, ctx) == 0;
}

static void allowed_hosts(void **state)
{
    struct web_target target;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(web_target_find(&target, "http://user:secret@127.0.0.1:8080/a?b#c", NULL,
                                     allow_some, (void *)"127.0.0.1", &err),
                     0);
    assert_string_equal(target.url, "http://127.0.0.1:8080/a?b");
    assert_string_equal(target.host, "127.0.0.1");
    assert_int_equal(target.way_count, 1);
    assert_string_equal(target.ways[0], "127.0.0.1:8080:127.0.0.1:8080");
    assert_int_equal(
        web_target_find(&target, "https://[::1]/", NULL, allow_some, (void *)"[::1]", &err), 0);
    assert_string_equal(target.ways[0], "[::1]:443:[::1]:443");
    assert_int_equal(
        web_target_find(&target, "http://127.0.0.2/", NULL, allow_some, (void *)"127.0.0.1", &err),
        -1);
}

static void public_addresses_and_relative_ones(void **state)
{
    struct web_target target;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(web_target_find(&target, "https://8.8.8.8/a/b", NULL, NULL, NULL, &err), 0);
    assert_string_equal(target.ways[0], "8.8.8.8:443:8.8.8.8:443");
    assert_int_equal(web_target_find(&target, "../c", "https://8.8.8.8:81/a/b/x", NULL, NULL, &err),
                     0);
    assert_string_equal(target.url, "https://8.8.8.8:81/a/c");
    assert_int_equal(web_target_find(&target, "//127.0.0.1/", "https://8.8.8.8/", NULL, NULL, &err),
                     -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_public),
        cmocka_unit_test(other_families_are_not),
        cmocka_unit_test(every_spelling_of_loopback_is_refused),
        cmocka_unit_test(what_is_no_address_of_the_web),
        cmocka_unit_test(allowed_hosts),
        cmocka_unit_test(public_addresses_and_relative_ones),
    };
    return UNIT_RUN(tests);
}
