/* What the value of a particular setting must look like beyond its type and range: URLs, networks,
 * header names, the members of RATE_LIMITS. Private to this folder. */
#ifndef CONFIG_SETTING_SHAPE_H
#define CONFIG_SETTING_SHAPE_H

#include "config/setting_value.h"

/* 0, or -1 with a text that says what is wrong where; it never shows the value, which may hold a
 * password. Numbers written as texts in a map of numbers are made numbers. */
int setting_shape_check(const struct setting_def *def, union setting_value *value, struct err *err);

#endif
