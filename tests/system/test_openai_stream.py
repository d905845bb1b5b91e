"""Chat in OpenAI's dialect, streamed."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

import gemini
from front_calls import PATIENCE, InStep, once
from stand import chunks_of, sse_data, text_of
from upstream import CUT, Answer, Reply, gemini_reply, json_reply, text

MODEL = "gemini-3.8-flash"
BODY = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
WITH_USAGE = BODY | {"stream_options": {"include_usage": True}}


def read(stand, body=None):
    with stand.stream("/v1/chat/completions", body or BODY) as answer:
        content = answer.read()
    return answer, content


def test_the_sdk_reads_the_stream(openai_sdk, upstream):
    stream = openai_sdk.chat.completions.create(model=MODEL, stream=True,
                                                messages=[{"role": "user", "content": "Hi"}])
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello from Gemini"
    assert upstream.last.target.endswith(f"/models/{MODEL}:streamGenerateContent?alt=sse")


def test_form_of_the_stream(stand, upstream):
    answer, content = read(stand)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-cache"
    assert content.endswith(b"data: [DONE]\n\n")
    assert b"\r" not in content
    chunks = chunks_of(content)
    for name in ("id", "created", "model"):
        assert len({chunk[name] for chunk in chunks}) == 1
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert sum("role" in chunk["choices"][0]["delta"] for chunk in chunks) == 1
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in chunks]
    assert [reason for reason in reasons if reason] == ["stop"]
    assert reasons[-1] == "stop"
    assert text_of(chunks) == "Hello from Gemini"


def test_usage_comes_exactly_when_it_is_asked_for(stand, upstream):
    _, content = read(stand)
    assert all(not chunk.get("usage") for chunk in chunks_of(content))
    _, content = read(stand, WITH_USAGE)
    chunks = chunks_of(content)
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["prompt_tokens"] == 5
    assert chunks[-1]["usage"]["completion_tokens"] == 3
    assert all(chunk["usage"] is None for chunk in chunks[:-1])


def test_thoughts_are_a_field_of_their_own(stand, upstream):
    upstream.script(Answer(gemini.event({"text": "Let me see", "thought": True}),
                           *gemini.text_events("Yes", "!")))
    chunks = chunks_of(read(stand)[1])
    thoughts = "".join(c["choices"][0]["delta"].get("reasoning_content") or "" for c in chunks)
    assert thoughts == "Let me see"
    assert text_of(chunks) == "Yes!"


def test_events_arrive_as_upstream_sends_them(stand, upstream):
    said = InStep(8)
    upstream.script(said)
    with stand.stream("/v1/chat/completions", BODY, timeout=2 * PATIENCE) as answer:
        content = said.read(answer.iter_raw())
    assert said.held is None, f"event {said.held} was held back"
    assert text_of(chunks_of(content)) == "".join(said.words)


def test_characters_cut_anywhere_arrive_whole(stand, upstream):
    said = "Grüße, 世界 🌍!"
    frame = gemini.sse_frame(gemini.text_events(said)[0], 0)
    upstream.script(Reply(steps=tuple(frame[at:at + 1] for at in range(len(frame))), framing="chunked",
                          headers=(("Content-Type", "text/event-stream"),)))
    assert text_of(chunks_of(read(stand)[1])) == said


def test_a_compressed_stream_is_understood(stand, upstream):
    upstream.script(text("Hello", " packed", " stream", gzip=True))
    assert text_of(chunks_of(read(stand)[1])) == "Hello packed stream"


def test_an_error_before_the_first_event_is_an_http_error(stand, upstream):
    upstream.always(gemini_reply(gemini.BAD_FIELD))
    answer, content = read(stand)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/json")
    assert json.loads(content)["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("end", [
    gemini.sse_frame(gemini.INTERNAL[1], 0), CUT, b""], ids=["error event", "reset", "no finish reason"])
def test_a_failure_after_the_first_text_is_an_error_event(make_stand, upstream, end):
    stand = make_stand(CONTINUE_TRUNCATED="false")
    upstream.always(Answer(gemini.event({"text": "Once upon"}), end=end))
    answer, content = read(stand)
    assert answer.status_code == 200
    data = sse_data(content)
    texts = [json.loads(each) for each in data if each != "[DONE]"]
    assert text_of([chunk for chunk in texts if "choices" in chunk]) == "Once upon"
    errors = [chunk["error"] for chunk in texts if "error" in chunk]
    assert len(errors) == 1
    assert errors[0]["message"]
    assert not any(choice.get("finish_reason") for chunk in texts for choice in chunk.get("choices", []))
    assert len(upstream.calls) == 1


def test_the_sdk_raises_on_an_error_event(openai_sdk, upstream):
    upstream.always(Answer(gemini.event({"text": "Once"}), end=gemini.sse_frame(gemini.INTERNAL[1], 0)))
    stream = openai_sdk.chat.completions.create(model=MODEL, stream=True,
                                                messages=[{"role": "user", "content": "Hi"}])
    with pytest.raises(openai.APIError):
        list(stream)


def test_a_blocked_prompt(stand, upstream):
    upstream.always(Answer(gemini.BLOCKED))
    chunks = chunks_of(read(stand)[1])
    assert [c["choices"][0]["finish_reason"] for c in chunks if c["choices"][0]["finish_reason"]] == ["content_filter"]
    assert len(upstream.calls) == 1


def test_an_answer_that_is_no_stream_is_not_lost(stand, upstream):
    upstream.script(json_reply(gemini.text_events("Whole")[0]))
    answer, content = read(stand)
    if answer.status_code == 200:
        assert text_of(chunks_of(content)) in ("Whole", "Hello from Gemini")
    else:
        assert json.loads(content)["error"]["message"]


def test_a_waiting_client_hears_that_something_goes_on(make_stand, upstream):
    stand = make_stand(STREAM_HEARTBEAT_SECONDS="0.2")
    seen, content = threading.Event(), b""
    upstream.script(once(seen, text("At", " last")))
    with stand.stream("/v1/chat/completions", BODY, timeout=2 * PATIENCE) as answer:
        for piece in answer.iter_raw():
            content += piece
            if content.count(b"\n: ") + content.startswith(b": ") >= 2:
                seen.set()
    assert seen.is_set(), "no two signs of life"
    assert text_of(chunks_of(content)) == "At last"


def test_many_streams_at_once(make_stand, upstream):
    stand = make_stand(keys=5)
    upstream.always(text(*["word "] * 20, gap=0.02))
    with ThreadPoolExecutor(24) as pool:
        results = list(pool.map(lambda _: read(stand)[1], range(48)))
    assert {text_of(chunks_of(content)) for content in results} == {"word " * 20}
