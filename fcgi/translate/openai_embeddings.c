#include "translate/openai_embeddings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/json_list.h"

/* More than any model has. */
#define DIMENSIONS_MAX 16384
/* Vectors whose squared length differs less from 1 are passed on as they came. */
#define UNIT_TOLERANCE 1e-3
#define BYTES_PER_TOKEN 4

/* --- the request ----------------------------------------------------------------------------- */

static int check_input(json_object *input, size_t index, struct err *err)
{
    if (json_is_num(input) || json_object_is_type(input, json_type_array))
        return err_set_param(err, ERR_INVALID, "input",
                             "arrays of tokens cannot be embedded: send texts (in LangChain "
                             "check_embedding_ctx_length=False)");
    char param[40];
    snprintf(param, sizeof(param), "input[%zu]", index);
    if (!json_is_str(input))
        return err_set_param(err, ERR_INVALID, param, "%s must be a text", param);
    if (json_object_get_string_len(input) == 0)
        return err_set_param(err, ERR_INVALID, param, "%s must not be empty", param);
    return 0;
}

static int read_list(struct embeddings_request *request, json_object *list, struct err *err)
{
    size_t count = json_object_array_length(list);
    if (count == 0 || count > EMBEDDINGS_INPUTS_MAX)
        return err_set_param(err, ERR_INVALID, "input", "input must hold 1 to %d texts",
                             EMBEDDINGS_INPUTS_MAX);
    for (size_t i = 0; i < count; i++) {
        json_object *input = json_object_array_get_idx(list, i);
        if (check_input(input, i, err) < 0)
            return -1;
        request->text_bytes += json_object_get_string_len(input);
    }
    request->inputs = json_object_get(list);
    return 0;
}

static int read_input(struct embeddings_request *request, json_object *body, struct err *err)
{
    json_object *input = json_member(body, "input");
    if (json_object_is_type(input, json_type_array))
        return read_list(request, input, err);
    if (!json_is_str(input) || json_object_get_string_len(input) == 0)
        return err_set_param(err, ERR_INVALID, "input",
                             "input must be a text that is not empty, or a list of them");
    request->text_bytes = json_object_get_string_len(input);
    request->inputs = json_object_new_array();
    json_object_array_add(request->inputs, json_object_get(input));
    return 0;
}

static int read_dimensions(struct embeddings_request *request, json_object *body, struct err *err)
{
    json_object *given = json_member(body, "dimensions");
    if (!given)
        return 0;
    request->dimensions =
        json_object_is_type(given, json_type_int) ? json_object_get_int64(given) : 0;
    if (request->dimensions < 1 || request->dimensions > DIMENSIONS_MAX)
        return err_set_param(err, ERR_INVALID, "dimensions",
                             "dimensions must be a whole number from 1 to %d", DIMENSIONS_MAX);
    return 0;
}

static int read_format(struct embeddings_request *request, json_object *body, struct err *err)
{
    json_object *given = json_member(body, "encoding_format");
    const char *word = json_is_str(given) ? json_object_get_string(given) : given ? "" : "float";
    request->base64 = text_eq(word, "base64");
    if (!request->base64 && !text_eq(word, "float"))
        return err_set_param(err, ERR_INVALID, "encoding_format",
                             "encoding_format must be float or base64");
    return 0;
}

/* What others call the purpose of a text. */
static const struct {
    const char *word;
    const char *google;
} task_words[] = {
    {"query", "RETRIEVAL_QUERY"},
    {"search_query", "RETRIEVAL_QUERY"},
    {"document", "RETRIEVAL_DOCUMENT"},
    {"passage", "RETRIEVAL_DOCUMENT"},
    {"search_document", "RETRIEVAL_DOCUMENT"},
    {"classification", "CLASSIFICATION"},
    {"clustering", "CLUSTERING"},
    {"SEMANTIC_SIMILARITY", "SEMANTIC_SIMILARITY"},
    {"RETRIEVAL_QUERY", "RETRIEVAL_QUERY"},
    {"RETRIEVAL_DOCUMENT", "RETRIEVAL_DOCUMENT"},
    {"QUESTION_ANSWERING", "QUESTION_ANSWERING"},
    {"FACT_VERIFICATION", "FACT_VERIFICATION"},
    {"CODE_RETRIEVAL_QUERY", "CODE_RETRIEVAL_QUERY"},
};

