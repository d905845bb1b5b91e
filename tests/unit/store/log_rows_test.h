/* Rows of the log as tests make them. */
#ifndef LOG_ROWS_TEST_H
#define LOG_ROWS_TEST_H

#include "store/store_log.h"
#include "store_test.h"

static inline struct log_request request_row(int64_t id, int64_t time_ms, const char *model,
                                             int status)
{
    struct log_request row = {.id = id,
                              .time_ms = time_ms,
                              .token_id = 1,
                              .status = status,
                              .streamed = true,
                              .attempts = 1,
                              .duration_ms = 1000,
                              .first_token_ms = status == 200 ? 300 : -1,
                              .own_us = 150,
                              .prompt_tokens = 10,
                              .output_tokens = 20,
                              .thought_tokens = 5,
                              .cached_tokens = 2};
    snprintf(row.route, sizeof(row.route), "/v1/chat/completions");
    snprintf(row.dialect, sizeof(row.dialect), "openai");
    snprintf(row.model, sizeof(row.model), "%s", model);
    snprintf(row.served_model, sizeof(row.served_model), "%s", model);
    snprintf(row.client, sizeof(row.client), "192.0.2.7");
    snprintf(row.agent, sizeof(row.agent), "test/1.0");
    if (status >= 400)
        snprintf(row.error, sizeof(row.error), "status %d", status);
    return row;
}

static inline struct log_attempt attempt_row(int64_t request_id, int64_t time_ms, int64_t key_id,
                                             const char *model, int status)
{
    struct log_attempt row = {.request_id = request_id,
                              .number = 1,
                              .time_ms = time_ms,
                              .key_id = key_id,
                              .status = status,
                              .duration_ms = 900,
                              .first_byte_ms = status == 200 ? 250 : -1,
                              .prompt_tokens = 10,
                              .output_tokens = 20,
                              .thought_tokens = 5,
                              .cached_tokens = 2};
    snprintf(row.model, sizeof(row.model), "%s", model);
    snprintf(row.outcome, sizeof(row.outcome), status > 0 ? "ok" : "connect");
    snprintf(row.rule, sizeof(row.rule), status == 429 ? "minute_requests" : "success");
    snprintf(row.effect, sizeof(row.effect), status == 429 ? "rest" : "none");
    if (status != 200)
        snprintf(row.error, sizeof(row.error), "status %d", status);
    return row;
}

#endif
