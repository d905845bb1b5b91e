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
	tests/unit/translate/golden_other.c \
	tests/unit/translate/golden_reply.c \
	tests/unit/translate/golden_request.c \
	tests/unit/translate/test_golden.c
tests_unit_translate_test_golden_LDADD = $(TRANSLATE_LIBS) $(UPSTREAM_LIBS) $(CMOCKA_LIBS)
tests_unit_translate_test_media_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_model_family_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_model_name_LDADD = $(TRANSLATE_TEST_LIBS)
tests_unit_translate_test_pass_reply_LDADD = $(TRANSLATE_TEST_LIBS)
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
EXTRA_DIST += tests/golden tests/fuzz
