#include "admin/token_names.h"

#include "base/text.h"
#include "base/vec.h"
#include "store/store_tokens.h"

static int add(void *ctx, const struct store_token *token)
{
    struct token_names *names = ctx;
    const char *name = text_empty(token->name) ? token->hint : token->name;
    const struct token_name item = {token->id, arena_strdup(names->arena, name)};
    VEC_PUSH(names, item);
    return 0;
}

int token_names_read(struct token_names *names, const struct page *page, struct err *err)
{
    *names =
        (struct token_names){.admin = page_text(page, STRING_ADMIN_TOKEN), .arena = page->arena};
    return store_tokens_each(page->call->admin->store, false, add, names, err);
}

void token_names_free(struct token_names *names)
{
    VEC_FREE(names);
}

const char *token_names_of(const struct token_names *names, int64_t id)
{
    for (size_t i = 0; i < names->len; i++) {
        if (names->items[i].id == id)
            return names->items[i].name;
    }
    return id == 0 ? names->admin : arena_printf(names->arena, "#%lld", (long long)id);
}
