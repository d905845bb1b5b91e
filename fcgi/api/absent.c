/* What OpenAI has and nothing here stands for: said clearly, so that a client can go on. */
#include "api/api_call.h"

int api_openai_absent(struct http_call *call)
{
    const char *why = call->route->arg;
    call->log_row = api_log_row(call);
    return err_set(&call->err, ERR_NOT_FOUND, "%s", why), 404;
}
