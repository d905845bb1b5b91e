#include "translate/builtin_tools.h"

#include <stdbool.h>

#include "base/json.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/json_list.h"

static const struct builtin_word {
    const char *word;
    const char *tool;
    bool function; /* also as the name of a function */
    bool plain;    /* means something without settings */
} words[] = {
    {"googleSearch", "googleSearch", true, true},
    {"google_search", "googleSearch", true, true},
    {"web_search", "googleSearch", false, true},
    {"web_search_preview", "googleSearch", false, true},
    {"googleSearchRetrieval", "googleSearchRetrieval", false, false},
    {"google_search_retrieval", "googleSearchRetrieval", false, false},
    {"codeExecution", "codeExecution", true, true},
    {"code_execution", "codeExecution", true, true},
    {"code_interpreter", "codeExecution", false, true},
    {"urlContext", "urlContext", true, true},
    {"url_context", "urlContext", true, true},
    {"googleMaps", "googleMaps", false, true},
    {"google_maps", "googleMaps", false, true},
    {"fileSearch", "fileSearch", false, false},
    {"file_search", "fileSearch", false, false},
    {"computerUse", "computerUse", false, false},
    {"computer_use", "computerUse", false, false},
};

const char *builtin_tool_of_type(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (words[i].plain && text_eq(words[i].word, word))
            return words[i].tool;
    return NULL;
}

const char *builtin_tool_of_function(const char *name, json_object *parameters)
{
    json_object *properties = json_get_obj(parameters, "properties");
    if (properties && json_members(properties) > 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (words[i].function && text_eq(words[i].word, name))
            return words[i].tool;
    return NULL;
}

const char *builtin_tool_of_member(json_object *tool, json_object **settings_r)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        json_object *settings = json_get_obj(tool, words[i].word);
        if (settings) {
            *settings_r = settings;
            return words[i].tool;
        }
    }
    return NULL;
}
