# Configurations with this installation's paths in them.
confdir = $(pkgdatadir)/conf
nodist_conf_DATA = conf/lighttpd.conf
EXTRA_DIST += conf/lighttpd.conf.in conf/quickstart-lighttpd.conf.in
CLEANFILES += conf/lighttpd.conf

conf/lighttpd.conf: $(srcdir)/conf/lighttpd.conf.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && sed -e 's|@pkglibexecdir[@]|$(pkglibexecdir)|g' $(srcdir)/conf/lighttpd.conf.in > $@.tmp && mv $@.tmp $@
