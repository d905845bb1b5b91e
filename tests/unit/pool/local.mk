POOL_TESTS = \
	tests/unit/pool/test_affinity \
	tests/unit/pool/test_key_ledger \
	tests/unit/pool/test_pool_accepted \
	tests/unit/pool/test_pool_egress \
	tests/unit/pool/test_pool_fairness \
	tests/unit/pool/test_pool_kinship \
	tests/unit/pool/test_pool_lessons \
	tests/unit/pool/test_pool_limits \
	tests/unit/pool/test_pool_minutes \
	tests/unit/pool/test_pool_models \
	tests/unit/pool/test_pool_overload \
	tests/unit/pool/test_pool_plan \
	tests/unit/pool/test_pool_projects \
	tests/unit/pool/test_pool_random \
	tests/unit/pool/test_pool_restart \
	tests/unit/pool/test_pool_rests \
	tests/unit/pool/test_pool_shortage \
	tests/unit/pool/test_pool_states \
	tests/unit/pool/test_recent_calls \
	tests/unit/pool/test_slot_map
POOL_TEST_LIBS = $(POOL_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(POOL_TESTS)
TESTS += $(POOL_TESTS)
EXTRA_DIST += tests/unit/pool/pool_test.h
tests_unit_pool_test_affinity_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_key_ledger_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_accepted_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_egress_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_fairness_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_kinship_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_lessons_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_limits_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_minutes_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_models_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_overload_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_plan_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_projects_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_random_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_restart_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_rests_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_shortage_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_pool_states_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_recent_calls_LDADD = $(POOL_TEST_LIBS)
tests_unit_pool_test_slot_map_LDADD = $(POOL_TEST_LIBS)
