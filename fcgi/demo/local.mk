pkglibexec_PROGRAMS += gb-demo-upstream
gb_demo_upstream_SOURCES = \
	fcgi/demo/demo_answer.c fcgi/demo/demo_answer.h \
	fcgi/demo/demo_keys.c fcgi/demo/demo_keys.h \
	fcgi/demo/demo_upstream.c
gb_demo_upstream_LDADD = $(HTTP_LIBS)
