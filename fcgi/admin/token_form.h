/* The form of a client token: what was typed, and what it means. */
#ifndef ADMIN_TOKEN_FORM_H
#define ADMIN_TOKEN_FORM_H

#include "admin/page.h"
#include "store/store_tokens.h"

enum token_field {
    TOKEN_NAME,
    TOKEN_EXPIRES, /* a day: "2026-12-31" */
    TOKEN_MODELS,  /* a pattern in each line */
    TOKEN_RPM,
    TOKEN_RPD,
    TOKEN_TPD,
    TOKEN_FIELDS
};

/* Their names in forms and in JSON. */
extern const char *const token_field_names[TOKEN_FIELDS];

struct token_form {
    const char *inputs[TOKEN_FIELDS];
    bool wrong[TOKEN_FIELDS];
    bool is_wrong;
    struct store_token token; /* what it means, when nothing is wrong; id is not set */
};

/* The patterns of a token's JSON list, one in each line. */
const char *token_model_lines(const char *json, struct arena *arena);
/* As the store has it. */
void token_form_show(struct token_form *form, const struct store_token *token, struct arena *arena);
/* As it was posted. */
void token_form_read(struct token_form *form, const struct http_form *posted, struct arena *arena);
/* Fills the fields of the include `name`. */
void token_form_fill(const struct page *page, const char *name, const struct token_form *form);

#endif
