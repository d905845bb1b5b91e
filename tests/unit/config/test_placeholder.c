#include "../unit.h"

#include "config/bootstrap.h"

static void examples_are_recognised(void **state)
{
    static const char *const texts[] = {
        "AIzaSyxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AIzaSyxxxx",
        "AIzaSyA1xxxxxxxxxxxxxxx",
        "AQ.Abxxxxxxxxxxxxxxxxxxx",
        "AIzaSy",
        "AIza...",
        "your_api_key_1",
        "YOUR_API_KEY",
        "your-api-key-here",
        "your_token_1",
        "sk-123456",
        "sk-123456789",
        "sk-1234567890",
        "sk-xxx",
        "sk-",
        "123456",
        "<key>",
        "xxxx",
        "changeme",
        "AIzaSy************************",
        "key with spaces and more of it",
        "在此填写密钥",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        UNIT_ROW(bootstrap_is_placeholder(texts[i]), texts[i]);
}

static void keys_and_tokens_are_not(void **state)
{
    static const char *const texts[] = {
        "AIzaSyD3k9f0-Qw_81LmNoPqRsTuVwXyZa0bC1d",
        "AIzaSyxxQ3f0-Qw_81LmNoPqRsTuVwXyZa0bC1d",
        "AQ.Ab8RN6KxX0yZ1-2_3aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789",
        "sk-p7Hs0QwErTyUiOpAsDfGhJkLzXcVbNm1",
        "demo-key-1",
        "key-1",
        "k1",
        "a",
        "test-token",
        "",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        UNIT_ROW(!bootstrap_is_placeholder(texts[i]), texts[i]);
    assert_false(bootstrap_is_placeholder(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_are_recognised),
        cmocka_unit_test(keys_and_tokens_are_not),
    };
    return UNIT_RUN(tests);
}
