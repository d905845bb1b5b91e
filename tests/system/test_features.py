"""Settings and the model's name as they reach a chat in OpenAI's dialect, and what is kept of thought signatures."""

import pytest

import gemini
from stand import chunks_of, text_of, wait_until
from stored import stored
from upstream import Answer

NEW, OLD, DRAWS = "gemini-3.8-flash", "gemini-2.5-flash", "gemini-3.1-flash-image"
SAFETY = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
STRICT = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_LOW_AND_ABOVE"}]
FUNCTION = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {"at": {"type": "string"}}}}}
SETTINGS = {"SEARCH_MODELS": [NEW], "SHOW_THINKING_PROCESS": "true", "SHOW_SEARCH_LINK": "true",
            "TOOLS_CODE_EXECUTION_ENABLED": "true", "URL_CONTEXT_ENABLED": "true", "URL_CONTEXT_MODELS": [OLD],
            "THINKING_BUDGET_MAP": {OLD: 2000}, "SAFETY_SETTINGS": SAFETY, "CREATE_IMAGE_MODEL": DRAWS,
            "MODEL_ALIASES": {"gpt-*": NEW}}
FOUND = {"groundingMetadata": {"groundingChunks": [{"web": {"uri": "https://example.org/a", "title": "A page"}}]}}


def tools_of(sent):
    return sorted(name for tool in sent.get("tools", []) for name in tool)


def config_of(sent):
    return sent.get("generationConfig", {})


# (model, more of the request, the model that is called, what must be true of the request that goes out)
WISHES = {
    "search by the name": (f"{NEW}-search", {}, NEW, lambda sent: tools_of(sent) == ["googleSearch"]),
    "no thinking by the name": (f"{OLD}-non-thinking", {}, OLD, lambda sent: config_of(sent)["thinkingConfig"] == {"thinkingBudget": 0}),
    "a chat that draws": (f"{DRAWS}-chat", {}, DRAWS, lambda sent: config_of(sent)["responseModalities"] == ["TEXT", "IMAGE"]),
    "a model whose name ends so": (DRAWS, {}, DRAWS, lambda sent: config_of(sent)["responseModalities"] == ["TEXT", "IMAGE"]),
    "an alias": ("gpt-5-mini", {}, NEW, lambda sent: "thinkingBudget" not in str(sent)),
    "a budget for a model": (OLD, {}, OLD, lambda sent: config_of(sent)["thinkingConfig"] ==
                             {"thinkingBudget": 2000, "includeThoughts": True}),
    "the client's own effort": (OLD, {"reasoning_effort": "low"}, OLD,
                                lambda sent: config_of(sent)["thinkingConfig"]["thinkingBudget"] == 1024),
    "tools of the settings": (OLD, {}, OLD, lambda sent: tools_of(sent) == ["codeExecution", "urlContext"]),
    "only for models that are listed": (NEW, {}, NEW, lambda sent: tools_of(sent) == ["codeExecution"]),
    "the client's functions come first": (OLD, {"tools": [FUNCTION]}, OLD, lambda sent: tools_of(sent) == ["functionDeclarations"]),
    "safety of the settings": (NEW, {}, NEW, lambda sent: sent["safetySettings"] == SAFETY),
    "safety of the client": (NEW, {"safety_settings": STRICT}, NEW, lambda sent: sent["safetySettings"] == STRICT),
}


@pytest.fixture
def offered(upstream):
    upstream.models += gemini.model_objects(OLD, DRAWS)
    return upstream


def test_what_is_asked_of_upstream(make_stand, offered):
    stand, wrong = make_stand(**SETTINGS), {}
    for name, (model, fields, called, is_right) in WISHES.items():
        answer = stand.chat(model=model, **fields)
        assert answer.status_code == 200, (name, answer.text)
        if offered.last.model != called or not is_right(offered.last.json):
            wrong[name] = (offered.last.model, offered.last.json)
    assert not wrong


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_links_of_a_search(make_stand, offered, stream):
    stand = make_stand(**SETTINGS)
    offered.always(Answer(gemini.event({"text": "It is so."}, finish="STOP", **FOUND)))

    def said(model):
        answer = stand.chat(model=model, stream=stream)
        return text_of(chunks_of(answer.content)) if stream else answer.json()["choices"][0]["message"]["content"]

    assert said(f"{NEW}-search").startswith("It is so.") and "(https://example.org/a)" in said(f"{NEW}-search")
    assert said(NEW) == "It is so."


