# A scripted server that misbehaves; tests of the exchange use it too.
FAKE_SERVER = tests/unit/upstream/fake_server.c tests/unit/upstream/fake_server.h
UPSTREAM_TESTS = \
	tests/unit/upstream/test_call_answer \
	tests/unit/upstream/test_call_client \
	tests/unit/upstream/test_call_deadline \
	tests/unit/upstream/test_call_fault \
	tests/unit/upstream/test_call_proxy \
	tests/unit/upstream/test_call_request \
	tests/unit/upstream/test_call_reuse \
	tests/unit/upstream/test_call_threads \
	tests/unit/upstream/test_event_stream_array \
	tests/unit/upstream/test_event_stream_sse \
	tests/unit/upstream/test_web_fetch \
	tests/unit/upstream/test_web_target
UPSTREAM_TEST_LIBS = $(UPSTREAM_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(UPSTREAM_TESTS)
TESTS += $(UPSTREAM_TESTS)
tests_unit_upstream_test_call_answer_SOURCES = tests/unit/upstream/test_call_answer.c $(FAKE_SERVER) tests/unit/upstream/call_fixture.h
tests_unit_upstream_test_call_answer_LDADD = $(UPSTREAM_TEST_LIBS)
tests_unit_upstream_test_call_client_SOURCES = tests/unit/upstream/test_call_client.c $(FAKE_SERVER) tests/unit/upstream/call_fixture.h
tests_unit_upstream_test_call_client_LDADD = $(UPSTREAM_TEST_LIBS)
tests_unit_upstream_test_call_deadline_SOURCES = tests/unit/upstream/test_call_deadline.c $(FAKE_SERVER) tests/unit/upstream/call_fixture.h
tests_unit_upstream_test_call_deadline_LDADD = $(UPSTREAM_TEST_LIBS)
tests_unit_upstream_test_call_fault_SOURCES = tests/unit/upstream/test_call_fault.c $(FAKE_SERVER) tests/unit/upstream/call_fixture.h
tests_unit_upstream_test_call_fault_LDADD = $(UPSTREAM_TEST_LIBS)
tests_unit_upstream_test_call_proxy_SOURCES = tests/unit/upstream/test_call_proxy.c $(FAKE_SERVER) tests/unit/upstream/call_fixture.h
tests_unit_upstream_test_call_proxy_LDADD = $(UPSTREAM_TEST_LIBS)
tests_unit_upstream_test_call_request_SOURCES = tests/unit/upstream/test_call_request.c $(FAKE_SERVER) tests/unit/upstream/call_fixture.h
tests_unit_upstream_test_call_request_LDADD = $(UPSTREAM_TEST_LIBS)
tests_unit_upstream_test_call_reuse_SOURCES = tests/unit/upstream/test_call_reuse.c $(FAKE_SERVER) tests/unit/upstream/call_fixture.h
tests_unit_upstream_test_call_reuse_LDADD = $(UPSTREAM_TEST_LIBS)
tests_unit_upstream_test_call_threads_SOURCES = tests/unit/upstream/test_call_threads.c $(FAKE_SERVER) tests/unit/upstream/call_fixture.h
tests_unit_upstream_test_call_threads_LDADD = $(UPSTREAM_TEST_LIBS)
tests_unit_upstream_test_event_stream_array_SOURCES = tests/unit/upstream/test_event_stream_array.c tests/unit/upstream/event_log.h
tests_unit_upstream_test_event_stream_array_LDADD = $(UPSTREAM_TEST_LIBS)
tests_unit_upstream_test_event_stream_sse_SOURCES = tests/unit/upstream/test_event_stream_sse.c tests/unit/upstream/event_log.h
tests_unit_upstream_test_event_stream_sse_LDADD = $(UPSTREAM_TEST_LIBS)
tests_unit_upstream_test_web_fetch_SOURCES = tests/unit/upstream/test_web_fetch.c $(FAKE_SERVER)
tests_unit_upstream_test_web_fetch_LDADD = $(UPSTREAM_TEST_LIBS)
tests_unit_upstream_test_web_target_LDADD = $(UPSTREAM_TEST_LIBS)
