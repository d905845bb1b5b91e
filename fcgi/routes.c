/* The whole route table: what there is, who may call it, whose errors it speaks. The first row that
 * fits wins. Errors of paths without a row are OpenAI's or Google's by their prefix (app.c). */
#include "admin/admin.h"
#include "api/api.h"
#include "app.h"

#define OPENAI(prefix)                                                                             \
    {HTTP_POST, prefix "/chat/completions", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_chat, NULL}, \
        {HTTP_GET, prefix "/models", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_models, NULL},      \
    {                                                                                              \
        HTTP_GET, prefix "/models/{model...}", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_model,    \
            NULL                                                                                   \
    }

#define GEMINI(prefix)                                                                               \
    {HTTP_GET, prefix "/models", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_models, NULL},            \
        {HTTP_GET, prefix "/models/{model}", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_model, NULL}, \
    {                                                                                                \
        HTTP_POST, prefix "/models/{model}:{verb}", ACCESS_CLIENT, DIALECT_GEMINI,                   \
            api_gemini_call, NULL                                                                    \
    }

const struct route app_routes[] = {
    OPENAI("/v1"),
    OPENAI("/hf/v1"),
    GEMINI("/v1beta"),
    GEMINI("/gemini/v1beta"),

    {HTTP_GET, "/health", ACCESS_PUBLIC, DIALECT_JSON, api_health, NULL},

    {HTTP_GET, "/", ACCESS_PUBLIC, DIALECT_PAGE, admin_root, NULL},
    {HTTP_POST, "/auth", ACCESS_PUBLIC, DIALECT_PAGE, admin_login, NULL},
    {HTTP_POST, "/logout", ACCESS_ADMIN, DIALECT_PAGE, admin_logout, NULL},
    {HTTP_GET, "/keys", ACCESS_ADMIN, DIALECT_PAGE, admin_keys_page, NULL},
    {HTTP_GET, "/keys_status", ACCESS_ADMIN, DIALECT_PAGE, admin_keys_status, NULL},
    {HTTP_POST, "/keys/add", ACCESS_ADMIN, DIALECT_PAGE, admin_keys_add, NULL},
    {HTTP_POST, "/keys/action", ACCESS_ADMIN, DIALECT_PAGE, admin_keys_action, NULL},
    {HTTP_GET, "/static/{file...}", ACCESS_PUBLIC, DIALECT_PAGE, admin_static, NULL},

    {0, NULL, ACCESS_PUBLIC, DIALECT_JSON, NULL, NULL},
};
