include tests/unit/local.mk
include tests/sim/local.mk
include tests/lint/local.mk
include tests/system/local.mk
include tests/bench/local.mk
# The slow places: tests/places.sh.
EXTRA_DIST += tests/places.sh \
	$(wildcard $(srcdir)/tests/places/*.py) $(wildcard $(srcdir)/tests/places/*.sh) \
	tests/places/openwrt/rules.mk tests/places/openwrt/include/package.mk \
	tests/places/openwrt/root/etc/rc.common tests/places/openwrt/root/lib/functions.sh \
	tests/places/openwrt/root/sbin/uci
