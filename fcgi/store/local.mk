noinst_LIBRARIES += fcgi/store/libstore.a
fcgi_store_libstore_a_SOURCES = \
	fcgi/store/archive.c fcgi/store/archive.h \
	fcgi/store/foreign.c fcgi/store/foreign.h \
	fcgi/store/journal.c fcgi/store/journal.h fcgi/store/journal_private.h \
	fcgi/store/journal_queue.c fcgi/store/journal_queue.h \
	fcgi/store/journal_write.c \
	fcgi/store/log_rows.c fcgi/store/log_rows.h \
	fcgi/store/log_shape.c fcgi/store/log_shape.h \
	fcgi/store/schema.h \
	fcgi/store/sql.c fcgi/store/sql.h fcgi/store/sql_driver.h fcgi/store/sql_private.h \
	fcgi/store/sql_migrate.c \
	fcgi/store/sql_sqlite.c \
	fcgi/store/sql_stmt.c \
	fcgi/store/store.c fcgi/store/store.h fcgi/store/store_private.h \
	fcgi/store/store_audit.c fcgi/store/store_audit.h \
	fcgi/store/store_common.c \
	fcgi/store/store_jobs.c fcgi/store/store_jobs.h \
	fcgi/store/store_keys.c fcgi/store/store_keys.h \
	fcgi/store/store_limits.c fcgi/store/store_limits.h \
	fcgi/store/store_log_delete.c \
	fcgi/store/store_log_list.c fcgi/store/store_log_list.h \
	fcgi/store/store_log.c fcgi/store/store_log.h \
	fcgi/store/store_log_read.c fcgi/store/store_log_read.h \
	fcgi/store/store_log_retain.c \
	fcgi/store/store_names.c fcgi/store/store_names.h \
	fcgi/store/store_pins.c fcgi/store/store_pins.h \
	fcgi/store/store_reseal.c \
	fcgi/store/store_restore.c fcgi/store/store_restore.h \
	fcgi/store/store_rests.c \
	fcgi/store/store_rotation.c fcgi/store/store_rotation.h \
	fcgi/store/store_sessions.c fcgi/store/store_sessions.h \
	fcgi/store/store_settings.c fcgi/store/store_settings.h \
	fcgi/store/store_signatures.c fcgi/store/store_signatures.h \
	fcgi/store/store_tallies.c fcgi/store/store_tallies.h \
	fcgi/store/store_tokens.c fcgi/store/store_tokens.h \
	fcgi/store/store_usage.c fcgi/store/store_usage.h \
	fcgi/store/store_usage_trim.c \
	fcgi/store/usage_batch.c fcgi/store/usage_batch.h fcgi/store/usage_columns.h
nodist_fcgi_store_libstore_a_SOURCES = fcgi/store/schema_data.c
fcgi_store_libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)

# The migrations as C source. A migration is a file here and in this list.
STORE_SCHEMA = \
	fcgi/store/schema/main/0001_initial.sql \
	fcgi/store/schema/main/0002_key_caps.sql \
	fcgi/store/schema/main/0003_tallies.sql \
	fcgi/store/schema/log/0001_initial.sql \
	fcgi/store/schema/log/0002_error_search.sql \
	fcgi/store/schema/log/0003_fewer_indexes.sql
fcgi/store/schema_data.c: $(STORE_SCHEMA) fcgi/store/schema/embed.sh
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SHELL) $(srcdir)/fcgi/store/schema/embed.sh $(srcdir)/fcgi/store/schema > $@.tmp && \
	mv $@.tmp $@
BUILT_SOURCES += fcgi/store/schema_data.c
CLEANFILES += fcgi/store/schema_data.c fcgi/store/schema_data.c.tmp
EXTRA_DIST += $(STORE_SCHEMA) fcgi/store/schema/embed.sh

STORE_LIBS = fcgi/store/libstore.a $(SQLITE_LIBS)
