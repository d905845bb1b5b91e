"""OpenAI's legacy completions: a prompt in, a text out."""

import pytest

import gemini
from stand import chunks_of, sse_data
from upstream import Answer, gemini_reply, text

MODEL = "gemini-3.8-flash"


def test_the_sdk_gets_a_text(openai_sdk, upstream):
    answer = openai_sdk.completions.create(model=MODEL, prompt="Say hello")
    assert answer.object == "text_completion"
    assert answer.id.startswith("cmpl-")
    assert answer.choices[0].text == "Hello from Gemini"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == 8
    assert upstream.last.json["contents"] == [{"role": "user", "parts": [{"text": "Say hello"}]}]


def test_the_sdk_reads_a_stream(openai_sdk, upstream):
    chunks = list(openai_sdk.completions.create(model=MODEL, prompt="Say hello", stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks) == "Hello from Gemini"
    assert [c.choices[0].finish_reason for c in chunks if c.choices[0].finish_reason] == ["stop"]
    assert upstream.last.verb == "streamGenerateContent"


@pytest.mark.parametrize("prefix", ["/v1", "/hf/v1"])
def test_both_prefixes_and_the_end_of_a_stream(stand, upstream, prefix):
    body = {"model": MODEL, "prompt": "Say hello", "stream": True}
    with stand.stream(prefix + "/completions", body) as answer:
        content = answer.read()
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert sse_data(content)[-1] == "[DONE]"


def test_the_end_of_the_text_is_told_to_the_model(stand, upstream):
    upstream.script(text("b = 2"))
    answer = stand.post("/v1/completions", {"model": MODEL, "prompt": "a = 1\n", "suffix": "\nc = 3"})
    assert answer.json()["choices"][0]["text"] == "b = 2"
    assert "c = 3" in upstream.last.json["contents"][0]["parts"][0]["text"]


def test_a_prompt_of_tokens_is_refused(stand, upstream):
    answer = stand.post("/v1/completions", {"model": MODEL, "prompt": [1, 2, 3]})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "prompt"
    assert not upstream.calls


def test_a_key_in_the_wrong_place_is_401_in_openais_form(stand, upstream):
    answer = stand.post("/v1/completions", {"model": MODEL, "prompt": "x"}, token="wrong")
    assert answer.status_code == 401
    assert answer.json()["error"]["message"]


# --- several prompts --------------------------------------------------------------------------------


def prompt_of(call):
    return call.json["contents"][0]["parts"][0]["text"]


def continue_counting(request):
    return text(" after", " " + prompt_of(request))


def test_several_prompts_are_several_choices_in_order(openai_sdk, upstream):
    upstream.always(continue_counting)
    prompts = [f"Prompt {number}" for number in range(5)]
    answer = openai_sdk.completions.create(model=MODEL, prompt=prompts)
    assert [(choice.index, choice.text) for choice in answer.choices] == [
        (at, " after " + prompt) for at, prompt in enumerate(prompts)]
    assert sorted(prompt_of(call) for call in upstream.calls) == prompts
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (25, 35)


def test_each_prompt_has_n_choices_and_its_own_echo(stand, upstream):
    upstream.always(continue_counting)
    body = {"model": MODEL, "prompt": ["One", "Two"], "n": 2, "echo": True, "seed": 1}
    choices = stand.post("/v1/completions", body).json()["choices"]
    assert [choice["index"] for choice in choices] == [0, 1, 2, 3]
    assert [choice["text"] for choice in choices] == ["One after One"] * 2 + ["Two after Two"] * 2
    assert sorted(call.json["generationConfig"]["seed"] for call in upstream.calls) == [1, 2, 3, 4]


def test_several_prompts_in_one_stream(stand, upstream):
    upstream.always(continue_counting)
    body = {"model": MODEL, "prompt": ["One", "Two"], "echo": True, "stream": True, "stream_options": {"include_usage": True}}
    answer = stand.post("/v1/completions", body)
    chunks, texts, ends = chunks_of(answer.content), {}, {}
    for chunk in chunks:
        for choice in chunk["choices"]:
            texts[choice["index"]] = texts.get(choice["index"], "") + choice["text"]
            if choice["finish_reason"]:
                ends[choice["index"]] = choice["finish_reason"]
    assert texts == {0: "One after One", 1: "Two after Two"}
    assert ends == {0: "stop", 1: "stop"}
    assert chunks[-1]["usage"]["total_tokens"] == 14
    assert answer.text.count("[DONE]") == 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_that_fails_for_good_fails_the_answer(stand, upstream, stream):
    upstream.always(lambda request: gemini_reply(gemini.TOO_MANY_TOKENS) if prompt_of(request) == "Two" else
                    Answer(*gemini.text_events("One"), before=0.3))
    answer = stand.post("/v1/completions", {"model": MODEL, "prompt": ["One", "Two"], "stream": stream})
    if answer.status_code == 200:  # the other one has been heard
        assert stream and '"error"' in answer.text and "[DONE]" not in answer.text
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "context_length_exceeded")


def test_a_long_prompt_after_a_short_one(stand, upstream):
    upstream.always(lambda request: text(str(len(prompt_of(request)))))
    long = 'quoted "words"\n' * 20000
    answer = stand.post("/v1/completions", {"model": MODEL, "prompt": ["x", long]})
    assert [choice["text"] for choice in answer.json()["choices"]] == ["1", str(len(long))]


WRONG = {"more alternatives than there are": ({"prompt": "x", "logprobs": 21}, "logprobs"),
         "best_of below n": ({"prompt": "x", "n": 3, "best_of": 2}, "best_of"),
         "best_of in a stream": ({"prompt": "x", "best_of": 3, "stream": True}, "best_of"),
         "prompts without end": ({"prompt": ["x"] * 129}, "prompt"),
         "no prompts": ({"prompt": []}, "prompt")}


def test_what_is_refused_names_the_clients_field(stand, upstream):
    for what, (fields, param) in WRONG.items():
        answer = stand.post("/v1/completions", {"model": MODEL} | fields)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), what
    assert not upstream.calls
