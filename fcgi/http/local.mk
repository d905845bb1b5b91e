noinst_LIBRARIES += fcgi/http/libhttp.a
fcgi_http_libhttp_a_SOURCES = \
	fcgi/http/body.c fcgi/http/body.h \
	fcgi/http/cgi.c \
	fcgi/http/cgi_vars.c fcgi/http/cgi_vars.h \
	fcgi/http/cookie.c fcgi/http/cookie.h \
	fcgi/http/crew.c fcgi/http/crew.h \
	fcgi/http/fastcgi.c fcgi/http/fastcgi.h \
	fcgi/http/form.c fcgi/http/form.h \
	fcgi/http/forwarded.c fcgi/http/forwarded.h \
	fcgi/http/listen_socket.c fcgi/http/listen_socket.h \
	fcgi/http/listener.c fcgi/http/listener.h \
	fcgi/http/multipart.c fcgi/http/multipart.h \
	fcgi/http/own_call.c fcgi/http/own_call.h \
	fcgi/http/parse.c fcgi/http/parse.h \
	fcgi/http/pattern.c fcgi/http/pattern.h \
	fcgi/http/request.c fcgi/http/request.h \
	fcgi/http/response.c fcgi/http/response.h fcgi/http/response_impl.h \
	fcgi/http/router.c fcgi/http/router.h \
	fcgi/http/serve.c fcgi/http/serve.h \
	fcgi/http/sink.c fcgi/http/sink.h fcgi/http/sink_impl.h \
	fcgi/http/status_text.c fcgi/http/status_text.h \
	fcgi/http/target.c fcgi/http/target.h \
	fcgi/http/transport.h \
	fcgi/http/workers.c fcgi/http/workers.h
HTTP_LIBS = fcgi/http/libhttp.a $(BASE_LIBS) $(FCGI_LIBS)
