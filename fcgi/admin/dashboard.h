/* The parts of the dashboard. Each fills its sections of the page; 0, or -1 with err. */
#ifndef ADMIN_DASHBOARD_H
#define ADMIN_DASHBOARD_H

#include "admin/page.h"

/* How many keys stand how. Returns how many there are. */
int64_t dashboard_set_keys(struct page *page);
/* What a person should look at, and the keys that fail most. */
int dashboard_set_attention(struct page *page, struct err *err);
/* What is left of today's quotas, by model. */
int dashboard_set_quota(struct page *page, struct err *err);
int dashboard_set_busiest(struct page *page, struct err *err);

#endif
