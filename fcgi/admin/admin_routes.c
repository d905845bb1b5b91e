/* What the admin answers. app.c puts these rows behind the public ones and below ADMIN_PATH. */
#include "admin/admin.h"

#define PAGE(pattern, handler)                                       \
    {                                                                \
        HTTP_GET, pattern, ACCESS_ADMIN, DIALECT_PAGE, handler, NULL \
    }
#define ACTION(pattern, handler)                                      \
    {                                                                 \
        HTTP_POST, pattern, ACCESS_ADMIN, DIALECT_PAGE, handler, NULL \
    }
#define OPEN(method, pattern, handler)                              \
    {                                                               \
        method, pattern, ACCESS_PUBLIC, DIALECT_PAGE, handler, NULL \
    }

#define JSON(method, pattern, handler)                                 \
    {                                                                  \
        method, pattern, ACCESS_ADMIN_API, DIALECT_JSON, handler, NULL \
    }

const struct route admin_routes[] = {
    OPEN(HTTP_GET, "/", admin_root),
    OPEN(HTTP_POST, "/auth", admin_login),
    OPEN(HTTP_POST, "/setup", admin_setup),
    OPEN(HTTP_GET, "/static/{file...}", admin_static),
    ACTION("/logout", admin_logout),

    PAGE("/dashboard", admin_dashboard),

    PAGE("/keys", admin_keys_page),
    PAGE("/keys_status", admin_keys_status),
    ACTION("/keys/add", admin_keys_add),
    ACTION("/keys/action", admin_keys_action),
    PAGE("/keys/{id}", admin_key_page),
    ACTION("/keys/{id}", admin_key_save),
    ACTION("/keys/{id}/reveal", admin_key_reveal),

    PAGE("/tokens", admin_tokens_page),
    ACTION("/tokens/add", admin_tokens_add),
    ACTION("/tokens/action", admin_tokens_action),
    PAGE("/tokens/{id}", admin_token_page),
    ACTION("/tokens/{id}", admin_token_save),

    PAGE("/requests", admin_requests_page),
    PAGE("/requests.csv", admin_requests_csv),
    PAGE("/requests/{id}", admin_request_page),
    PAGE("/errors", admin_errors_page),
    PAGE("/errors.csv", admin_errors_csv),
    ACTION("/requests/delete", admin_log_delete),
    ACTION("/requests/keep", admin_log_keep),

    PAGE("/config", admin_settings_page),
    ACTION("/config", admin_settings_save),
    PAGE("/config/history", admin_settings_history),
    ACTION("/config/undo", admin_settings_undo),
    PAGE("/config/proxies", admin_proxies_page),
    ACTION("/config/proxies", admin_proxies_test),
    PAGE("/config/models", admin_models_page),
    ACTION("/config/models", admin_models_action),

    PAGE("/audit", admin_audit_page),
    PAGE("/help", admin_help_page),
    PAGE("/playground", admin_playground_page),
    ACTION("/playground", admin_playground_send),

    JSON(HTTP_GET, "/api/keys", admin_api_keys),
    JSON(HTTP_POST, "/api/keys", admin_api_keys_add),
    JSON(HTTP_GET, "/api/keys/all", admin_api_keys_all),
    JSON(HTTP_POST, "/api/keys/action", admin_api_keys_action),
    JSON(HTTP_GET, "/api/keys/{id}", admin_api_key),
    JSON(HTTP_PATCH, "/api/keys/{id}", admin_api_key_edit),
    JSON(HTTP_DELETE, "/api/keys/{id}", admin_api_key_delete),
    JSON(HTTP_POST, "/api/config/keys/delete-selected", admin_api_keys_delete),
    JSON(HTTP_DELETE, "/api/config/keys/{id}", admin_api_key_delete),
    JSON(HTTP_GET, "/api/key-usage-details/{id}", admin_api_key_usage),
    JSON(HTTP_GET, "/api/tokens", admin_api_tokens),
    JSON(HTTP_POST, "/api/tokens", admin_api_tokens_add),
    JSON(HTTP_PATCH, "/api/tokens/{id}", admin_api_token_edit),
    JSON(HTTP_DELETE, "/api/tokens/{id}", admin_api_token_delete),
    JSON(HTTP_POST, "/api/config/reset", admin_api_config_reset),
    JSON(HTTP_GET, "/api/version/check", admin_api_version),
    JSON(HTTP_DELETE, "/api/logs/errors", admin_api_errors_delete),
    JSON(HTTP_DELETE, "/api/logs/errors/all", admin_api_errors_clear),
    JSON(HTTP_DELETE, "/api/logs/errors/{id}", admin_api_error_delete),
    JSON(HTTP_GET, "/api/config", admin_api_config),
    JSON(HTTP_PUT, "/api/config", admin_api_config_save),
    JSON(HTTP_GET, "/api/config/ui/models", admin_api_models),
    JSON(HTTP_POST, "/api/config/proxy/check", admin_api_proxy_check),
    JSON(HTTP_POST, "/api/config/proxy/check-all", admin_api_proxy_check_all),
    JSON(HTTP_GET, "/api/logs/requests", admin_api_requests),
    JSON(HTTP_GET, "/api/logs/requests/{id}/attempts", admin_api_attempts),
    JSON(HTTP_GET, "/api/logs/errors", admin_api_errors),
    JSON(HTTP_GET, "/api/logs/errors/lookup", admin_api_log_lookup),
    JSON(HTTP_GET, "/api/logs/errors/{id}/details", admin_api_log_details),
    JSON(HTTP_GET, "/api/stats", admin_api_stats),
    JSON(HTTP_GET, "/api/stats/details", admin_api_stats_details),
    JSON(HTTP_GET, "/api/stats/key-details", admin_api_stats_key_details),
    JSON(HTTP_GET, "/api/stats/attention-keys", admin_api_attention),
    JSON(HTTP_GET, "/metrics", admin_metrics),

    {0, NULL, ACCESS_PUBLIC, DIALECT_PAGE, NULL, NULL},
};
