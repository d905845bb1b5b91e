"""OpenAI's legacy completions: a prompt in, a text out."""

import pytest

from stand import sse_data
from upstream import text

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
