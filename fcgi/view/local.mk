noinst_LIBRARIES += fcgi/view/libview.a
fcgi_view_libview_a_SOURCES = fcgi/view/view_ctemplate.cc fcgi/view/view.h
fcgi_view_libview_a_CPPFLAGS = $(AM_CPPFLAGS) $(CTEMPLATE_CFLAGS)
# Named here so that C programs, which the C compiler links, find the C++ library.
VIEW_LIBS = fcgi/view/libview.a $(CTEMPLATE_LIBS) -lstdc++ $(BASE_LIBS)
