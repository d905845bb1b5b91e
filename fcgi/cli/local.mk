bin_PROGRAMS += gbctl
gbctl_SOURCES = \
	fcgi/cli/cli.h fcgi/cli/cli_ring.h fcgi/cli/gbctl.c \
	fcgi/cli/cmd_init.c \
	fcgi/cli/cmd_backup.c \
	fcgi/cli/cmd_import.c \
	fcgi/cli/cmd_key_set.c fcgi/cli/cmd_keys.c \
	fcgi/cli/cmd_pool.c \
	fcgi/cli/cmd_verify.c \
	fcgi/cli/cmd_settings.c \
	fcgi/cli/cmd_store.c \
	fcgi/cli/cmd_token.c fcgi/cli/token_options.c fcgi/cli/token_options.h