static int read_task(struct embeddings_request *request, json_object *body, struct err *err)
{
    const char *name = json_member(body, "task_type") ? "task_type" : "input_type";
    json_object *given = json_member(body, name);
    const char *word = json_is_str(given) ? json_object_get_string(given) : "";
    if (!given)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(task_words); i++) {
        if (!text_ieq(task_words[i].word, word))
            continue;
        text_copy(request->task_type, sizeof(request->task_type), task_words[i].google);
        return 0;
    }
    return err_set_param(err, ERR_INVALID, name,
                         "%s is not known: RETRIEVAL_QUERY and RETRIEVAL_DOCUMENT, for example, "
                         "are",
                         name);
}

static int read_model(struct embeddings_request *request, json_object *body, struct err *err)
{
    const char *model = json_get_str(body, "model", "");
    if (!json_is_str(json_member(body, "model")) || text_empty(model))
        return err_set_param(err, ERR_INVALID, "model", "model must name an embedding model");
    if (!text_copy(request->model, sizeof(request->model), model))
        return err_set_param(err, ERR_INVALID, "model", "model is too long");
    return 0;
}

int embeddings_request_parse(struct embeddings_request *request, json_object *body, struct err *err)
{
    memset(request, 0, sizeof(*request));
    if (read_model(request, body, err) < 0 || read_dimensions(request, body, err) < 0 ||
        read_format(request, body, err) < 0 || read_task(request, body, err) < 0)
        return -1;
    return read_input(request, body, err);
}

void embeddings_request_free(struct embeddings_request *request)
{
    json_object_put(request->inputs);
    request->inputs = NULL;
}

/* --- chunks ---------------------------------------------------------------------------------- */

int embeddings_chunk_count(const struct embeddings_request *request)
{
    int count = (int)json_list_len(request->inputs);
    return (count + EMBEDDINGS_CHUNK - 1) / EMBEDDINGS_CHUNK;
}

int embeddings_chunk_len(const struct embeddings_request *request, int chunk)
{
    int left = (int)json_list_len(request->inputs) - chunk * EMBEDDINGS_CHUNK;
    return left < EMBEDDINGS_CHUNK ? left : EMBEDDINGS_CHUNK;
}

static json_object *embed_request(const struct embeddings_request *request, const char *model,
                                  json_object *text)
{
    json_object *one = json_object_new_object();
    json_object *content = json_object_new_object();
    json_object *parts = json_object_new_array();
    json_object *part = json_object_new_object();
    json_add_ref(part, "text", text);
    json_object_array_add(parts, part);
    json_add(content, "parts", parts);
    FREE_AUTO char *name = xasprintf("models/%s", model);
    json_add_str(one, "model", name);
    json_add(one, "content", content);
    if (request->dimensions)
        json_add_int(one, "outputDimensionality", request->dimensions);
    /* Its successor takes the purpose as words in the text and refuses the field. */
    if (request->task_type[0] && text_match("*embedding-001", model))
        json_add_str(one, "taskType", request->task_type);
    return one;
}

void embeddings_chunk_write(const struct embeddings_request *request, int chunk,
                            const char *gemini_model, struct strbuf *out)
{
    JSON_AUTO json_object *body = json_object_new_object();
    json_object *requests = json_object_new_array();
    int count = embeddings_chunk_len(request, chunk);
    for (int i = 0; i < count; i++) {
        json_object *text =
            json_list_at(request->inputs, (size_t)chunk * EMBEDDINGS_CHUNK + (size_t)i);
        json_object_array_add(requests, embed_request(request, gemini_model, text));
    }
    json_add(body, "requests", requests);
    json_write(out, body);
}

/* --- vectors --------------------------------------------------------------------------------- */

