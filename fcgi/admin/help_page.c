/* The page /help: how to connect a client. */
#include "admin/page.h"

#include "base/text.h"

/* Which of this server's addresses a client wants. */
enum address { ADDRESS_ROOT, ADDRESS_OPENAI, ADDRESS_GEMINI };

static const struct client {
    const char *name;
    enum string_id where; /* in its settings */
    enum address address;
} clients[] = {
    {"Cherry Studio", STRING_WHERE_CHERRY, ADDRESS_ROOT},
    {"Open WebUI", STRING_WHERE_OPENWEBUI, ADDRESS_OPENAI},
    {"LobeChat", STRING_WHERE_LOBECHAT, ADDRESS_OPENAI},
    {"SillyTavern", STRING_WHERE_SILLYTAVERN, ADDRESS_OPENAI},
    {"Cline", STRING_WHERE_CLINE, ADDRESS_OPENAI},
    {"Cherry Studio (Gemini)", STRING_WHERE_CHERRY_GEMINI, ADDRESS_ROOT},
};

/* Programs and shells; %s is the server's root, or the address of its OpenAI dialect. */
static const struct sample {
    const char *name;
    enum address address;
    const char *before, *after; /* the address stands between */
} samples[] = {
    {"gemini-cli", ADDRESS_ROOT, "export GOOGLE_GEMINI_BASE_URL=",
     "\nexport GEMINI_API_KEY=YOUR_TOKEN\ngemini -m gemini-3.8-flash"},
    {"curl", ADDRESS_OPENAI, "curl ",
     "/chat/completions \\\n  -H \"Authorization: Bearer YOUR_TOKEN\" \\\n"
     "  -H \"Content-Type: application/json\" \\\n"
     "  -d '{\"model\":\"gemini-3.8-flash\","
     "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'"},
    {"Python: openai", ADDRESS_OPENAI, "from openai import OpenAI\n\nclient = OpenAI(base_url=\"",
     "\", api_key=\"YOUR_TOKEN\")\n"
     "answer = client.chat.completions.create(\n    model=\"gemini-3.8-flash\",\n"
     "    messages=[{\"role\": \"user\", \"content\": \"Hello\"}],\n)\n"
     "print(answer.choices[0].message.content)"},
    {"Python: google-genai", ADDRESS_ROOT,
     "from google import genai\n\nclient = genai.Client(\n    api_key=\"YOUR_TOKEN\",\n"
     "    http_options={\"base_url\": \"",
     "\"},\n)\nprint(client.models.generate_content(model=\"gemini-3.8-flash\", "
     "contents=\"Hello\").text)"},
    {"JavaScript: openai", ADDRESS_OPENAI,
     "import OpenAI from 'openai';\n\nconst client = new OpenAI({ baseURL: '",
     "', apiKey: 'YOUR_TOKEN' });\nconst answer = await client.chat.completions.create({\n"
     "  model: 'gemini-3.8-flash',\n  messages: [{ role: 'user', content: 'Hello' }],\n});\n"
     "console.log(answer.choices[0].message.content);"},
    {"JavaScript: @google/genai", ADDRESS_ROOT,
     "import { GoogleGenAI } from '@google/genai';\n\nconst google = new GoogleGenAI({\n"
     "  apiKey: 'YOUR_TOKEN',\n  httpOptions: { baseUrl: '",
     "' },\n});\nconst answer = await google.models.generateContent({\n"
     "  model: 'gemini-3.8-flash',\n  contents: 'Hello',\n});\nconsole.log(answer.text);"},
};

/* As this browser found the admin; clients call below the program's root, not below ADMIN_PATH. */
static const char *address_text(const struct page *page, enum address address)
{
    static const char *const tails[] = {"", "/v1", "/v1beta"};
    const struct http_request *req = page->call->req;
    const char *origin =
        *req->host ? arena_printf(page->arena, "%s://%s", req->scheme, req->host) : "";
    return arena_printf(page->arena, "%s%s%s", origin, req->script_name, tails[address]);
}

static void set_addresses(const struct page *page)
{
    view_set(page->content, "ROOT_URL", address_text(page, ADDRESS_ROOT));
    view_set(page->content, "OPENAI_URL", address_text(page, ADDRESS_OPENAI));
    view_set(page->content, "GEMINI_URL", address_text(page, ADDRESS_GEMINI));
}

int admin_help_page(struct http_call *call)
{
    struct page page;
    page_begin(&page, call, "help.tpl", STRING_HELP, PAGE_WIDE);
    set_addresses(&page);
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        struct view_dict *dict = view_section(page.content, "CLIENT");
        view_set(dict, "NAME", clients[i].name);
        page_set_text(&page, dict, "WHERE", clients[i].where);
        view_set(dict, "ADDRESS", address_text(&page, clients[i].address));
    }
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        struct view_dict *dict = view_section(page.content, "SAMPLE");
        view_set(dict, "NAME", samples[i].name);
        view_setf(dict, "TEXT", "%s%s%s", samples[i].before,
                  address_text(&page, samples[i].address), samples[i].after);
    }
    return page_send(&page, 200);
}
