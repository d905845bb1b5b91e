/* What an error body of Google's says: parsed once, defensively (object, array of one, HTML, empty,
 * JSON inside the message). Facts: google.rpc.{QuotaFailure,RetryInfo,ErrorInfo,BadRequest}. */
#ifndef EXCHANGE_GOOGLE_ERROR_H
#define EXCHANGE_GOOGLE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool/key_pool.h"

#define GOOGLE_VIOLATIONS_MAX 8

struct google_violation {
    char quota_id[128];
    char quota_metric[128];
    char model[128];
    bool has_value;
    int64_t value; /* quotaValue */
};

struct google_error {
    bool parsed;       /* a body of Google's shape */
    int code;          /* error.code, or from the status word; 0 unknown */
    char status[40];   /* "RESOURCE_EXHAUSTED" */
    char reason[64];   /* ErrorInfo.reason */
    char project[40];  /* "projects/N" of whose call it was: ErrorInfo's consumer; "" not told */
    char message[600]; /* cut; redacted. Of an HTML page its title */
    char detail[300];  /* DebugInfo.detail, cut; redacted */
    int64_t retry_delay_ms; /* RetryInfo or "Please retry in ...", the longer; -1 none */
    bool limit_zero;        /* `limit: 0` in the message, or every quotaValue is 0 */
    struct google_violation violations[GOOGLE_VIOLATIONS_MAX];
    int violation_count;
};

/* Fills error_r from a body of any kind; `parsed` tells whether it was one of Google's. */
void google_error_parse(struct google_error *error_r, const char *body, size_t len);

/* Whether a violation is of a quota that ends with the (Pacific) day, or with the minute. */
bool google_violation_daily(const struct google_violation *violation);
bool google_violation_minutely(const struct google_violation *violation);

#endif
