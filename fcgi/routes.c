/* The whole route table: what there is, who may call it, whose errors it speaks. The first row that
 * fits wins. Errors of paths without a row are Google's or OpenAI's by their prefix. */
#include "admin/admin.h"
#include "api/api.h"
#include "app.h"

const struct route app_routes[] = {
    {HTTP_POST, "/v1/chat/completions", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_chat, NULL},
    {HTTP_GET, "/v1/models", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_models, NULL},
    {HTTP_GET, "/v1/models/{model...}", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_model, NULL},
    /* Google's SDKs call its version v1; with the two rows above see api_dialect(). */
    {HTTP_POST, "/v1/models/{model}:{verb}", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_call, NULL},
    {HTTP_POST, "/hf/v1/chat/completions", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_chat, NULL},
    {HTTP_GET, "/hf/v1/models", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_models, NULL},
    {HTTP_GET, "/hf/v1/models/{model...}", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_model, NULL},

    {HTTP_GET, "/v1beta/models", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_models, NULL},
    {HTTP_GET, "/v1beta/models/{model}", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_model, NULL},
    {HTTP_POST, "/v1beta/models/{model}:{verb}", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_call,
     NULL},
    {HTTP_GET, "/gemini/v1beta/models", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_models, NULL},
    {HTTP_GET, "/gemini/v1beta/models/{model}", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_model,
     NULL},
    {HTTP_POST, "/gemini/v1beta/models/{model}:{verb}", ACCESS_CLIENT, DIALECT_GEMINI,
     api_gemini_call, NULL},

    {HTTP_GET, "/health", ACCESS_PUBLIC, DIALECT_JSON, api_health, NULL},

    {HTTP_GET, "/", ACCESS_PUBLIC, DIALECT_PAGE, admin_root, NULL},
    {HTTP_POST, "/auth", ACCESS_PUBLIC, DIALECT_PAGE, admin_login, NULL},
    {HTTP_GET, "/static/{file...}", ACCESS_PUBLIC, DIALECT_PAGE, admin_static, NULL},
    {HTTP_POST, "/logout", ACCESS_ADMIN, DIALECT_PAGE, admin_logout, NULL},
    {HTTP_GET, "/keys", ACCESS_ADMIN, DIALECT_PAGE, admin_keys_page, NULL},
    {HTTP_GET, "/keys_status", ACCESS_ADMIN, DIALECT_PAGE, admin_keys_status, NULL},
    {HTTP_POST, "/keys/add", ACCESS_ADMIN, DIALECT_PAGE, admin_keys_add, NULL},
    {HTTP_POST, "/keys/action", ACCESS_ADMIN, DIALECT_PAGE, admin_keys_action, NULL},

    {0, NULL, ACCESS_PUBLIC, DIALECT_JSON, NULL, NULL},
};