/* What the vector has to be multiplied with; 1 where it has length 1, or none. */
static double unit_factor(json_object *values)
{
    double squares = 0;
    size_t count = json_list_len(values);
    for (size_t i = 0; i < count; i++) {
        double value = json_object_get_double(json_list_at(values, i));
        squares += value * value;
    }
    if (squares <= 0 || !isfinite(squares) || fabs(squares - 1) < UNIT_TOLERANCE)
        return 1;
    return 1 / sqrt(squares);
}

static json_object *as_base64(json_object *values, double factor)
{
    size_t count = json_list_len(values);
    FREE_AUTO unsigned char *bytes = xcalloc(count + 1, sizeof(uint32_t));
    for (size_t i = 0; i < count; i++) {
        float value = (float)(json_object_get_double(json_list_at(values, i)) * factor);
        uint32_t bits;
        memcpy(&bits, &value, sizeof(bits));
        for (size_t byte = 0; byte < sizeof(bits); byte++)
            bytes[i * sizeof(bits) + byte] = (unsigned char)(bits >> (8 * byte));
    }
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(MIB);
    base64_encode(&text, bytes, count * sizeof(uint32_t));
    return json_object_new_string_len(strbuf_str(&text), (int)text.len);
}

/* Nine digits hold a float32. */
static json_object *scaled(json_object *values, double factor)
{
    json_object *all = json_object_new_array();
    size_t count = json_list_len(values);
    for (size_t i = 0; i < count; i++) {
        char text[32];
        double value = json_object_get_double(json_list_at(values, i)) * factor;
        snprintf(text, sizeof(text), "%.9g", value);
        json_object_array_add(all, json_object_new_double_s(value, text));
    }
    return all;
}

/* The numbers as one object that is written as their text: a tree of each number of a large
 * request would take some twenty times the memory. */
static json_object *as_numbers(json_object *values, double factor)
{
    JSON_AUTO json_object *numbers = factor == 1 ? json_object_get(values) : scaled(values, factor);
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(4 * MIB);
    json_write(&text, numbers);
    return json_raw_take(strbuf_take(&text, NULL));
}

static json_object *entry(const struct embeddings_request *request, json_object *values,
                          int64_t index)
{
    json_object *one = json_object_new_object();
    double factor = unit_factor(values);
    json_add_str(one, "object", "embedding");
    json_add_int(one, "index", index);
    json_add(one, "embedding",
             request->base64 ? as_base64(values, factor) : as_numbers(values, factor));
    return one;
}

int embeddings_chunk_read(const struct embeddings_request *request, int chunk, const char *body,
                          size_t len, json_object *data, struct err *err)
{
    int expected = embeddings_chunk_len(request, chunk);
    JSON_AUTO json_object *answer = json_parse_text(body, len, NULL);
    json_object *vectors = json_get_arr(answer, "embeddings");
    if ((int)json_list_len(vectors) != expected)
        return err_set(err, ERR_IO, "upstream sent %zu vectors for %d texts",
                       json_list_len(vectors), expected);
    for (int i = 0; i < expected; i++) {
        json_object *values = json_get_arr(json_list_at(vectors, (size_t)i), "values");
        if (json_list_len(values) == 0)
            return err_set(err, ERR_IO, "upstream sent a vector without values");
        json_object_array_add(data, entry(request, values, (int64_t)chunk * EMBEDDINGS_CHUNK + i));
    }
    return 0;
}

json_object *embeddings_answer(const struct embeddings_request *request, json_object *data,
                               int64_t prompt_tokens)
{
    json_object *answer = json_object_new_object();
    json_object *usage = json_object_new_object();
    int64_t tokens = prompt_tokens > 0
                         ? prompt_tokens
                         : (request->text_bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
    json_add_str(answer, "object", "list");
    json_add(answer, "data", data);
    json_add_str(answer, "model", request->model);
    json_add_int(usage, "prompt_tokens", tokens);
    json_add_int(usage, "total_tokens", tokens);
    json_add(answer, "usage", usage);
    return answer;
}
