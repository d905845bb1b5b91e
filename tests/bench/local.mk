# `make bench` measures; it is no test and no test depends on its figures.
BENCHMARKS = tests/bench/bench_pool tests/bench/bench_translate \
	tests/bench/instant_upstream
tests_bench_bench_pool_LDADD = $(POOL_LIBS) $(BASE_LIBS)
tests_bench_bench_translate_LDADD = $(TRANSLATE_LIBS) $(BASE_LIBS)
EXTRA_PROGRAMS += $(BENCHMARKS)
CLEANFILES += $(BENCHMARKS)
EXTRA_DIST += tests/bench/bench.py tests/bench/seed_log.py tests/bench/sizes.sh

.PHONY: bench
bench: gemini-balance.fcgi $(BENCHMARKS)
	tests/bench/bench_pool
	tests/bench/bench_translate
	$(srcdir)/tests/bench/bench.py . $(BENCH_FLAGS)
	$(srcdir)/tests/bench/sizes.sh .
