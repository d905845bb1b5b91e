# A test's source is found by its name: tests/unit/config/test_literal is made of test_literal.c
# there. Cases of .env files are files: see data/README.
CONFIG_TESTS = \
	tests/unit/config/test_bootstrap \
	tests/unit/config/test_env_example \
	tests/unit/config/test_env_files \
	tests/unit/config/test_literal \
	tests/unit/config/test_parse_list \
	tests/unit/config/test_placeholder \
	tests/unit/config/test_setting_mask \
	tests/unit/config/test_setting_shape \
	tests/unit/config/test_setting_text \
	tests/unit/config/test_setting_value \
	tests/unit/config/test_settings_build \
	tests/unit/config/test_settings_holder \
	tests/unit/config/test_settings_table \
	tests/unit/config/test_settings_warning
CONFIG_TEST_LIBS = $(CONFIG_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(CONFIG_TESTS)
TESTS += $(CONFIG_TESTS)
tests_unit_config_test_bootstrap_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_env_example_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_env_files_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_literal_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_parse_list_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_placeholder_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_setting_mask_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_setting_shape_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_setting_text_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_setting_value_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_settings_build_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_settings_holder_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_settings_table_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_config_test_settings_warning_LDADD = $(CONFIG_TEST_LIBS)
EXTRA_DIST += tests/unit/config/data
