/* Where a request carries its token, and which of several counts. */
#include "auth_fixture.h"

#include "auth/client_token.h"

static const struct place_case {
    const char *name;
    struct http_field headers[3];
    const char *query;
    const char *expected;
} cases[] = {
    {"none", {{0}}, "", NULL},
    {"bearer", {{"Authorization", "Bearer tok-1"}}, "", "tok-1"},
    {"bearer in small letters", {{"authorization", "bearer tok-1"}}, "", "tok-1"},
    {"bearer with more spaces", {{"Authorization", "Bearer   tok-1"}}, "", "tok-1"},
    {"google's header", {{"X-Goog-Api-Key", "tok-2"}}, "", "tok-2"},
    {"x-api-key", {{"X-Api-Key", "tok-3"}}, "", "tok-3"},
    {"api-key", {{"Api-Key", "tok-4"}}, "", "tok-4"},
    {"query", {{0}}, "alt=sse&key=tok%2D5", "tok-5"},
    {"bearer first",
     {{"X-Goog-Api-Key", "two"}, {"Authorization", "Bearer one"}},
     "key=five",
     "one"},
    {"google's before x-api-key", {{"X-Api-Key", "three"}, {"X-Goog-Api-Key", "two"}}, "", "two"},
    {"header before query", {{"Api-Key", "four"}}, "key=five", "four"},
    {"empty bearer", {{"Authorization", "Bearer "}, {"X-Api-Key", "three"}}, "", "three"},
    {"another scheme", {{"Authorization", "Basic dTpw"}, {"X-Api-Key", "three"}}, "", "three"},
    {"empty query", {{0}}, "key=", NULL},
};

static void test_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exchange exchange;
        exchange_init(&exchange, cases[i].query);
        for (size_t k = 0; k < 3 && cases[i].headers[k].name; k++)
            exchange_header(&exchange, cases[i].headers[k].name, cases[i].headers[k].value);
        const char *token = client_token_of_request(&exchange.req);
        if (!token || !cases[i].expected)
            assert_true(token == cases[i].expected);
        else
            assert_string_equal(token, cases[i].expected);
        exchange_free(&exchange);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_places)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
