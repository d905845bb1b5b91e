# Stands for include/package.mk of OpenWrt's build system: unpacks, configures, builds and installs as its defaults do,
# then does what the package says of itself. `compile` leaves the package's files in $(OUT)/root.
define BuildPackage
.PHONY: compile
compile:
	rm -rf $$(OUT)/root $$(PKG_BUILD_DIR)
	mkdir -p $$(OUT)/root
	tar -C $$(OUT) -xf $$(DL_DIR)/$$(PKG_SOURCE)
	test -s $$(PKG_BUILD_DIR)/$$(PKG_LICENSE_FILES)
	cd $$(PKG_BUILD_DIR) && ./configure CFLAGS=-Os CXXFLAGS=-Os $$(CONFIGURE_ARGS)
	$$(MAKE) -C $$(PKG_BUILD_DIR)
	$$(if $$(PKG_INSTALL),$$(MAKE) -C $$(PKG_BUILD_DIR) install DESTDIR=$$(PKG_INSTALL_DIR) $$(MAKE_INSTALL_FLAGS))
	$$(call Package/$(1)/install,$$(OUT)/root)
	strip $$(OUT)/root/usr/bin/* $$(OUT)/root/usr/libexec/*/*
	for file in $$(strip $$(Package/$(1)/conffiles)); do test -e $$(OUT)/root$$$$file || exit 1; done
	$$(foreach field,SECTION CATEGORY TITLE DEPENDS USERID,$$(if $$(strip $$(call field_of,$(1),$$(field))),,$$(error $$(field) is missing)))

$$(eval $$(Package/$(1)))
.PHONY: facts
facts:
	@printf '%s\n' 'depends $$(DEPENDS)' 'user $$(USERID)' 'title $$(TITLE)'
endef
field_of = $($(2))
