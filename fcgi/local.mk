# The libraries, lowest layer first; fcgi/README.md tells who may use whom.
include fcgi/base/local.mk
include fcgi/http/local.mk
include fcgi/config/local.mk
include fcgi/store/local.mk
include fcgi/auth/local.mk
include fcgi/pool/local.mk
include fcgi/keyring/local.mk
include fcgi/site/local.mk
include fcgi/upstream/local.mk
include fcgi/translate/local.mk
include fcgi/exchange/local.mk
include fcgi/imagehost/local.mk
include fcgi/api/local.mk
if ADMIN
include fcgi/view/local.mk
include fcgi/admin/local.mk
endif
include fcgi/jobs/local.mk
include fcgi/transfer/local.mk
include fcgi/cli/local.mk
include fcgi/demo/local.mk

# --- the programs --------------------------------------------------------------------------------

APP_LIBS = $(API_LIBS) $(ADMIN_LIBS) $(JOBS_LIBS) $(SITE_LIBS) $(KEYRING_LIBS) $(EXCHANGE_LIBS) \
	$(IMAGEHOST_LIBS) $(TRANSLATE_LIBS) $(UPSTREAM_LIBS) $(POOL_LIBS) $(AUTH_LIBS) \
	$(VIEW_LIBS) $(STORE_LIBS) \
	$(CONFIG_LIBS) $(HTTP_LIBS) $(BASE_LIBS)

pkglibexec_PROGRAMS += gemini-balance.fcgi
gemini_balance_fcgi_SOURCES = \
	fcgi/main.c fcgi/app.c fcgi/app.h fcgi/app_hooks.c fcgi/app_hooks.h fcgi/routes.c
if !ADMIN
gemini_balance_fcgi_SOURCES += fcgi/app_no_admin.c
endif
gemini_balance_fcgi_LDADD = $(APP_LIBS)

gbctl_LDADD = $(TRANSFER_LIBS) $(JOBS_LIBS) $(IMAGEHOST_LIBS) $(SITE_LIBS) $(KEYRING_LIBS) $(EXCHANGE_LIBS) $(TRANSLATE_LIBS) \
	$(UPSTREAM_LIBS) $(POOL_LIBS) $(STORE_LIBS) $(CONFIG_LIBS) \
	$(BASE_LIBS)

EXTRA_DIST += fcgi/README.md
