STORE_TESTS = \
	tests/unit/store/test_archive \
	tests/unit/store/test_journal \
	tests/unit/store/test_journal_queue \
	tests/unit/store/test_journal_trouble \
	tests/unit/store/test_sql_migrate \
	tests/unit/store/test_sql_size \
	tests/unit/store/test_sql_statement \
	tests/unit/store/test_sql_transaction \
	tests/unit/store/test_sql_trouble \
	tests/unit/store/test_store_audit \
	tests/unit/store/test_store_files \
	tests/unit/store/test_store_generations \
	tests/unit/store/test_store_jobs \
	tests/unit/store/test_store_keys \
	tests/unit/store/test_store_kill \
	tests/unit/store/test_store_limits \
	tests/unit/store/test_store_log \
	tests/unit/store/test_store_log_list \
	tests/unit/store/test_store_log_retain \
	tests/unit/store/test_store_names \
	tests/unit/store/test_store_pins \
	tests/unit/store/test_store_plans \
	tests/unit/store/test_store_processes \
	tests/unit/store/test_store_restore \
	tests/unit/store/test_store_rests \
	tests/unit/store/test_store_rotation \
	tests/unit/store/test_store_sealed \
	tests/unit/store/test_store_sessions \
	tests/unit/store/test_store_settings \
	tests/unit/store/test_store_signatures \
	tests/unit/store/test_store_tokens \
	tests/unit/store/test_store_upgrade \
	tests/unit/store/test_store_usage
STORE_TEST_LIBS = $(STORE_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(STORE_TESTS)
TESTS += $(STORE_TESTS)
EXTRA_DIST += tests/unit/store/store_test.h tests/unit/store/log_rows_test.h
tests_unit_store_test_archive_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_upgrade_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_restore_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_journal_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_journal_queue_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_journal_trouble_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_sql_migrate_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_sql_size_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_sql_statement_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_sql_transaction_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_sql_trouble_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_audit_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_files_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_generations_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_jobs_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_keys_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_kill_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_limits_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_log_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_log_retain_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_names_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_pins_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_plans_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_processes_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_rests_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_rotation_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_sealed_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_sessions_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_settings_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_signatures_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_tokens_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_usage_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_test_store_log_list_LDADD = $(STORE_TEST_LIBS)
