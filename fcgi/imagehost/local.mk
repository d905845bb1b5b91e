noinst_LIBRARIES += fcgi/imagehost/libimagehost.a
fcgi_imagehost_libimagehost_a_SOURCES = \
	fcgi/imagehost/image_host.c fcgi/imagehost/image_host.h \
	fcgi/imagehost/image_host_oss.c fcgi/imagehost/image_host_priv.h \
	fcgi/imagehost/image_shelf.c fcgi/imagehost/image_shelf.h
IMAGEHOST_LIBS = fcgi/imagehost/libimagehost.a
