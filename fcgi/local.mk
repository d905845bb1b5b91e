# The libraries, lowest layer first; fcgi/README.md tells who may use whom.
include fcgi/base/local.mk
include fcgi/http/local.mk
include fcgi/config/local.mk
include fcgi/store/local.mk
include fcgi/auth/local.mk
include fcgi/pool/local.mk
include fcgi/keyring/local.mk
include fcgi/upstream/local.mk
include fcgi/translate/local.mk
include fcgi/exchange/local.mk
include fcgi/api/local.mk
include fcgi/view/local.mk
include fcgi/admin/local.mk
include fcgi/jobs/local.mk
include fcgi/cli/local.mk
include fcgi/demo/local.mk
