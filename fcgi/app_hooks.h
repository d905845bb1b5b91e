/* The program's hooks around every call (http/router.h). */
#ifndef APP_HOOKS_H
#define APP_HOOKS_H

#include "http/router.h"

extern const struct router_hooks app_hooks;

#endif
