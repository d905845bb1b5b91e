#include "admin/confirm.h"

#include "base/text.h"

bool confirm_given(const struct http_call *call)
{
    return http_form_get(admin_form(call), "confirm") != NULL;
}

int confirm_ask(struct http_call *call, const struct confirm *confirm)
{
    const struct http_form *form = admin_form(call);
    struct page page;
    page_begin(&page, call, "confirm.tpl", STRING_CONFIRM, PAGE_MEDIUM);
    page_set_title(&page, confirm->question);
    view_set(page.content, "EXPLANATION", confirm->explanation);
    view_set(page.content, "ACTION", page_url(call, confirm->path));
    view_set(page.content, "BUTTON", confirm->button);
    view_set(page.content, "BACK_URL", page_url(call, confirm->back));
    for (size_t i = 0; i < form->count; i++) {
        if (text_eq(form->fields[i].name, "csrf"))
            continue;
        struct view_dict *field = view_section(page.content, "FIELD");
        view_set(field, "NAME", form->fields[i].name);
        view_set(field, "VALUE", form->fields[i].value);
    }
    return page_send(&page, 200);
}
