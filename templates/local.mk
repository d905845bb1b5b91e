TEMPLATES = \
	templates/error.tpl \
	templates/keys.tpl \
	templates/keys_confirm.tpl \
	templates/layout.tpl \
	templates/login.tpl
templatesdir = $(pkgdatadir)/templates
dist_templates_DATA = $(TEMPLATES)
