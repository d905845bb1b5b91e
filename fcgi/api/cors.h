/* Web pages of other origins that call the API from a browser (CORS_ALLOWED_ORIGINS). Only the
 * public routes, and paths without a route, are opened to them: never the admin's. */
#ifndef API_CORS_H
#define API_CORS_H

#include "http/router.h"

/* Before the answer, whatever it will be: errors can be read by the page as well. */
void api_cors_headers(struct http_call *call);
/* For the 204 that answers OPTIONS: which methods and headers the page may use. */
void api_cors_preflight(struct http_call *call);

#endif
