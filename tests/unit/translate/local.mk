TRANSLATE_TEST_LIBS = $(TRANSLATE_LIBS) $(CMOCKA_LIBS)
TRANSLATE_TESTS = \
	tests/unit/translate/test_audio_encoder \
	tests/unit/translate/test_chat_filter \
	tests/unit/translate/test_continuation \
	tests/unit/translate/test_gemini_scan \
	tests/unit/translate/test_golden \
	tests/unit/translate/test_media \
	tests/unit/translate/test_model_family \
	tests/unit/translate/test_model_name \
	tests/unit/translate/test_native_reply \
	tests/unit/translate/test_pass_reply \
	tests/unit/translate/test_prompt_size \
	tests/unit/translate/test_recordings \
	tests/unit/translate/test_request_size \
	tests/unit/translate/test_stream_memory \
	tests/unit/translate/test_text_join \
	tests/unit/translate/test_text_pace
check_PROGRAMS += $(TRANSLATE_TESTS)
TESTS += $(TRANSLATE_TESTS)
tests_unit_translate_test_audio_encoder_CPPFLAGS = $(AM_CPPFLAGS) $(OPUSENC_CFLAGS) $(FLAC_CFLAGS)
tests_unit_translate_test_audio_encoder_LDADD = $(TRANSLATE_TEST_LIBS)
if HAVE_OPUSENC
tests_unit_translate_test_audio_encoder_LDADD += -lopus
endif
tests_unit_translate_test_chat_filter_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_continuation_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_gemini_scan_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_golden_SOURCES = \
	tests/unit/translate/golden.h \
	tests/unit/translate/golden_case.c \
	tests/unit/translate/golden_media.c \
	tests/unit/translate/golden_other.c \
	tests/unit/translate/golden_reply.c \
	tests/unit/translate/golden_request.c \
	tests/unit/translate/test_golden.c
tests_unit_translate_test_golden_LDADD = $(TRANSLATE_LIBS) $(CONFIG_LIBS) \
	$(UPSTREAM_LIBS) $(CMOCKA_LIBS)
tests_unit_translate_test_media_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_model_family_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_model_name_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_pass_reply_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_prompt_size_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_native_reply_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_recordings_SOURCES = \
	tests/unit/translate/recording.c \
	tests/unit/translate/recording.h \
	tests/unit/translate/test_recordings.c
tests_unit_translate_test_recordings_LDADD = $(TRANSLATE_LIBS) $(UPSTREAM_LIBS) $(CMOCKA_LIBS)
tests_unit_translate_test_request_size_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_stream_memory_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_text_join_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_text_pace_LDADD = $(TRANSLATE_TEST_LIBS)
EXTRA_DIST += tests/golden
# Not the folder as a whole: that of the build holds objects.
EXTRA_DIST += tests/fuzz/run.sh tests/fuzz/json.dict tests/fuzz/corpus tests/fuzz/fuzz.h tests/fuzz/replay.c
# The fuzz targets over their kept corpus; tests/fuzz/run.sh lets a fuzzer loose on them.
FUZZ_TESTS = \
	tests/unit/translate/test_fuzz_chat_answer \
	tests/unit/translate/test_fuzz_chat_request \
	tests/unit/translate/test_fuzz_chat_stream \
	tests/unit/translate/test_fuzz_event_stream \
	tests/unit/translate/test_fuzz_gemini_scan \
	tests/unit/translate/test_fuzz_native_request \
	tests/unit/translate/test_fuzz_schema
check_PROGRAMS += $(FUZZ_TESTS)
TESTS += $(FUZZ_TESTS)
FUZZ_REPLAY = tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_unit_translate_test_fuzz_chat_answer_SOURCES = tests/fuzz/fuzz_chat_answer.c $(FUZZ_REPLAY)
tests_unit_translate_test_fuzz_chat_answer_LDADD = $(TRANSLATE_LIBS)
tests_unit_translate_test_fuzz_chat_request_SOURCES = tests/fuzz/fuzz_chat_request.c $(FUZZ_REPLAY)
tests_unit_translate_test_fuzz_chat_request_LDADD = $(TRANSLATE_LIBS)
tests_unit_translate_test_fuzz_chat_stream_SOURCES = tests/fuzz/fuzz_chat_stream.c $(FUZZ_REPLAY)
tests_unit_translate_test_fuzz_chat_stream_LDADD = $(TRANSLATE_LIBS) $(UPSTREAM_LIBS)
tests_unit_translate_test_fuzz_event_stream_SOURCES = tests/fuzz/fuzz_event_stream.c $(FUZZ_REPLAY)
tests_unit_translate_test_fuzz_event_stream_LDADD = $(TRANSLATE_LIBS) $(UPSTREAM_LIBS)
tests_unit_translate_test_fuzz_gemini_scan_SOURCES = tests/fuzz/fuzz_gemini_scan.c $(FUZZ_REPLAY)
tests_unit_translate_test_fuzz_gemini_scan_LDADD = $(TRANSLATE_LIBS)
tests_unit_translate_test_fuzz_native_request_SOURCES = tests/fuzz/fuzz_native_request.c $(FUZZ_REPLAY)
tests_unit_translate_test_fuzz_native_request_LDADD = $(TRANSLATE_LIBS)
tests_unit_translate_test_fuzz_schema_SOURCES = tests/fuzz/fuzz_schema.c $(FUZZ_REPLAY)
tests_unit_translate_test_fuzz_schema_LDADD = $(TRANSLATE_LIBS)
