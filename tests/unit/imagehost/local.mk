IMAGEHOST_TESTS = tests/unit/imagehost/test_image_host tests/unit/imagehost/test_image_shelf
check_PROGRAMS += $(IMAGEHOST_TESTS)
TESTS += $(IMAGEHOST_TESTS)
tests_unit_imagehost_test_image_host_SOURCES = tests/unit/imagehost/test_image_host.c $(FAKE_SERVER)
tests_unit_imagehost_test_image_host_LDADD = $(IMAGEHOST_LIBS) $(UPSTREAM_LIBS) $(CMOCKA_LIBS)
tests_unit_imagehost_test_image_shelf_LDADD = $(IMAGEHOST_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
