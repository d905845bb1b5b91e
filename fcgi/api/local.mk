noinst_LIBRARIES += fcgi/api/libapi.a
fcgi_api_libapi_a_SOURCES = \
	fcgi/api/absent.c \
	fcgi/api/access.c fcgi/api/api.h \
	fcgi/api/base64_body.c fcgi/api/base64_body.h \
	fcgi/api/body_spool.c fcgi/api/body_spool.h \
	fcgi/api/native.h fcgi/api/native_body.c fcgi/api/native_call.c \
	fcgi/api/native_check.c fcgi/api/native_check.h fcgi/api/native_list.c \
	fcgi/api/native_path.c fcgi/api/native_path.h \
	fcgi/api/openai_layer.c \
	fcgi/api/origin.c fcgi/api/origin.h \
	fcgi/api/parts_stream.c fcgi/api/parts_stream.h \
	fcgi/api/pins.c fcgi/api/pins.h \
	fcgi/api/resource_scan.c fcgi/api/resource_scan.h \
	fcgi/api/uploads.c \
	fcgi/api/api_call.c fcgi/api/api_call.h \
	fcgi/api/chat_choices.c fcgi/api/chat_choices.h \
	fcgi/api/fallback.c fcgi/api/fallback.h \
	fcgi/api/cors.c fcgi/api/cors.h \
	fcgi/api/gemini.c fcgi/api/gemini_body.c fcgi/api/gemini_body.h \
	fcgi/api/google_file.c fcgi/api/google_file.h \
	fcgi/api/health.c \
	fcgi/api/image_get.c \
	fcgi/api/image_put.c fcgi/api/image_put.h \
	fcgi/api/image_streams.c fcgi/api/image_streams.h \
	fcgi/api/media_fetch.c fcgi/api/media_fetch.h \
	fcgi/api/model_cache.c fcgi/api/model_cache.h \
	fcgi/api/models.c \
	fcgi/api/openai_chat.c \
	fcgi/api/openai_embeddings.c \
	fcgi/api/openai_form.c fcgi/api/openai_form.h \
	fcgi/api/openai_images.c \
	fcgi/api/openai_parts.c fcgi/api/openai_parts.h \
	fcgi/api/openai_speech.c \
	fcgi/api/openai_transcription.c \
	fcgi/api/signatures.c fcgi/api/signatures.h \
	fcgi/api/upload_check.c fcgi/api/upload_check.h \
	fcgi/api/upload_turn.c fcgi/api/upload_turn.h \
	fcgi/api/url_tolerance.c fcgi/api/url_tolerance.h
API_LIBS = fcgi/api/libapi.a
