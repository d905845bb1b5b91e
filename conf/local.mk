include conf/places.mk
# Configurations with this installation's paths in them, one for each web server in front.
confdir = $(pkgdatadir)/conf
fronts = conf/lighttpd.conf conf/lighttpd-processes.conf conf/lighttpd-subpath.conf conf/lighttpd-cgi.conf \
	conf/apache-proxy-fcgi.conf conf/apache-fcgid.conf conf/apache-cgid.conf conf/nginx.conf conf/Caddyfile
nodist_conf_DATA = $(fronts)
EXTRA_DIST += $(fronts:=.in) conf/quickstart-lighttpd.conf.in
CLEANFILES += $(fronts)

$(fronts): conf/%: $(srcdir)/conf/%.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && sed -e 's|@pkglibexecdir[@]|$(pkglibexecdir)|g' $(srcdir)/$@.in > $@.tmp && mv $@.tmp $@
