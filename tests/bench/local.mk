# `make bench` measures; it is no test and no test depends on its figures.
BENCHMARKS = tests/bench/instant_upstream
EXTRA_PROGRAMS += $(BENCHMARKS)
CLEANFILES += $(BENCHMARKS)
EXTRA_DIST += tests/bench/bench.py tests/bench/seed_log.py

.PHONY: bench
bench: gemini-balance.fcgi $(BENCHMARKS)
	$(srcdir)/tests/bench/bench.py . $(BENCH_FLAGS)
