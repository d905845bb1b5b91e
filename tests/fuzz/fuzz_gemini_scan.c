/* The scanner takes what the parser takes, and both find the same member. */
#include "fuzz.h"

#include "translate/gemini_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t start, end;
    struct reply_facts facts;
    const char *text = (const char *)data;
    STRBUF_AUTO struct strbuf token = STRBUF_INIT(1024 * 1024);
    JSON_AUTO json_object *parsed = json_parse_text(text, size, NULL);
    gemini_scan_reply(text, size, &facts);
    gemini_scan_continuation(text, size, &token);
    int found = gemini_scan_member(text, size, "usageMetadata", &start, &end);
    if (found == 1)
        promise(start < end && end <= size);
    if (!json_object_is_type(parsed, json_type_object))
        return 0;
    promise(found >= 0);
    promise(facts.malformed == (json_object_object_length(parsed) == 0));
    json_object *member = json_member(parsed, "usageMetadata");
    if (found == 1 && member) {
        JSON_AUTO json_object *value = json_parse_text(text + start, end - start, NULL);
        promise(json_object_equal(value, member));
    }
    return 0;
}
