TEMPLATES = \
	templates/audit.tpl \
	templates/chart.tpl \
	templates/confirm.tpl \
	templates/dashboard.tpl \
	templates/error.tpl \
	templates/help.tpl \
	templates/key.tpl \
	templates/keys.tpl \
	templates/key_options.tpl \
	templates/keys_confirm.tpl \
	templates/keys_edit.tpl \
	templates/layout.tpl \
	templates/log.tpl \
	templates/log_detail.tpl \
	templates/login.tpl \
	templates/models.tpl \
	templates/playground.tpl \
	templates/proxies.tpl \
	templates/settings.tpl \
	templates/settings_history.tpl \
	templates/setup.tpl \
	templates/token.tpl \
	templates/token_form.tpl \
	templates/tokens.tpl
templatesdir = $(pkgdatadir)/templates
dist_templates_DATA = $(TEMPLATES)
