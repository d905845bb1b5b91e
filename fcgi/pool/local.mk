noinst_LIBRARIES += fcgi/pool/libpool.a
fcgi_pool_libpool_a_SOURCES = \
	fcgi/pool/affinity.c \
	fcgi/pool/affinity.h \
	fcgi/pool/choose.c \
	fcgi/pool/egress_guard.c \
	fcgi/pool/fair_queue.c \
	fcgi/pool/gate.c \
	fcgi/pool/key_grant.c \
	fcgi/pool/key_ledger.c \
	fcgi/pool/key_ledger.h \
	fcgi/pool/key_limits.c \
	fcgi/pool/key_pool.c \
	fcgi/pool/key_pool.h \
	fcgi/pool/key_pool_priv.h \
	fcgi/pool/key_source.h \
	fcgi/pool/kinship.c \
	fcgi/pool/lessons.c \
	fcgi/pool/lessons.h \
	fcgi/pool/members.c \
	fcgi/pool/minutes.c \
	fcgi/pool/pool_events.c \
	fcgi/pool/pool_models.c \
	fcgi/pool/projects.c \
	fcgi/pool/recent_calls.c \
	fcgi/pool/recent_calls.h \
	fcgi/pool/rests.c \
	fcgi/pool/rotation.c \
	fcgi/pool/settle.c \
	fcgi/pool/shared_use.c \
	fcgi/pool/shortage.c \
	fcgi/pool/slot_map.c \
	fcgi/pool/slot_map.h \
	fcgi/pool/views.c
POOL_LIBS = fcgi/pool/libpool.a
