noinst_LIBRARIES += fcgi/config/libconfig.a
fcgi_config_libconfig_a_SOURCES = \
	fcgi/config/bootstrap.c fcgi/config/bootstrap.h \
	fcgi/config/dotenv.c fcgi/config/dotenv.h \
	fcgi/config/env_example.c fcgi/config/env_example.h \
	fcgi/config/list_text.c \
	fcgi/config/literal.c fcgi/config/literal.h \
	fcgi/config/safety_text.c fcgi/config/safety_text.h \
	fcgi/config/setting_mask.c fcgi/config/setting_mask.h \
	fcgi/config/setting_rows.c \
	fcgi/config/setting_shape.c fcgi/config/setting_shape.h \
	fcgi/config/setting_text.c fcgi/config/setting_text.h \
	fcgi/config/setting_value.c fcgi/config/setting_value.h \
	fcgi/config/setting_warning.c \
	fcgi/config/settings.c fcgi/config/settings.def fcgi/config/settings.h \
	fcgi/config/settings_holder.c
CONFIG_LIBS = fcgi/config/libconfig.a $(BASE_LIBS)
