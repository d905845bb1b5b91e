#include "translate/chat_extras.h"

#include "base/json.h"
#include "base/scope.h"

/* Google's documentation nests the fields as "extra_body": {"google": ...}; users of OpenAI's SDKs
 * arrive at each of these by passing that on once more or once less. */
static const char *const homes[] = {"google", "extra_body.google", "extra_body.extra_body.google",
                                    "extra_body"};

static json_object *in_config(json_object *home, const char *camel, const char *snake)
{
    json_object *config = json_member2(home, "generationConfig", "generation_config");
    return json_member2(config, camel, snake);
}

/* Most bodies have none of these homes. */
static bool has_homes(json_object *body)
{
    return json_member(body, "google") || json_member(body, "extra_body");
}

json_object *chat_extra(json_object *body, const char *camel, const char *snake)
{
    json_object *value = in_config(body, camel, snake);
    bool look = !value && has_homes(body);
    for (size_t i = 0; look && i < ARRAY_LEN(homes) && !value; i++) {
        json_object *home = json_path(body, homes[i]);
        value = in_config(home, camel, snake);
        if (!value)
            value = json_member2(home, camel, snake);
    }
    return value ? value : json_member2(body, camel, snake);
}

json_object *chat_generation_config(json_object *body)
{
    json_object *config = json_member2(body, "generationConfig", "generation_config");
    for (size_t i = 0; i < ARRAY_LEN(homes) && !config; i++)
        config = json_member2(json_path(body, homes[i]), "generationConfig", "generation_config");
    return config;
}
