noinst_LIBRARIES += fcgi/exchange/libexchange.a
fcgi_exchange_libexchange_a_SOURCES = \
	fcgi/exchange/attempt.c fcgi/exchange/attempt_priv.h \
	fcgi/exchange/attempt_bytes.c \
	fcgi/exchange/attempt_tell.c \
	fcgi/exchange/exchange.c fcgi/exchange/exchange.h \
	fcgi/exchange/exchange_log.c \
	fcgi/exchange/exchange_priv.h \
	fcgi/exchange/failure.c \
	fcgi/exchange/fan_out.c fcgi/exchange/fan_out.h \
	fcgi/exchange/google_error.c fcgi/exchange/google_error.h \
	fcgi/exchange/key_check.c fcgi/exchange/key_check.h \
	fcgi/exchange/line.c \
	fcgi/exchange/outgoing.c \
	fcgi/exchange/pacer.c fcgi/exchange/pacer.h \
	fcgi/exchange/redirect.c \
	fcgi/exchange/reply_gate.c \
	fcgi/exchange/resume.c \
	fcgi/exchange/verdict.c fcgi/exchange/verdict.h \
	fcgi/exchange/verdict_rules.c fcgi/exchange/verdict_rules.h
EXCHANGE_LIBS = fcgi/exchange/libexchange.a $(TRANSLATE_LIBS) $(UPSTREAM_LIBS) $(POOL_LIBS) \
	$(STORE_LIBS) $(CONFIG_LIBS)
