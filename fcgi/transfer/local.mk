noinst_LIBRARIES += fcgi/transfer/libtransfer.a
fcgi_transfer_libtransfer_a_SOURCES = \
	fcgi/transfer/backup.c fcgi/transfer/backup.h \
	fcgi/transfer/dry_run.c fcgi/transfer/dry_run.h \
	fcgi/transfer/mysql_dump.c fcgi/transfer/mysql_dump.h \
	fcgi/transfer/reference.c fcgi/transfer/reference.h fcgi/transfer/reference_private.h \
	fcgi/transfer/reference_log.c \
	fcgi/transfer/reference_settings.c \
	fcgi/transfer/scratch.c fcgi/transfer/scratch.h \
	fcgi/transfer/site_file.c fcgi/transfer/site_file.h \
	fcgi/transfer/transfer.c fcgi/transfer/transfer.h
TRANSFER_LIBS = fcgi/transfer/libtransfer.a
