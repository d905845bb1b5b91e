/* The fields of key_options in a page: to add keys, to edit one, to edit many. */
#ifndef ADMIN_KEY_FIELDS_H
#define ADMIN_KEY_FIELDS_H

#include "admin/key_options.h"
#include "admin/page.h"

enum key_fields_use { KEY_FIELDS_NEW, KEY_FIELDS_ONE, KEY_FIELDS_MANY };

/* Fills the include OPTIONS of the page. `key` is shown in them; NULL: they are empty. */
void key_fields_fill(const struct page *page, enum key_fields_use use, const struct store_key *key);

#endif
