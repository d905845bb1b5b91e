# `make lint` runs every check over the sources; a new check is a new file here.
EXTRA_DIST += \
	tests/lint/check_banned_functions.py \
	tests/lint/check_cppcheck.sh \
	tests/lint/check_css_names.py \
	tests/lint/check_file_length.py \
	tests/lint/check_format.sh \
	tests/lint/check_function_length.py \
	tests/lint/check_layers.py \
	tests/lint/check_shell.sh \
	tests/lint/check_words.py \
	tests/lint/layers.txt \
	tests/lint/lintlib.py \
	tests/lint/run.sh \
	tests/lint/selftest.sh

.PHONY: lint
lint:
	$(srcdir)/tests/lint/run.sh
	$(srcdir)/tests/lint/selftest.sh
