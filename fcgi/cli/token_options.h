/* The name and the limits of a client token, as gbctl's options give them. */
#ifndef CLI_TOKEN_OPTIONS_H
#define CLI_TOKEN_OPTIONS_H

#include "cli/cli.h"
#include "store/store_tokens.h"

struct token_options {
    bool any;           /* one was given */
    const char *name;   /* of the rest NULL: stays as it is */
    const char *models; /* "a,b-*"; "all" or "" for every model */
    const char *requests_per_minute, *requests_per_day, *tokens_per_day;
    const char *expires; /* "30d", "2027-01-31" (its end, UTC), "never" */
};

/* Takes them out of the arguments and checks them: 0, or -1 with err naming the option. */
int token_options_take(struct token_options *options, struct cli *cli, struct err *err);
/* Writes them to the token; what was not given stays. */
int token_options_apply(const struct token_options *options, struct store *store, int64_t id,
                        struct err *err);
/* " rpm=5 models=..." for each limit that is set. */
void token_limits_print(const struct store_token *token);

#endif
