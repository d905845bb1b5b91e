noinst_LIBRARIES += fcgi/auth/libauth.a
fcgi_auth_libauth_a_SOURCES = \
	fcgi/auth/client_token.c fcgi/auth/client_token.h \
	fcgi/auth/login.c fcgi/auth/login.h \
	fcgi/auth/session.c fcgi/auth/session.h \
	fcgi/auth/token_cache.c \
	fcgi/auth/token_limits.c fcgi/auth/token_limits.h
AUTH_LIBS = fcgi/auth/libauth.a
