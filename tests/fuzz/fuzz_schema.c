/* Any schema is cleaned into one without references, in bounded size. */
#include "fuzz.h"

#include "translate/schema_clean.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum schema_form forms[] = {SCHEMA_JSON, SCHEMA_OPENAPI};
    JSON_AUTO json_object *schema = json_parse_text((const char *)data, size, NULL);
    for (size_t i = 0; schema && i < ARRAY_LEN(forms); i++) {
        int nodes = SCHEMA_NODES_MAX;
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(256 * 1024 * 1024);
        JSON_AUTO json_object *cleaned = schema_clean(schema, forms[i], &nodes);
        promise(json_object_is_type(cleaned, json_type_object));
        schema_is_empty(cleaned);
        json_write(&out, cleaned);
        promise_json(&out);
    }
    return 0;
}
