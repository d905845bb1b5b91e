noinst_LIBRARIES += fcgi/jobs/libjobs.a
fcgi_jobs_libjobs_a_SOURCES = \
	fcgi/jobs/jobs.c fcgi/jobs/jobs.h fcgi/jobs/jobs_priv.h \
	fcgi/jobs/key_verify.c fcgi/jobs/key_verify.h \
	fcgi/jobs/shared_jobs.c
JOBS_LIBS = fcgi/jobs/libjobs.a
