#include "translate/reply.h"

#include "base/limits.h"
#include "base/text.h"

static void replace_text(char *buf, size_t size, const char *text)
{
    if (*text)
        text_copy(buf, size, text);
}

int64_t token_count(int64_t told)
{
    return told >= 0 && told <= LIMIT_TOKENS ? told : 0;
}

void token_usage_add(struct token_usage *sum, const struct token_usage *more)
{
    sum->known |= more->known;
    sum->prompt += more->prompt;
    sum->tool_use += more->tool_use;
    sum->cached += more->cached;
    sum->output += more->output;
    sum->thoughts += more->thoughts;
    sum->total += more->total;
}

void reply_facts_merge(struct reply_facts *all, const struct reply_facts *event)
{
    all->meaningful |= event->meaningful;
    all->visible |= event->visible;
    all->finished |= event->finished;
    all->has_error |= event->has_error;
    all->malformed |= event->malformed;
    all->continues |= event->continues;
    all->refused |= event->refused;
    if (event->error_code)
        all->error_code = event->error_code;
    if (event->usage.known)
        all->usage = event->usage;
    replace_text(all->finish_reason, sizeof(all->finish_reason), event->finish_reason);
    replace_text(all->block_reason, sizeof(all->block_reason), event->block_reason);
    replace_text(all->model_version, sizeof(all->model_version), event->model_version);
}
