# What the places beside a plain web server need: containers, systemd, the Debian package.
EXTRA_DIST += Dockerfile compose.yaml .dockerignore conf/container/start.sh conf/container/lighttpd.conf

# --- systemd --------------------------------------------------------------------------------------
# make install SYSTEMD=no leaves it out.

SYSTEMD = yes
WEB_GROUP = www-data
systemdunitdir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
UNITS = conf/systemd/gemini-balance.socket conf/systemd/gemini-balance.service \
	conf/systemd/gemini-balance-web.service
EXTRA_DIST += conf/systemd/gemini-balance.socket.in conf/systemd/gemini-balance.service.in \
	conf/systemd/gemini-balance-web.service.in conf/systemd/lighttpd.conf conf/systemd/sysusers.conf
CLEANFILES += $(UNITS)

$(UNITS): conf/systemd/%: $(srcdir)/conf/systemd/%.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf/systemd && sed -e 's|@pkglibexecdir[@]|$(pkglibexecdir)|g' \
		-e 's|@sysconfdir[@]|$(sysconfdir)|g' -e 's|@web_group[@]|$(WEB_GROUP)|g' $< > $@.tmp && mv $@.tmp $@

install-data-local: $(UNITS)
	if test "$(SYSTEMD)" = yes; then \
	  $(MKDIR_P) "$(DESTDIR)$(systemdunitdir)" "$(DESTDIR)$(sysusersdir)" "$(DESTDIR)$(sysconfdir)/gemini-balance" && \
	  $(INSTALL_DATA) $(UNITS) "$(DESTDIR)$(systemdunitdir)" && \
	  $(INSTALL_DATA) $(srcdir)/conf/systemd/sysusers.conf "$(DESTDIR)$(sysusersdir)/gemini-balance.conf" && \
	  { test -e "$(DESTDIR)$(sysconfdir)/gemini-balance/lighttpd.conf" || \
	    $(INSTALL_DATA) $(srcdir)/conf/systemd/lighttpd.conf "$(DESTDIR)$(sysconfdir)/gemini-balance"; }; \
	fi

uninstall-local:
	rm -f "$(DESTDIR)$(sysusersdir)/gemini-balance.conf" \
		"$(DESTDIR)$(sysconfdir)/gemini-balance/lighttpd.conf"
	for unit in $(UNITS); do rm -f "$(DESTDIR)$(systemdunitdir)/$${unit##*/}"; done

# --- the Debian package ---------------------------------------------------------------------------
# make deb: gemini-balance_VERSION_ARCH.deb in the build folder.

DEBIAN_FILES = conf/debian/changelog.in conf/debian/control conf/debian/copyright conf/debian/rules \
	conf/debian/gemini-balance.postinst conf/debian/gemini-balance.postrm conf/debian/README.Debian \
	conf/debian/source/format
EXTRA_DIST += $(DEBIAN_FILES)

.PHONY: deb
deb: distdir
	rm -rf deb && mkdir deb && mv $(distdir) deb/
	cd deb/$(distdir) && cp -r conf/debian debian && \
	sed 's|@VERSION[@]|$(VERSION)|' conf/debian/changelog.in > debian/changelog && rm debian/changelog.in && \
	dpkg-buildpackage --build=binary --no-sign
	mv deb/*.deb .
	rm -rf deb

# --- shared hosting -------------------------------------------------------------------------------
# make bundle: a folder with everything in it, and the same as an archive to upload.

BUNDLE = gemini-balance-$(VERSION)-bundle
EXTRA_DIST += conf/bundle/htaccess conf/bundle/refuse.htaccess conf/bundle/start.sh conf/bundle/README.txt \
	conf/bundle/make-bundle.sh

.PHONY: bundle
bundle: all
	STRIP="$(STRIP)" $(SHELL) $(srcdir)/conf/bundle/make-bundle.sh . $(srcdir) $(BUNDLE)
	tar -czf $(BUNDLE).tar.gz --owner=0 --group=0 $(BUNDLE)

# --- routers --------------------------------------------------------------------------------------

EXTRA_DIST += conf/openwrt/Makefile conf/openwrt/files/gemini-balance.config \
	conf/openwrt/files/gemini-balance.defaults conf/openwrt/files/gemini-balance.init \
	conf/openwrt/files/lighttpd.conf

EXTRA_DIST += tests/places.sh $(wildcard $(srcdir)/tests/places/*.sh $(srcdir)/tests/places/*.py)
