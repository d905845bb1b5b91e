noinst_LIBRARIES += fcgi/base/libbase.a
fcgi_base_libbase_a_SOURCES = \
	fcgi/base/arena.c fcgi/base/arena.h \
	fcgi/base/clock.c fcgi/base/clock.h \
	fcgi/base/codec.c fcgi/base/codec.h \
	fcgi/base/crew.c fcgi/base/crew.h \
	fcgi/base/crypto.c fcgi/base/crypto.h \
	fcgi/base/err.c fcgi/base/err.h \
	fcgi/base/file.c fcgi/base/file.h \
	fcgi/base/heap.c fcgi/base/heap.h \
	fcgi/base/json.c fcgi/base/json.h \
	fcgi/base/json_parse.c \
	fcgi/base/json_write.c \
	fcgi/base/limits.h \
	fcgi/base/log.c fcgi/base/log.h \
	fcgi/base/network.c fcgi/base/network.h \
	fcgi/base/rand.c fcgi/base/rand.h \
	fcgi/base/redact.c fcgi/base/redact.h \
	fcgi/base/scope.c fcgi/base/scope.h \
	fcgi/base/stack.c fcgi/base/stack.h \
	fcgi/base/strbuf.c fcgi/base/strbuf.h \
	fcgi/base/text.c fcgi/base/text.h \
	fcgi/base/trust_store.c fcgi/base/trust_store.h \
	fcgi/base/vec.h
fcgi_base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
BASE_LIBS = fcgi/base/libbase.a $(JSONC_LIBS) $(CRYPTO_LIBS)
