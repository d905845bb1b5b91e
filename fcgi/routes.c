/* The public routes: what there is, who may call it, whose errors it speaks. The first row that
 * fits wins. Errors of paths without a row are Google's or OpenAI's by their prefix. The admin's
 * rows stand in admin/admin_routes.c and come after these. */
#include "api/api.h"
#include "api/image_put.h"
#include "app.h"

/* The table of native_path.c says which method a path takes. */
#define ANY (HTTP_GET | HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE)
/* What only Google has below /v1. */
#define V1_NATIVE(collection)                                                                \
    {ANY, "/v1/" collection, ACCESS_CLIENT, DIALECT_GEMINI, api_native, "v1"},               \
    {                                                                                        \
        ANY, "/v1/" collection "/{rest...}", ACCESS_CLIENT, DIALECT_GEMINI, api_native, "v1" \
    }

/* What OpenAI has and nothing here stands for. */
#define ABSENT(path, why)                                                \
    {                                                                    \
        ANY, path, ACCESS_CLIENT, DIALECT_OPENAI, api_openai_absent, why \
    }

const struct route app_routes[] = {
    {HTTP_POST, "/v1/chat/completions", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_chat, NULL},
    {HTTP_POST, "/v1/completions", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_completions, NULL},
    {HTTP_POST, "/v1/embeddings", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_embeddings, NULL},
    {HTTP_POST, "/v1/images/generations", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_images, NULL},
    {HTTP_POST, "/v1/images/edits", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_image_edits, NULL},
    {HTTP_POST, "/v1/audio/speech", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_speech, NULL},
    {HTTP_POST, "/v1/audio/transcriptions", ACCESS_CLIENT, DIALECT_OPENAI,
     api_openai_transcriptions, NULL},
    {HTTP_POST, "/v1/audio/translations", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_translations,
     NULL},
    {ANY, "/v1/models/{model}/operations/{rest...}", ACCESS_CLIENT, DIALECT_GEMINI, api_native,
     "v1"},
    {HTTP_GET, "/v1/models", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_models, NULL},
    {HTTP_GET, "/v1/models/{model...}", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_model, NULL},
    /* Google's SDKs call its version v1; with the two rows above see api_dialect(). */
    {HTTP_POST, "/v1/models/{model}:{verb}", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_call, NULL},
    /* OpenAI's files and batches are not offered: what is meant there is Google's. */
    {ANY, "/v1/files", ACCESS_CLIENT, DIALECT_OPENAI, api_native_v1, "v1"},
    {ANY, "/v1/files/{rest...}", ACCESS_CLIENT, DIALECT_OPENAI, api_native_v1, "v1"},
    {ANY, "/v1/batches", ACCESS_CLIENT, DIALECT_OPENAI, api_native_v1, "v1"},
    {ANY, "/v1/batches/{rest...}", ACCESS_CLIENT, DIALECT_OPENAI, api_native_v1, "v1"},
    {HTTP_POST, "/hf/v1/chat/completions", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_chat, NULL},
    {HTTP_POST, "/hf/v1/completions", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_completions, NULL},
    {HTTP_POST, "/hf/v1/embeddings", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_embeddings, NULL},
    {HTTP_POST, "/hf/v1/images/generations", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_images,
     NULL},
    {HTTP_POST, "/hf/v1/images/edits", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_image_edits, NULL},
    {HTTP_POST, "/hf/v1/audio/speech", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_speech, NULL},
    {HTTP_POST, "/hf/v1/audio/transcriptions", ACCESS_CLIENT, DIALECT_OPENAI,
     api_openai_transcriptions, NULL},
    {HTTP_POST, "/hf/v1/audio/translations", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_translations,
     NULL},
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

    /* Google's own layer in OpenAI's dialect. */
    {ANY, "/openai/v1/{rest...}", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_layer, NULL},
    {ANY, "/v1beta/openai/{rest...}", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_layer, NULL},
    {ANY, "/gemini/v1beta/openai/{rest...}", ACCESS_CLIENT, DIALECT_OPENAI, api_openai_layer, NULL},

    /* Everything else of Google's own API. An upload's id is the credential of its bytes, so uploads
     * check access themselves. */
    {ANY, "/upload/{version}/{rest...}", ACCESS_PUBLIC, DIALECT_GEMINI, api_upload, NULL},
    {ANY, "/gemini/upload/{version}/{rest...}", ACCESS_PUBLIC, DIALECT_GEMINI, api_upload, NULL},
    {ANY, "/download/{version}/{rest...}", ACCESS_CLIENT, DIALECT_GEMINI, api_native, "download"},
    {ANY, "/v1beta", ACCESS_CLIENT, DIALECT_GEMINI, api_native, "v1beta"},
    {ANY, "/v1beta/{rest...}", ACCESS_CLIENT, DIALECT_GEMINI, api_native, "v1beta"},
    {ANY, "/gemini/v1beta/{rest...}", ACCESS_CLIENT, DIALECT_GEMINI, api_native, "v1beta"},
    {HTTP_GET, "/v1alpha/models", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_models, NULL},
    {HTTP_GET, "/v1alpha/models/{model}", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_model, NULL},
    {HTTP_POST, "/v1alpha/models/{model}:{verb}", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_call,
     "v1alpha"},
    {ANY, "/v1alpha/{rest...}", ACCESS_CLIENT, DIALECT_GEMINI, api_native, "v1alpha"},
    V1_NATIVE("cachedContents"),
    V1_NATIVE("fileSearchStores"),
    V1_NATIVE("operations"),
    V1_NATIVE("tunedModels"),
    V1_NATIVE("interactions"),
    V1_NATIVE("agents"),
    V1_NATIVE("environments"),
    V1_NATIVE("credentials"),
    V1_NATIVE("triggers"),
    V1_NATIVE("webhooks"),
    V1_NATIVE("voices"),
    V1_NATIVE("decisions"),
    {ANY, "/ws/{rest...}", ACCESS_PUBLIC, DIALECT_GEMINI, api_live, NULL},

    /* Vertex AI Express: its own keys; the list of models is the one there is. */
    {HTTP_GET, "/vertex-express/v1beta/models", ACCESS_CLIENT, DIALECT_GEMINI, api_gemini_models,
     NULL},
    {HTTP_GET, "/vertex-express/v1beta/models/{model}", ACCESS_CLIENT, DIALECT_GEMINI,
     api_gemini_model, NULL},
    {HTTP_POST, "/vertex-express/v1beta/models/{model}:{verb}", ACCESS_CLIENT, DIALECT_GEMINI,
     api_vertex_call, NULL},

    ABSENT("/v1/responses", "the Responses API is not offered: use /v1/chat/completions, which "
                            "clients call chat completions"),
    ABSENT("/v1/responses/{path...}", "the Responses API is not offered: use /v1/chat/completions"),
    ABSENT("/v1/messages", "Anthropic's format is not offered: use OpenAI's at "
                           "/v1/chat/completions or Google's at /v1beta"),
    ABSENT("/v1/messages/{path...}", "Anthropic's format is not offered: use OpenAI's or Google's"),
    ABSENT("/v1/moderations", "moderation is not offered: Gemini has no model for it"),
    ABSENT("/v1/images/variations", "variations are not offered: use /v1/images/edits"),
    ABSENT("/v1/fine_tuning/{path...}", "fine-tuning is not offered"),
    ABSENT("/v1/assistants", "assistants are not offered"),
    ABSENT("/v1/threads", "threads are not offered"),
    ABSENT("/v1/vector_stores", "vector stores are not offered: see Google's fileSearchStores"),
    ABSENT("/v1/dashboard/billing/{path...}", "there are no bills here"),
    ABSENT("/dashboard/billing/{path...}", "there are no bills here"),

    /* The signature in the address is the credential: see imagehost/image_shelf.h. */
    {HTTP_GET, IMAGE_PATH "/{signature}/{name}", ACCESS_PUBLIC, DIALECT_JSON, api_image, NULL},
    {HTTP_GET, "/health", ACCESS_PUBLIC, DIALECT_JSON, api_health, NULL},

    {0, NULL, ACCESS_PUBLIC, DIALECT_JSON, NULL, NULL},
};

static size_t rows_of(const struct route *rows)
{
    size_t count = 0;
    while (rows[count].pattern)
        count++;
    return count;
}

struct route *app_routes_join(const char *admin_path, struct arena *arena)
{
    size_t public_count = rows_of(app_routes);
    size_t admin_count = admin_path ? rows_of(admin_routes) : 0;
    struct route *rows = ARENA_ARRAY(arena, struct route, public_count + admin_count + 1);
    for (size_t i = 0; i < public_count; i++)
        rows[i] = app_routes[i];
    for (size_t i = 0; i < admin_count; i++) {
        struct route *row = &rows[public_count + i];
        *row = admin_routes[i];
        row->pattern = arena_printf(arena, "%s%s", admin_path, row->pattern);
    }
    return rows;
}
