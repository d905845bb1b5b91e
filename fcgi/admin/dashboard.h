/* The parts of the dashboard. Each fills its sections of the page; 0, or -1 with err. */
#ifndef ADMIN_DASHBOARD_H
#define ADMIN_DASHBOARD_H

#include "admin/toplist.h"

/* How many keys stand how. Returns how many there are. */
int64_t dashboard_set_keys(struct page *page);
/* The keys that fail most; what the same walk tells of the busiest goes to busiest_r. */
int dashboard_set_attention(struct page *page, struct toplist *busiest_r, struct err *err);
/* What is left of today's quotas, by model. */
int dashboard_set_quota(struct page *page, struct err *err);
int dashboard_set_busiest(struct page *page, const struct toplist *keys, struct err *err);

#endif
