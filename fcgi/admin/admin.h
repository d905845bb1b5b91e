/* The admin site: pages and their JSON. What it needs of the program is `struct admin`, filled by
 * app.c; handlers find it in http_call.admin. */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <json-c/json.h>

#include "auth/session.h"
#include "config/settings.h"
#include "http/form.h"
#include "http/router.h"
#include "keyring/keyring.h"
#include "store/journal.h"
#include "store/store.h"
#include "view/view.h"

struct upstream;

/* MODELS_KNOWN: the list that is there, without asking upstream. MODELS_WANTED: one that is fresh
 * enough. MODELS_RENEWED: asked for now. */
enum admin_models { MODELS_KNOWN, MODELS_WANTED, MODELS_RENEWED };

struct admin {
    struct store *store;
    struct keyring *keyring;
    struct view *view;      /* NULL: templates could not be read; pages answer 503 */
    const char *static_dir; /* where /static/ files lie, for fronts that do not serve them */
    bool borrowed_token;    /* at start AUTH_TOKEN was not set, and the log said so */
    const char *version;
    bool demo;        /* the upstream is simulated, and every page says so */
    const char *path; /* where the admin lies below the program: "" or "/admin" */
    struct journal *journal;
    struct router *router;     /* the program's routes, for calls of the admin's own */
    struct upstream *upstream; /* the way to Google, to verify keys; NULL: none here */
    /* Takes saved settings over at once in this process; NULL: they are noticed a moment later. */
    void (*settings_changed)(void *ctx);
    void *ctx; /* of settings_changed */
    /* Google's model objects, an array to put; NULL with call->err and an HTTP status when there is
     * none. May itself be NULL: none here. */
    json_object *(*models)(struct http_call *call, enum admin_models which, int *status_r);
};

/* The rows of the admin, as if it lay at the root; ends with a row whose pattern is NULL. */
extern const struct route admin_routes[];

/* The admin token in force for a snapshot; "" none: nobody can sign in. */
const char *admin_token_in_force(const struct settings *set);

/* True when there is an admin token only because it is borrowed from ALLOWED_TOKENS: every page
 * warns. */
bool admin_token_borrowed(const struct settings *set);

/* Access check for ACCESS_ADMIN and ACCESS_ADMIN_API rows (called by the router's hook): 0, or a
 * status; for pages without a session it redirects to the login itself (303). The session found is
 * kept for the call: admin_session(). Where a session is what lets a caller in, every method but
 * GET and HEAD needs its CSRF token besides, as the form field `csrf` or the header X-CSRF-Token.
 */
int admin_check_access(struct http_call *call);
const struct store_session *admin_session(const struct http_call *call);
/* Who does it, for the audit log: "admin", or the name that the web server signed on. */
const char *admin_who(const struct http_call *call);
/* Whether the web server has signed on somebody who needs no token. */
bool admin_is_signed_on(const struct http_call *call);
/* The form that was posted, parsed by the access check; without fields when the body was no form.
 */
const struct http_form *admin_form(const struct http_call *call);
/* Writes an error page. Returns the status. */
int admin_write_error(struct http_call *call, int status);

/* Handlers of admin_routes.c. */
http_handler admin_root;      /* GET /: the login, or on to the first page when signed in */
http_handler admin_login;     /* POST /auth: field auth_token */
http_handler admin_setup;     /* POST /setup: fields code, auth_token; while no token is in force */
http_handler admin_logout;    /* POST /logout */
http_handler admin_keys_page; /* GET /keys, GET /keys_status redirects here */
http_handler admin_keys_status;
http_handler admin_keys_add; /* POST /keys/add: field `keys`, any text that holds keys */
http_handler
    admin_keys_action; /* POST /keys/action: fields `action` (pause|resume|delete|reset), `id`... */
http_handler admin_key_page;   /* GET /keys/{id} */
http_handler admin_key_save;   /* POST /keys/{id}: label, project, weight, proxy, no_proxy */
http_handler admin_key_reveal; /* POST /keys/{id}/reveal */
http_handler admin_static;     /* GET /static/{file...} */

http_handler admin_dashboard; /* GET /dashboard: `span`, `code` */

