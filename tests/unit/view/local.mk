VIEW_TESTS = \
	tests/unit/view/test_view_dict \
	tests/unit/view/test_view_errors \
	tests/unit/view/test_view_escape \
	tests/unit/view/test_view_threads
VIEW_TEST_LIBS = $(VIEW_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(VIEW_TESTS)
TESTS += $(VIEW_TESTS)
EXTRA_DIST += tests/unit/view/view_fixture.h
tests_unit_view_test_view_dict_LDADD = $(VIEW_TEST_LIBS)
tests_unit_view_test_view_errors_LDADD = $(VIEW_TEST_LIBS)
tests_unit_view_test_view_escape_LDADD = $(VIEW_TEST_LIBS)
tests_unit_view_test_view_threads_LDADD = $(VIEW_TEST_LIBS)
