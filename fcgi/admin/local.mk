noinst_LIBRARIES += fcgi/admin/libadmin.a
fcgi_admin_libadmin_a_SOURCES = \
	fcgi/admin/access.c fcgi/admin/admin.h fcgi/admin/admin_routes.c \
	fcgi/admin/api_config.c \
	fcgi/admin/api_key_actions.c \
	fcgi/admin/api_keys.c \
	fcgi/admin/api_log.c fcgi/admin/api_log_entry.c fcgi/admin/api_stats.c \
	fcgi/admin/api_tokens.c \
	fcgi/admin/audit.c fcgi/admin/audit.h \
	fcgi/admin/way_back.c fcgi/admin/way_back.h \
	fcgi/admin/audit_page.c \
	fcgi/admin/chart.c fcgi/admin/chart.h fcgi/admin/chart_data.c \
	fcgi/admin/chat_answer.c fcgi/admin/chat_answer.h \
	fcgi/admin/confirm.c fcgi/admin/confirm.h \
	fcgi/admin/csv.c fcgi/admin/csv.h \
	fcgi/admin/dashboard.h fcgi/admin/dashboard_keys.c fcgi/admin/dashboard_page.c \
	fcgi/admin/flash.c fcgi/admin/flash.h \
	fcgi/admin/help_page.c \
	fcgi/admin/json_answer.c fcgi/admin/json_answer.h \
	fcgi/admin/key_changes.c fcgi/admin/key_changes.h \
	fcgi/admin/key_fields.c fcgi/admin/key_fields.h \
	fcgi/admin/key_json.c fcgi/admin/key_json.h \
	fcgi/admin/key_options.c fcgi/admin/key_options.h \
	fcgi/admin/key_page.c \
	fcgi/admin/key_reason.c fcgi/admin/key_reason.h \
	fcgi/admin/keys_actions.c \
	fcgi/admin/keys_filter.c fcgi/admin/keys_filter.h \
	fcgi/admin/keys_list.c fcgi/admin/keys_list.h \
	fcgi/admin/keys_page.c \
	fcgi/admin/keys_work.c fcgi/admin/keys_work.h \
	fcgi/admin/log_actions.c \
	fcgi/admin/log_detail.c \
	fcgi/admin/log_export.c \
	fcgi/admin/log_filter.c fcgi/admin/log_filter.h \
	fcgi/admin/log_json.c fcgi/admin/log_json.h \
	fcgi/admin/log_page.c \
	fcgi/admin/login_page.c \
	fcgi/admin/metrics.c \
	fcgi/admin/models_page.c fcgi/admin/models_page.h \
	fcgi/admin/number_text.c fcgi/admin/number_text.h \
	fcgi/admin/page.c fcgi/admin/page.h \
	fcgi/admin/playground_page.c \
	fcgi/admin/preferences.c fcgi/admin/preferences.h \
	fcgi/admin/proxies_page.c \
	fcgi/admin/settings_form.c fcgi/admin/settings_form.h \
	fcgi/admin/settings_history.c \
	fcgi/admin/settings_page.c \
	fcgi/admin/settings_save.c fcgi/admin/settings_save.h \
	fcgi/admin/setup.h fcgi/admin/setup_page.c \
	fcgi/admin/setup_code.c fcgi/admin/setup_code.h \
	fcgi/admin/static_files.c \
	fcgi/admin/strings.c fcgi/admin/strings.def fcgi/admin/strings.h \
	fcgi/admin/token_form.c fcgi/admin/token_form.h \
	fcgi/admin/token_names.c fcgi/admin/token_names.h \
	fcgi/admin/tokens.h fcgi/admin/tokens_actions.c fcgi/admin/tokens_page.c \
	fcgi/admin/toplist.c fcgi/admin/toplist.h
ADMIN_LIBS = fcgi/admin/libadmin.a
