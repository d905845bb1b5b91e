include tests/unit/local.mk
include tests/sim/local.mk
include tests/lint/local.mk
include tests/system/local.mk
include tests/bench/local.mk
