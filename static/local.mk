staticdir = $(pkgdatadir)/static
dist_static_DATA = \
	static/admin.css \
	static/admin.js \
	static/favicon.svg \
	static/openapi.json
