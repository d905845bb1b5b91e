JOBS_TESTS = \
	tests/unit/jobs/test_files_cleanup \
	tests/unit/jobs/test_jobs \
	tests/unit/jobs/test_jobs_idle \
	tests/unit/jobs/test_key_verify
JOBS_TEST_LIBS = $(JOBS_LIBS) $(IMAGEHOST_LIBS) $(EXCHANGE_LIBS) fcgi/keyring/libkeyring.a $(POOL_LIBS) \
	$(STORE_LIBS) $(CONFIG_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(JOBS_TESTS)
TESTS += $(JOBS_TESTS)
tests_unit_jobs_test_files_cleanup_LDADD = $(JOBS_TEST_LIBS)
tests_unit_jobs_test_jobs_LDADD = $(JOBS_TEST_LIBS)
tests_unit_jobs_test_jobs_idle_LDADD = $(JOBS_TEST_LIBS)
tests_unit_jobs_test_key_verify_SOURCES = tests/unit/jobs/test_key_verify.c $(FAKE_SERVER)
tests_unit_jobs_test_key_verify_LDADD = $(JOBS_TEST_LIBS)
