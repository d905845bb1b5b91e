"""FAKE_STREAM_ENABLED: upstream is asked for a whole answer, the client gets a stream."""

import json
import threading
import time

import pytest

import gemini
from front_calls import once
from stand import chunks_of, sse_data, text_of, wait_until
from upstream import HANG, Answer, Reply, gemini_reply, json_reply, text

MODEL = "gemini-3.8-flash"
BODY = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
WITH_USAGE = BODY | {"stream_options": {"include_usage": True}}
INTERVAL = 0.2


@pytest.fixture
def stand(make_stand):
    return make_stand(FAKE_STREAM_ENABLED="true", FAKE_STREAM_EMPTY_DATA_INTERVAL_SECONDS=INTERVAL)


def read(stand, body=None, path="/v1/chat/completions"):
    with stand.stream(path, body or BODY) as answer:
        content = answer.read()
    return answer, content


def reasons_of(chunks):
    return [c["choices"][0]["finish_reason"] for c in chunks if c["choices"] and c["choices"][0]["finish_reason"]]


def test_upstream_is_asked_for_a_whole(stand, upstream):
    answer, content = read(stand, WITH_USAGE)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert upstream.last.verb == "generateContent"
    assert "alt" not in upstream.last.query
    chunks = chunks_of(content)
    assert text_of(chunks) == "Hello from Gemini"
    assert reasons_of(chunks) == ["stop"]
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["usage"]["total_tokens"] == 8


def test_usage_only_when_asked_for(stand, upstream):
    assert all(not chunk.get("usage") for chunk in chunks_of(read(stand)[1]))


def test_thoughts_and_the_answer_both_arrive(stand, upstream):
    upstream.script(Answer(gemini.event({"text": "Let me see", "thought": True}, {"text": "Yes!"}, finish="STOP")))
    chunks = chunks_of(read(stand)[1])
    assert text_of(chunks) == "Yes!"
    thoughts = "".join(c["choices"][0]["delta"].get("reasoning_content") or "" for c in chunks)
    assert thoughts == "Let me see"


def test_calls_arrive(stand, upstream):
    upstream.script(Answer(gemini.event({"text": "Looking."}, gemini.call("look", {"a": 1}),
                                        gemini.call("look", {"a": 2}), finish="STOP")))
    chunks = chunks_of(read(stand)[1])
    calls = [c for chunk in chunks for c in chunk["choices"][0]["delta"].get("tool_calls", [])]
    arguments = {}
    for call in calls:
        arguments[call["index"]] = arguments.get(call["index"], "") + call["function"].get("arguments", "")
    assert [json.loads(each) for each in arguments.values()] == [{"a": 1}, {"a": 2}]
    assert reasons_of(chunks) == ["tool_calls"]


def test_an_answer_in_several_requests(stand, upstream):
    upstream.script(Answer(gemini.event({"text": "One, "}, finish="CONTINUATION", continuationToken="dA==")),
                    Answer(gemini.event({"text": "two, "}, finish="CONTINUATION", continuationToken="dB==")),
                    text("three."))
    chunks = chunks_of(read(stand, WITH_USAGE)[1])
    assert text_of(chunks) == "One, two, three."
    assert reasons_of(chunks) == ["stop"]
    assert chunks[-1]["usage"]["prompt_tokens"] == 15
    assert len({call.key for call in upstream.calls}) == 1


def test_empty_chunks_while_it_waits(stand, upstream):
    seen = threading.Event()
    upstream.script(once(seen, text("At last")))
    began, chunks = time.monotonic(), []
    with stand.stream("/v1/chat/completions", BODY) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                chunks.append(json.loads(line[6:]))
            if len(chunks) == 4:
                seen.set()
    empty = [chunk for chunk in chunks if chunk["choices"][0]["delta"] == {} and
             not chunk["choices"][0]["finish_reason"]]
    assert 3 <= len(empty) <= (time.monotonic() - began) / INTERVAL + 1
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert sum("role" in chunk["choices"][0]["delta"] for chunk in chunks) == 1
    assert text_of(chunks) == "At last"


def test_the_sdk_reads_it(stand, upstream):
    from conftest import openai_client
    upstream.script(text("At last", before=2 * INTERVAL))
    with openai_client(stand) as client:
        stream = client.chat.completions.create(model=MODEL, stream=True, messages=BODY["messages"])
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "At last"
        assert "".join(c.choices[0].text for c in client.completions.create(
            model=MODEL, prompt="x", stream=True)) == "Hello from Gemini"


def test_an_error_at_once_is_an_http_error(make_stand, upstream):
    stand = make_stand(FAKE_STREAM_ENABLED="true")
    upstream.always(gemini_reply(gemini.BAD_FIELD))
    answer, content = read(stand)
    assert answer.status_code == 400
    assert json.loads(content)["error"]["type"] == "invalid_request_error"


def test_an_error_after_empty_chunks_is_an_event(stand, upstream):
    status, body = gemini.BAD_FIELD
    seen = threading.Event()
    upstream.always(once(seen, Reply(status=status, steps=(gemini.pretty(body),))))
    with stand.stream("/v1/chat/completions", BODY) as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()
        next(lines)
        seen.set()
        last = json.loads(sse_data("\n".join(lines))[-1])
    assert last["error"]["type"] == "invalid_request_error"


def test_an_answer_without_candidates_is_never_empty(stand, upstream):
    upstream.always(Answer(gemini.BLOCKED))
    chunks = chunks_of(read(stand)[1])
    assert reasons_of(chunks) == ["content_filter"]
    upstream.reset()
    upstream.script(json_reply({"usageMetadata": {}}), text("Better"))
    assert text_of(chunks_of(read(stand)[1])) == "Better"


def test_the_client_leaving_cancels_the_call(stand, upstream):
    upstream.always(text("Late", before=HANG))
    with stand.stream("/v1/chat/completions", BODY) as answer:
        next(answer.iter_lines())
    upstream.wait(lambda: upstream.last.left)


def test_only_streams_are_concerned_and_the_setting_is_live(make_stand, upstream):
    stand = make_stand()
    read(stand)
    assert upstream.last.verb == "streamGenerateContent"
    stand.gbctl("settings", "set", "FAKE_STREAM_ENABLED", "true")

    def is_asked_for_a_whole():
        assert text_of(chunks_of(read(stand)[1])) == "Hello from Gemini"
        return upstream.last.verb == "generateContent"

    wait_until(is_asked_for_a_whole, what="the setting to be in force")


def test_the_native_dialect_keeps_its_streams(stand, upstream):
    stand.post(f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse", {"contents": [{"parts": [{"text": "x"}]}]})
    assert upstream.last.verb == "streamGenerateContent"
