# A test's source is found by its name: tests/unit/base/test_arena is made of test_arena.c there.
# A new test is one word in the list and one line that says what it links.
BASE_TESTS = \
	tests/unit/base/test_arena \
	tests/unit/base/test_base64 \
	tests/unit/base/test_clock_duration \
	tests/unit/base/test_clock_format \
	tests/unit/base/test_clock_pacific \
	tests/unit/base/test_err \
	tests/unit/base/test_json_build \
	tests/unit/base/test_json_get \
	tests/unit/base/test_json_parse \
	tests/unit/base/test_log \
	tests/unit/base/test_rand \
	tests/unit/base/test_redact \
	tests/unit/base/test_scope \
	tests/unit/base/test_secret \
	tests/unit/base/test_stack \
	tests/unit/base/test_strbuf \
	tests/unit/base/test_text \
	tests/unit/base/test_trust_store \
	tests/unit/base/test_url_hex \
	tests/unit/base/test_utf8 \
	tests/unit/base/test_vault \
	tests/unit/base/test_vault_file \
	tests/unit/base/test_vec
BASE_TEST_LIBS = $(BASE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(BASE_TESTS)
TESTS += $(BASE_TESTS)
tests_unit_base_test_arena_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_base64_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_clock_duration_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_clock_format_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_clock_pacific_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_err_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_json_build_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_json_get_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_json_parse_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_log_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_rand_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_redact_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_scope_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_secret_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_stack_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_strbuf_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_text_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_trust_store_LDADD = $(BASE_TEST_LIBS) -lssl
tests_unit_base_test_url_hex_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_utf8_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_vault_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_vault_file_LDADD = $(BASE_TEST_LIBS)
tests_unit_base_test_vec_LDADD = $(BASE_TEST_LIBS)
