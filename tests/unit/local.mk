# One small program for each topic; tests/unit/<folder>/local.mk lists a folder's.
# Each links only what its folder may use, so an upward call does not link.
EXTRA_DIST += tests/unit/unit.h tests/unit/valgrind.supp
if HAVE_CMOCKA
UNIT_CPPFLAGS = $(AM_CPPFLAGS)
AM_CPPFLAGS += $(CMOCKA_CFLAGS)
include tests/unit/base/local.mk
include tests/unit/http/local.mk
include tests/unit/config/local.mk
include tests/unit/store/local.mk
include tests/unit/transfer/local.mk
include tests/unit/auth/local.mk
include tests/unit/pool/local.mk
include tests/unit/keyring/local.mk
include tests/unit/upstream/local.mk
include tests/unit/translate/local.mk
include tests/unit/exchange/local.mk
include tests/unit/imagehost/local.mk
include tests/unit/api/local.mk
if ADMIN
include tests/unit/view/local.mk
include tests/unit/admin/local.mk
endif
include tests/unit/jobs/local.mk
endif
