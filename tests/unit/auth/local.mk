AUTH_TESTS = \
	tests/unit/auth/test_login \
	tests/unit/auth/test_session \
	tests/unit/auth/test_token_cache \
	tests/unit/auth/test_token_limits \
	tests/unit/auth/test_token_place \
	tests/unit/auth/test_token_set
AUTH_TEST_LIBS = $(AUTH_LIBS) $(HTTP_LIBS) $(STORE_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(AUTH_TESTS)
TESTS += $(AUTH_TESTS)
EXTRA_DIST += tests/unit/auth/auth_fixture.h
tests_unit_auth_test_login_LDADD = $(AUTH_TEST_LIBS)
tests_unit_auth_test_session_LDADD = $(AUTH_TEST_LIBS)
tests_unit_auth_test_token_cache_LDADD = $(AUTH_TEST_LIBS)
tests_unit_auth_test_token_cache_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=store_vault \
	-Wl,--wrap=store_tokens_generation -Wl,--wrap=store_tokens_each
tests_unit_auth_test_token_limits_LDADD = $(AUTH_TEST_LIBS)
tests_unit_auth_test_token_limits_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=store_usage_each
tests_unit_auth_test_token_place_LDADD = $(AUTH_TEST_LIBS)
tests_unit_auth_test_token_set_LDADD = $(AUTH_TEST_LIBS)
