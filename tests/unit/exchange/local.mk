# The journal is replaced by the fixture, so the store is not linked.
EXCHANGE_FIXTURE = tests/unit/exchange/exchange_fixture.c tests/unit/exchange/exchange_fixture.h \
	$(FAKE_SERVER)
CHAT_FIXTURE = tests/unit/exchange/chat_fixture.h $(EXCHANGE_FIXTURE)
EXCHANGE_TESTS = \
	tests/unit/exchange/test_exchange_client \
	tests/unit/exchange/test_exchange_failure \
	tests/unit/exchange/test_exchange_fake_stream \
	tests/unit/exchange/test_exchange_fetch \
	tests/unit/exchange/test_exchange_line \
	tests/unit/exchange/test_exchange_pacer \
	tests/unit/exchange/test_exchange_recordings \
	tests/unit/exchange/test_exchange_resume \
	tests/unit/exchange/test_exchange_source \
	tests/unit/exchange/test_exchange_stream \
	tests/unit/exchange/test_exchange_suits \
	tests/unit/exchange/test_exchange_threads \
	tests/unit/exchange/test_exchange_whole \
	tests/unit/exchange/test_fan_out \
	tests/unit/exchange/test_google_error \
	tests/unit/exchange/test_verdict_answer \
	tests/unit/exchange/test_verdict_error \
	tests/unit/exchange/test_verdict_facts
EXCHANGE_TEST_LIBS = fcgi/exchange/libexchange.a $(TRANSLATE_LIBS) $(UPSTREAM_LIBS) \
	$(POOL_LIBS) $(CONFIG_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(EXCHANGE_TESTS)
TESTS += $(EXCHANGE_TESTS)
EXTRA_DIST += tests/unit/exchange/verdict_fixture.h
tests_unit_exchange_test_exchange_client_SOURCES = tests/unit/exchange/test_exchange_client.c $(EXCHANGE_FIXTURE)
tests_unit_exchange_test_exchange_client_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_failure_SOURCES = tests/unit/exchange/test_exchange_failure.c $(EXCHANGE_FIXTURE)
tests_unit_exchange_test_exchange_failure_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_fetch_SOURCES = tests/unit/exchange/test_exchange_fetch.c $(EXCHANGE_FIXTURE)
tests_unit_exchange_test_exchange_fetch_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_line_SOURCES = tests/unit/exchange/test_exchange_line.c $(EXCHANGE_FIXTURE)
tests_unit_exchange_test_exchange_line_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_recordings_SOURCES = tests/unit/exchange/test_exchange_recordings.c $(EXCHANGE_FIXTURE)
tests_unit_exchange_test_exchange_recordings_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_source_SOURCES = tests/unit/exchange/test_exchange_source.c $(EXCHANGE_FIXTURE)
tests_unit_exchange_test_exchange_source_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_stream_SOURCES = tests/unit/exchange/test_exchange_stream.c $(EXCHANGE_FIXTURE)
tests_unit_exchange_test_exchange_stream_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_suits_SOURCES = tests/unit/exchange/test_exchange_suits.c $(EXCHANGE_FIXTURE)
tests_unit_exchange_test_exchange_suits_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_threads_SOURCES = tests/unit/exchange/test_exchange_threads.c $(EXCHANGE_FIXTURE)
tests_unit_exchange_test_exchange_threads_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_whole_SOURCES = tests/unit/exchange/test_exchange_whole.c $(EXCHANGE_FIXTURE)
tests_unit_exchange_test_exchange_whole_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_fan_out_SOURCES = tests/unit/exchange/test_fan_out.c $(EXCHANGE_FIXTURE)
tests_unit_exchange_test_fan_out_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_google_error_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_verdict_answer_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_verdict_error_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_verdict_facts_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_fake_stream_SOURCES = tests/unit/exchange/test_exchange_fake_stream.c $(CHAT_FIXTURE)
tests_unit_exchange_test_exchange_fake_stream_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_pacer_SOURCES = tests/unit/exchange/test_exchange_pacer.c $(CHAT_FIXTURE)
tests_unit_exchange_test_exchange_pacer_LDADD = $(EXCHANGE_TEST_LIBS)
tests_unit_exchange_test_exchange_resume_SOURCES = tests/unit/exchange/test_exchange_resume.c $(CHAT_FIXTURE)
tests_unit_exchange_test_exchange_resume_LDADD = $(EXCHANGE_TEST_LIBS)
