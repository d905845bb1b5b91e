noinst_LIBRARIES += fcgi/upstream/libupstream.a
fcgi_upstream_libupstream_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
fcgi_upstream_libupstream_a_SOURCES = \
	fcgi/upstream/answer_head.c \
	fcgi/upstream/call.c \
	fcgi/upstream/event_stream.c fcgi/upstream/event_stream.h \
	fcgi/upstream/outcome.c \
	fcgi/upstream/proxy_check.c fcgi/upstream/proxy_check.h \
	fcgi/upstream/upstream.c fcgi/upstream/upstream.h \
	fcgi/upstream/upstream_options.c \
	fcgi/upstream/upstream_priv.h \
	fcgi/upstream/web_fetch.c fcgi/upstream/web_fetch.h \
	fcgi/upstream/web_target.c fcgi/upstream/web_target.h
UPSTREAM_LIBS = fcgi/upstream/libupstream.a $(CURL_LIBS) $(BASE_LIBS)
