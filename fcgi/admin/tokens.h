/* The pages of tokens, as their actions show them again. */
#ifndef ADMIN_TOKENS_H
#define ADMIN_TOKENS_H

#include "admin/token_form.h"

/* The list, with the form of a new token as it was typed. `secret` is shown once; NULL: none. */
int tokens_send_list(struct http_call *call, const struct token_form *form, const char *secret,
                     int status);
/* The page of one token. */
int tokens_send_one(struct http_call *call, const struct token_form *form, int64_t id, int status);
/* As OpenAI's clients expect a key to look; 48 characters of chance. */
#define TOKEN_PREFIX "sk-"
enum { TOKEN_CHANCE = 48, TOKEN_SECRET_LEN = sizeof(TOKEN_PREFIX) + TOKEN_CHANCE };
/* Each writes the store and the audit log; 0, or -1 with call->err. tokens_make() sets form->token.id
 * and the secret, to be wiped. */
int tokens_make(struct http_call *call, struct token_form *form, char secret_r[TOKEN_SECRET_LEN]);
int tokens_change(struct http_call *call, const struct token_form *form);
int tokens_pause(struct http_call *call, int64_t id, bool paused);
int tokens_delete(struct http_call *call, int64_t id);

/* The secret of a token, in the arena; NULL when there is none such, and with call->err when the store cannot
 * be read. Not audited: that is for who shows it. */
const char *tokens_secret(struct http_call *call, int64_t id);

/* The token of the route's {id}. 0, or -1 with call->err (ERR_NOT_FOUND). */
int tokens_find(struct http_call *call, struct token_form *form, int64_t *id_r);

#endif