http_handler admin_requests_page; /* GET /requests, GET /errors: the fields of log_view_read() */
http_handler admin_errors_page;
http_handler admin_requests_csv; /* GET /requests.csv, GET /errors.csv: the same */
http_handler admin_errors_csv;
http_handler admin_request_page; /* GET /requests/{id} */
http_handler admin_log_delete;   /* POST /requests/delete: `what` (selected|age|all), `id`... */
http_handler admin_log_keep;     /* POST /requests/keep: `keep` (true|false) */

http_handler admin_tokens_page;   /* GET /tokens */
http_handler admin_tokens_add;    /* POST /tokens/add: the fields of token_form_read() */
http_handler admin_tokens_action; /* POST /tokens/action: `only` (pause|resume|delete|reveal):id */
http_handler admin_token_page;    /* GET /tokens/{id} */
http_handler admin_token_save;    /* POST /tokens/{id} */

/* JSON, with the session or the admin token as bearer; static/openapi.json describes them. */
http_handler admin_api_keys;              /* GET /api/keys */
http_handler admin_api_keys_add;          /* POST /api/keys */
http_handler admin_api_keys_all;          /* GET /api/keys/all */
http_handler admin_api_keys_action;       /* POST /api/keys/action */
http_handler admin_api_keys_delete;       /* POST /api/config/keys/delete-selected */
http_handler admin_api_key;               /* GET /api/keys/{id} */
http_handler admin_api_key_edit;          /* PATCH /api/keys/{id} */
http_handler admin_api_key_delete;        /* DELETE /api/keys/{id}, /api/config/keys/{id} */
http_handler admin_api_key_usage;         /* GET /api/key-usage-details/{id} */
http_handler admin_api_tokens;            /* GET /api/tokens */
http_handler admin_api_tokens_add;        /* POST /api/tokens */
http_handler admin_api_token_edit;        /* PATCH /api/tokens/{id} */
http_handler admin_api_token_delete;      /* DELETE /api/tokens/{id} */
http_handler admin_api_config_reset;      /* POST /api/config/reset */
http_handler admin_api_version;           /* GET /api/version/check */
http_handler admin_api_errors_delete;     /* DELETE /api/logs/errors */
http_handler admin_api_errors_clear;      /* DELETE /api/logs/errors/all */
http_handler admin_api_error_delete;      /* DELETE /api/logs/errors/{id} */
http_handler admin_api_config;            /* GET /api/config */
http_handler admin_api_config_save;       /* PUT /api/config */
http_handler admin_api_models;            /* GET /api/config/ui/models */
http_handler admin_api_proxy_check;       /* POST /api/config/proxy/check */
http_handler admin_api_proxy_check_all;   /* POST /api/config/proxy/check-all */
http_handler admin_api_requests;          /* GET /api/logs/requests */
http_handler admin_api_attempts;          /* GET /api/logs/requests/{id}/attempts */
http_handler admin_api_errors;            /* GET /api/logs/errors */
http_handler admin_api_log_details;       /* GET /api/logs/errors/{id}/details */
http_handler admin_api_log_lookup;        /* GET /api/logs/errors/lookup */
http_handler admin_api_stats;             /* GET /api/stats */
http_handler admin_api_stats_details;     /* GET /api/stats/details */
http_handler admin_api_stats_key_details; /* GET /api/stats/key-details */
http_handler admin_api_attention;         /* GET /api/stats/attention-keys */
http_handler admin_metrics;               /* GET /metrics */

http_handler admin_help_page;       /* GET /help */
http_handler admin_playground_page; /* GET /playground: `model` */
/* POST /playground: `model`, `text`, `token` (a number, 0 the admin's), `stream`. A page with the answer; for
 * who accepts JSON or a stream of events, the route's own answer. */
http_handler admin_playground_send;

http_handler admin_settings_page;    /* GET /config */
http_handler admin_settings_save;    /* POST /config: a field for each setting; `reset`: one name */
http_handler admin_settings_history; /* GET /config/history */
http_handler admin_audit_page;       /* GET /audit: `before` */
http_handler admin_proxies_page;     /* GET /config/proxies */
http_handler admin_proxies_test;     /* POST /config/proxies: `only` (a number), or all */
http_handler admin_models_page;      /* GET /config/models */
http_handler
    admin_models_action; /* POST /config/models: `action` (refresh), or `setting`, `model`... */
http_handler admin_settings_undo; /* POST /config/undo: field `id` of the history */

#endif
