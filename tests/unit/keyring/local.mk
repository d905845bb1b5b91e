KEYRING_TESTS = \
	tests/unit/keyring/test_key_paste \
	tests/unit/keyring/test_ring_proxies \
	tests/unit/keyring/test_ring_restart \
	tests/unit/keyring/test_ring_rotation \
	tests/unit/keyring/test_ring_secrets \
	tests/unit/keyring/test_ring_shared_memory \
	tests/unit/keyring/test_ring_shared_use \
	tests/unit/keyring/test_ring_threads \
	tests/unit/keyring/test_ring_visible
KEYRING_TEST_LIBS = $(KEYRING_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(KEYRING_TESTS)
TESTS += $(KEYRING_TESTS)
EXTRA_DIST += tests/unit/keyring/ring_fixture.h
tests_unit_keyring_test_key_paste_LDADD = $(KEYRING_TEST_LIBS)
tests_unit_keyring_test_ring_proxies_LDADD = $(KEYRING_TEST_LIBS)
tests_unit_keyring_test_ring_restart_LDADD = $(KEYRING_TEST_LIBS)
tests_unit_keyring_test_ring_rotation_LDADD = $(KEYRING_TEST_LIBS)
tests_unit_keyring_test_ring_secrets_LDADD = $(KEYRING_TEST_LIBS)
tests_unit_keyring_test_ring_shared_memory_LDADD = $(KEYRING_TEST_LIBS)
tests_unit_keyring_test_ring_shared_use_LDADD = $(KEYRING_TEST_LIBS)
tests_unit_keyring_test_ring_threads_LDADD = $(KEYRING_TEST_LIBS)
tests_unit_keyring_test_ring_visible_LDADD = $(KEYRING_TEST_LIBS)
