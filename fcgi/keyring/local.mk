noinst_LIBRARIES += fcgi/keyring/libkeyring.a
fcgi_keyring_libkeyring_a_SOURCES = \
	fcgi/keyring/key_paste.c fcgi/keyring/key_paste.h \
	fcgi/keyring/keyring.c fcgi/keyring/keyring.h fcgi/keyring/keyring_priv.h \
	fcgi/keyring/load.c \
	fcgi/keyring/persist.c \
	fcgi/keyring/plan.c \
	fcgi/keyring/proxies.c fcgi/keyring/proxies.h \
	fcgi/keyring/shared_memory.c fcgi/keyring/shared_memory.h \
	fcgi/keyring/shared_use.c
KEYRING_LIBS = fcgi/keyring/libkeyring.a $(POOL_LIBS) $(STORE_LIBS) $(CONFIG_LIBS)
