#include "translate/chat_extras.h"

#include "base/json.h"
#include "base/scope.h"

/* Google's documentation nests the fields as "extra_body": {"google": ...}; users of OpenAI's SDKs
 * arrive at each of these by passing that on once more or once less. */
static const char *const homes[] = {"google", "extra_body.google", "extra_body.extra_body.google",
                                    "extra_body"};

_Static_assert(2 * (ARRAY_LEN(homes) + 1) <= CHAT_EXTRAS_MAX, "a home and its config each");

static void add_place(struct chat_extras *extras, json_object *place)
{
    if (place)
        extras->places[extras->count++] = place;
}

static void add_config_of(struct chat_extras *extras, json_object *home)
{
    json_object *config = json_member2(home, "generationConfig", "generation_config");
    if (!extras->config)
        extras->config = config;
    add_place(extras, config);
}

/* Most bodies have none of the homes. */
static bool has_homes(json_object *body)
{
    return json_member(body, "google") || json_member(body, "extra_body");
}

struct chat_extras chat_extras_of(json_object *body)
{
    struct chat_extras extras = {.count = 0};
    bool look = has_homes(body);
    add_config_of(&extras, body);
    for (size_t i = 0; look && i < ARRAY_LEN(homes); i++) {
        json_object *home = json_path(body, homes[i]);
        add_config_of(&extras, home);
        add_place(&extras, home);
    }
    add_place(&extras, body);
    return extras;
}

json_object *chat_extra(const struct chat_extras *extras, const char *camel, const char *snake)
{
    json_object *value = NULL;
    for (size_t i = 0; i < extras->count && !value; i++)
        value = json_member2(extras->places[i], camel, snake);
    return value;
}
