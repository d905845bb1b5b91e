# The pool against a model of Google's limits, three days in seconds. `tests/sim/pool_sim --compare` plays
# other ways of choosing keys too.
check_PROGRAMS += tests/sim/pool_sim
TESTS += tests/sim/pool_sim
tests_sim_pool_sim_SOURCES = \
	tests/sim/contender_others.c \
	tests/sim/contender_pool.c \
	tests/sim/sim.h \
	tests/sim/sim_google.c \
	tests/sim/sim_main.c \
	tests/sim/sim_random.c \
	tests/sim/sim_run.c \
	tests/sim/sim_scenarios.c tests/sim/sim_scenarios.h
tests_sim_pool_sim_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/sim
tests_sim_pool_sim_LDADD = $(EXCHANGE_LIBS) $(BASE_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/sim/test_sim_google
TESTS += tests/sim/test_sim_google
tests_sim_test_sim_google_SOURCES = tests/sim/sim_google.c tests/sim/sim_random.c \
	tests/sim/test_sim_google.c
tests_sim_test_sim_google_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/sim
tests_sim_test_sim_google_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
endif
