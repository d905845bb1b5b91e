API_TESTS = tests/unit/api/test_url_tolerance
check_PROGRAMS += $(API_TESTS)
TESTS += $(API_TESTS)
tests_unit_api_test_url_tolerance_LDADD = $(API_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
