API_TESTS = \
	tests/unit/api/test_base64_body \
	tests/unit/api/test_body_spool \
	tests/unit/api/test_native_path \
	tests/unit/api/test_origin \
	tests/unit/api/test_resource_scan \
	tests/unit/api/test_url_tolerance
API_TEST_LIBS = $(API_LIBS) $(HTTP_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(API_TESTS)
TESTS += $(API_TESTS)
tests_unit_api_test_native_path_LDADD = $(API_TEST_LIBS)
tests_unit_api_test_origin_LDADD = $(API_TEST_LIBS)
tests_unit_api_test_resource_scan_LDADD = $(API_TEST_LIBS)
tests_unit_api_test_url_tolerance_LDADD = $(API_TEST_LIBS)
tests_unit_api_test_base64_body_SOURCES = tests/unit/api/test_base64_body.c tests/unit/http/front.c tests/unit/http/front.h
tests_unit_api_test_base64_body_LDADD = $(API_TEST_LIBS)
tests_unit_api_test_body_spool_SOURCES = tests/unit/api/test_body_spool.c tests/unit/http/front.c tests/unit/http/front.h
tests_unit_api_test_body_spool_LDADD = $(API_TEST_LIBS)
