/* Who may be fetched from: the guard, and addresses of every spelling. */
#include "../unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

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
        "168.63.129.16",
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

static void hosts_that_somebody_else_looks_up(void **state)
{
    static const char *const open[] = {"example.com", "a.b.c.d.org",    "8.8.8.8",  "example.com.",
                                       "134744072",   "[2606:4700::1]", "1e100.net"};
    static const char *const closed[] = {"localhost",
                                         "localhost.",
                                         "a.localhost",
                                         "printer",
                                         "printer.local",
                                         "metadata.google.internal",
                                         "metadata.google.internal.",
                                         "x.lan",
                                         "nas.home.arpa",
                                         "127.1",
                                         "2130706433",
                                         "0x7f.1",
                                         "0177.0.0.1",
                                         "10.0.0.1.",
                                         "169.254.169.254",
                                         "[::1]",
                                         "[::ffff:7f00:1]",
                                         "[fe80::1%25eth0]",
                                         "[",
                                         "",
                                         ".",
                                         "\xe2\x91\xa0\xe2\x91\xa1.example.com",
                                         "a b.com"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(open); i++)
        if (!web_host_looks_public(open[i]))
            fail_msg("%s is public", open[i]);
    for (size_t i = 0; i < ARRAY_LEN(closed); i++)
        if (web_host_looks_public(closed[i]))
            fail_msg("%s is not public", closed[i]);
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
        assert_int_equal(web_target_read(&target, urls[i], NULL, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
    }
}

static void what_is_read(void **state)
{
    static const struct {
        const char *url, *base, *absolute, *host;
    } cases[] = {
        {"http://user:secret@127.0.0.1:8080/a?b#c", NULL, "http://127.0.0.1:8080/a?b", "127.0.0.1"},
        {"https://[::1]/", NULL, "https://[::1]/", "[::1]"},
        {"HTTPS://Example.COM/A", NULL, "https://Example.COM/A", "example.com"},
        {"../c", "https://8.8.8.8:81/a/b/x", "https://8.8.8.8:81/a/c", "8.8.8.8"},
        {"//127.0.0.1/", "https://8.8.8.8/", "https://127.0.0.1/", "127.0.0.1"},
    };
    struct web_target target;
    struct err err = ERR_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(web_target_read(&target, cases[i].url, cases[i].base, &err), 0);
        assert_string_equal(target.url, cases[i].absolute);
        assert_string_equal(target.host, cases[i].host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_public),
        cmocka_unit_test(other_families_are_not),
        cmocka_unit_test(hosts_that_somebody_else_looks_up),
        cmocka_unit_test(what_is_no_address_of_the_web),
        cmocka_unit_test(what_is_read),
    };
    return UNIT_RUN(tests);
}
