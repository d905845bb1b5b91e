noinst_LIBRARIES += fcgi/translate/libtranslate.a
fcgi_translate_libtranslate_a_SOURCES = \
	fcgi/translate/audio_codec.h \
	fcgi/translate/audio_encoder.c \
	fcgi/translate/audio_encoder.h \
	fcgi/translate/audio_plain.c \
	fcgi/translate/builtin_tools.c \
	fcgi/translate/builtin_tools.h \
	fcgi/translate/chat_audio_out.c \
	fcgi/translate/chat_build.h \
	fcgi/translate/chat_calls.c \
	fcgi/translate/chat_calls.h \
	fcgi/translate/chat_calls_out.c \
	fcgi/translate/chat_citations.c \
	fcgi/translate/chat_extras.c \
	fcgi/translate/chat_extras.h \
	fcgi/translate/chat_filter.c \
	fcgi/translate/chat_logprobs.c \
	fcgi/translate/chat_media_in.c \
	fcgi/translate/chat_media_in.h \
	fcgi/translate/chat_media_out.c \
	fcgi/translate/chat_messages.c \
	fcgi/translate/chat_parts.c \
	fcgi/translate/chat_parts.h \
	fcgi/translate/chat_reply.c \
	fcgi/translate/chat_reply.h \
	fcgi/translate/chat_reply_parts.c \
	fcgi/translate/chat_request.c \
	fcgi/translate/chat_served.c \
	fcgi/translate/chat_server_parts.c \
	fcgi/translate/chat_server_parts.h \
	fcgi/translate/chat_signatures.c \
	fcgi/translate/chat_signatures.h \
	fcgi/translate/chat_stream.c \
	fcgi/translate/chat_tools.c \
	fcgi/translate/chat_usage.c \
	fcgi/translate/chat_whole.c \
	fcgi/translate/continuation.c \
	fcgi/translate/continuation.h \
	fcgi/translate/data_url.c \
	fcgi/translate/data_url.h \
	fcgi/translate/error_body.c \
	fcgi/translate/error_body.h \
	fcgi/translate/gemini_reply.c \
	fcgi/translate/gemini_scan.c \
	fcgi/translate/gemini_scan.h \
	fcgi/translate/generation_config.c \
	fcgi/translate/image_filter.c \
	fcgi/translate/imagen.c \
	fcgi/translate/imagen.h \
	fcgi/translate/json_list.h \
	fcgi/translate/json_out.c \
	fcgi/translate/json_out.h \
	fcgi/translate/json_scan.c \
	fcgi/translate/json_scan.h \
	fcgi/translate/markdown_image.c \
	fcgi/translate/markdown_image.h \
	fcgi/translate/media.c \
	fcgi/translate/media.h \
	fcgi/translate/media_type.c \
	fcgi/translate/media_type.h \
	fcgi/translate/model_family.c \
	fcgi/translate/model_family.h \
	fcgi/translate/model_name.c \
	fcgi/translate/model_name.h \
	fcgi/translate/model_shapes.c \
	fcgi/translate/model_shapes.h \
	fcgi/translate/models.c \
	fcgi/translate/native_request.c \
	fcgi/translate/native_request.h \
	fcgi/translate/openai_chat.h \
	fcgi/translate/openai_choices.c fcgi/translate/openai_choices.h \
	fcgi/translate/openai_completions.c \
	fcgi/translate/openai_completions.h \
	fcgi/translate/openai_embeddings.c \
	fcgi/translate/openai_embeddings.h \
	fcgi/translate/openai_images.c \
	fcgi/translate/openai_images_answer.c \
	fcgi/translate/openai_images.h \
	fcgi/translate/openai_models.h \
	fcgi/translate/openai_speech.c \
	fcgi/translate/openai_speech.h \
	fcgi/translate/openai_transcription.c \
	fcgi/translate/openai_transcription.h \
	fcgi/translate/pass_reply.c fcgi/translate/pass_reply.h \
	fcgi/translate/reply.c \
	fcgi/translate/reply.h \
	fcgi/translate/prompt_size.c \
	fcgi/translate/prompt_size.h \
	fcgi/translate/request_facts.c \
	fcgi/translate/request_facts.h \
	fcgi/translate/response_format.c \
	fcgi/translate/schema_clean.c \
	fcgi/translate/schema_clean.h \
	fcgi/translate/schema_merge.c \
	fcgi/translate/schema_merge.h \
	fcgi/translate/schema_openapi.c \
	fcgi/translate/speech_filter.c \
	fcgi/translate/text_join.c \
	fcgi/translate/text_join.h \
	fcgi/translate/text_pace.c \
	fcgi/translate/text_pace.h \
	fcgi/translate/thinking.c \
	fcgi/translate/thinking.h \
	fcgi/translate/tool_names.c \
	fcgi/translate/tool_names.h \
	fcgi/translate/voices.c \
	fcgi/translate/voices.h \
	fcgi/translate/wav.c \
	fcgi/translate/wav.h
fcgi_translate_libtranslate_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPUSENC_CFLAGS) $(FLAC_CFLAGS) $(AACENC_CFLAGS)
if HAVE_LAME
fcgi_translate_libtranslate_a_SOURCES += fcgi/translate/audio_mp3.c
endif
if HAVE_OPUSENC
fcgi_translate_libtranslate_a_SOURCES += fcgi/translate/audio_opus.c
endif
if HAVE_FLAC
fcgi_translate_libtranslate_a_SOURCES += fcgi/translate/audio_flac.c
endif
if HAVE_AACENC
fcgi_translate_libtranslate_a_SOURCES += fcgi/translate/audio_aac.c
endif
TRANSLATE_LIBS = fcgi/translate/libtranslate.a $(BASE_LIBS) \
	$(LAME_LIBS) $(OPUSENC_LIBS) $(FLAC_LIBS) $(AACENC_LIBS)