SHOWN = {
    "reasoning_content": ("So.", "Hm."), "think_tags": ("<think>\nHm.\n</think>\n\nSo.", None), "hidden": ("So.", None)}


@pytest.mark.parametrize("form", SHOWN)
def test_how_thoughts_are_shown(make_stand, upstream, form):
    stand = make_stand(SHOW_THINKING_PROCESS="true", THINKING_FORMAT=form)
    upstream.always(Answer(gemini.event({"text": "Hm.", "thought": True}, {"text": "So."}, finish="STOP")))
    message = stand.chat().json()["choices"][0]["message"]
    assert (message["content"], message.get("reasoning_content")) == SHOWN[form]
    deltas = [choice["delta"] for chunk in chunks_of(stand.chat(stream=True).content) for choice in chunk["choices"]]
    assert "".join(delta.get("content") or "" for delta in deltas) == SHOWN[form][0]
    assert ("".join(delta.get("reasoning_content") or "" for delta in deltas) or None) == SHOWN[form][1]


@pytest.mark.parametrize("form", ["markdown", "images", "both"])
def test_how_images_are_given(make_stand, upstream, form):
    stand = make_stand(IMAGE_OUTPUT_FORMAT=form)
    upstream.always(Answer(gemini.event({"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}, finish="STOP")))
    message = stand.chat(model=DRAWS).json()["choices"][0]["message"]
    assert ("![image](" in (message["content"] or "")) == (form in ("markdown", "both"))
    assert [each["image_url"]["url"].partition(":")[0] for each in message.get("images", [])] == (
        [] if form == "markdown" else ["data"])


# --- thought signatures -----------------------------------------------------------------------------


def forgetful(call):
    """The call as a client gives it back that keeps only what it knows."""
    return {"id": call["id"], "type": "function", "function": call["function"]}


def ask_again(stand, upstream, call):
    """Sends the call's result; returns the signature that upstream gets."""
    messages = [{"role": "user", "content": "Look"}, {"role": "assistant", "content": None, "tool_calls": [forgetful(call)]},
                {"role": "tool", "tool_call_id": call["id"], "content": "a tree"}]
    answer = stand.post("/v1/chat/completions", {"model": NEW, "messages": messages, "tools": [FUNCTION]})
    assert answer.status_code == 200, answer.text
    return upstream.last.json["contents"][1]["parts"][0]["thoughtSignature"]


def first_call(stand, upstream):
    upstream.script(Answer(gemini.event(gemini.call("look", {"at": "it"}, "c2lnbmVk"), finish="STOP")))
    return stand.chat("Look", tools=[FUNCTION]).json()["choices"][0]["message"]["tool_calls"][0]


def test_a_client_that_drops_a_signature_gets_it_back(stand, upstream):
    call = first_call(stand, upstream)
    assert call["extra_content"]["google"]["thought_signature"] == "c2lnbmVk"
    assert ask_again(stand, upstream, call) == "c2lnbmVk"


def test_all_processes_know_it_and_so_do_later_ones(make_stand, upstream):
    stand = make_stand(procs=3)
    call = first_call(stand, upstream)
    wait_until(lambda: stored(stand, "SELECT 1 FROM signatures"), what="the signature in the store")
    assert {ask_again(stand, upstream, call) for _ in range(9)} == {"c2lnbmVk"}
    stand.restart()
    assert ask_again(stand, upstream, call) == "c2lnbmVk"


def test_a_call_from_elsewhere_has_googles_word_for_none(stand, upstream):
    call = {"id": "call_of_another", "function": {"name": "look", "arguments": "{}"}}
    assert ask_again(stand, upstream, call) == "skip_thought_signature_validator"
