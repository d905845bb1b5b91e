ADMIN_PURE_TESTS = \
	tests/unit/admin/test_number_text \
	tests/unit/admin/test_chat_answer \
	tests/unit/admin/test_flash \
	tests/unit/admin/test_strings
ADMIN_PAGE_TESTS = \
	tests/unit/admin/test_api \
	tests/unit/admin/test_help_page \
	tests/unit/admin/test_key_page \
	tests/unit/admin/test_tokens_page \
	tests/unit/admin/test_log_page \
	tests/unit/admin/test_models_page \
	tests/unit/admin/test_dashboard_page \
	tests/unit/admin/test_keys_actions \
	tests/unit/admin/test_keys_page \
	tests/unit/admin/test_page_plans \
	tests/unit/admin/test_settings_page \
	tests/unit/admin/test_sign_in \
	tests/unit/admin/test_static_files
ADMIN_TEST_LIBS = $(ADMIN_LIBS) $(TRANSLATE_LIBS) $(AUTH_LIBS) $(KEYRING_LIBS) $(VIEW_LIBS) $(CONFIG_LIBS) $(STORE_LIBS) $(HTTP_LIBS) \
	$(BASE_LIBS) $(CMOCKA_LIBS)
# A web server made of memory (shared with the tests of http), and the admin behind it.
ADMIN_FIXTURE = \
	tests/unit/admin/admin_fixture.c tests/unit/admin/admin_fixture.h \
	tests/unit/http/front.c tests/unit/http/front.h
check_PROGRAMS += $(ADMIN_PURE_TESTS) $(ADMIN_PAGE_TESTS)
TESTS += $(ADMIN_PURE_TESTS) $(ADMIN_PAGE_TESTS)
tests_unit_admin_test_flash_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_strings_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_keys_actions_SOURCES = tests/unit/admin/test_keys_actions.c $(ADMIN_FIXTURE)
tests_unit_admin_test_keys_actions_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_page_plans_SOURCES = tests/unit/admin/test_page_plans.c $(ADMIN_FIXTURE)
tests_unit_admin_test_page_plans_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_keys_page_SOURCES = tests/unit/admin/test_keys_page.c $(ADMIN_FIXTURE)
tests_unit_admin_test_keys_page_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_sign_in_SOURCES = tests/unit/admin/test_sign_in.c $(ADMIN_FIXTURE)
tests_unit_admin_test_sign_in_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_static_files_SOURCES = tests/unit/admin/test_static_files.c $(ADMIN_FIXTURE)
tests_unit_admin_test_static_files_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_settings_page_SOURCES = tests/unit/admin/test_settings_page.c $(ADMIN_FIXTURE)
tests_unit_admin_test_settings_page_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_number_text_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_dashboard_page_SOURCES = tests/unit/admin/test_dashboard_page.c $(ADMIN_FIXTURE)
tests_unit_admin_test_dashboard_page_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_log_page_SOURCES = tests/unit/admin/test_log_page.c $(ADMIN_FIXTURE)
tests_unit_admin_test_log_page_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_tokens_page_SOURCES = tests/unit/admin/test_tokens_page.c $(ADMIN_FIXTURE)
tests_unit_admin_test_tokens_page_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_key_page_SOURCES = tests/unit/admin/test_key_page.c $(ADMIN_FIXTURE)
tests_unit_admin_test_key_page_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_help_page_SOURCES = tests/unit/admin/test_help_page.c $(ADMIN_FIXTURE)
tests_unit_admin_test_help_page_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_api_SOURCES = tests/unit/admin/test_api.c $(ADMIN_FIXTURE)
tests_unit_admin_test_api_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_models_page_SOURCES = tests/unit/admin/test_models_page.c $(ADMIN_FIXTURE)
tests_unit_admin_test_models_page_LDADD = $(ADMIN_TEST_LIBS)
tests_unit_admin_test_chat_answer_LDADD = $(ADMIN_TEST_LIBS)
