noinst_LIBRARIES += fcgi/site/libsite.a
fcgi_site_libsite_a_SOURCES = fcgi/site/site.c fcgi/site/site.h
SITE_LIBS = fcgi/site/libsite.a
