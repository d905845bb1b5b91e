"""Answers that go on in a second request: texts that broke off, and upstream's own CONTINUATION."""

import json

import pytest

import gemini
from stand import chunks_of, sse_data, text_of
from upstream import CUT, Answer, gemini_reply, text

MODEL = "gemini-3.8-flash"
BODY = {"model": MODEL, "messages": [{"role": "user", "content": "Tell a story"}], "stream": True,
        "stream_options": {"include_usage": True}}
ERROR_EVENT = gemini.sse_frame(gemini.INTERNAL[1], 0)
BREAKS = pytest.mark.parametrize("end", [ERROR_EVENT, CUT, b""], ids=["error event", "reset", "no finish reason"])


def read(stand, body=None, path="/v1/chat/completions"):
    with stand.stream(path, body or BODY) as answer:
        return answer.read()


def broken(*pieces, end=CUT):
    return Answer(*(gemini.event({"text": piece}, counts=gemini.usage(5, at + 1))
                    for at, piece in enumerate(pieces)), end=end)


def continued(*parts, token="bW9yZQ=="):
    return Answer(gemini.event(*parts, finish="CONTINUATION", continuationToken=token))


def reasons_of(chunks):
    return [c["choices"][0]["finish_reason"] for c in chunks if c["choices"] and c["choices"][0]["finish_reason"]]


# --- texts that broke off -------------------------------------------------------------------------


@BREAKS
def test_the_rest_of_a_text_is_asked_for(stand, upstream, end):
    upstream.script(broken("Once upon ", "a time there", end=end),
                    text("Once upon a time there was", " a fox."))
    chunks = chunks_of(read(stand))
    assert text_of(chunks) == "Once upon a time there was a fox."
    assert reasons_of(chunks) == ["stop"]
    assert sum("role" in c["choices"][0]["delta"] for c in chunks if c["choices"]) == 1
    assert len({c["id"] for c in chunks}) == 1
    first, second = upstream.calls
    assert first.key != second.key
    turns = [(turn["role"], turn["parts"][0]["text"]) for turn in second.json["contents"]]
    assert turns[:2] == [("user", "Tell a story"), ("model", "Once upon a time there")]
    assert turns[2][0] == "user"
    assert "Continue" in turns[2][1]


@BREAKS
def test_an_answer_of_which_only_thoughts_came_is_asked_for_again(stand, upstream, end):
    upstream.script(Answer(gemini.event({"text": "Let me see", "thought": True}), end=end), text("Yes", "!"))
    chunks = chunks_of(read(stand))
    assert text_of(chunks) == "Yes!"
    assert reasons_of(chunks) == ["stop"]
    first, second = upstream.calls
    assert first.key != second.key
    assert first.json == second.json


def test_thoughts_and_an_empty_end(stand, upstream):
    upstream.script(Answer(gemini.event({"text": "Let me see", "thought": True}), gemini.EMPTY_STOP), text("Yes!"))
    assert text_of(chunks_of(read(stand))) == "Yes!"


def test_usage_is_that_of_both_requests(stand, upstream):
    upstream.script(broken("One two ", "three four "), text("five", " six"))
    usage = chunks_of(read(stand))[-1]["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (10, 4, 14)


def test_a_rest_that_repeats_only_the_last_words(stand, upstream):
    upstream.script(broken("The quick brown ", "fox jumps over"), text("fox jumps over", " the lazy dog."))
    assert text_of(chunks_of(read(stand))) == "The quick brown fox jumps over the lazy dog."


def test_a_rest_may_break_off_again(stand, upstream):
    upstream.script(broken("One, "), broken("two, "), text("three."))
    assert text_of(chunks_of(read(stand))) == "One, two, three."
    assert [t["parts"][0]["text"] for t in upstream.last.json["contents"]][1] == "One, two, "


def test_it_ends_some_time(stand, upstream):
    upstream.always(broken("More, "))
    data = sse_data(read(stand))
    assert "error" in json.loads(data[-1]) or "error" in json.loads(data[-2])
    assert len(upstream.calls) <= 5


def test_a_key_that_fails_on_the_rest_is_replaced(stand, upstream):
    upstream.script(broken("One, "), gemini_reply(gemini.QUOTA_DAY), text("two."))
    assert text_of(chunks_of(read(stand))) == "One, two."
    assert len(upstream.keys_used()) == 3


def test_no_key_for_the_rest_is_an_error_event(make_stand, upstream):
    stand = make_stand(keys=1)
    upstream.script(broken("One, "), gemini_reply(gemini.QUOTA_DAY))
    data = [json.loads(each) for each in sse_data(read(stand)) if each != "[DONE]"]
    assert text_of([each for each in data if "choices" in each]) == "One, "
    assert [each for each in data if "error" in each]
    assert not reasons_of([each for each in data if "choices" in each])


def test_a_call_is_not_continued(stand, upstream):
    upstream.script(Answer(gemini.event({"text": "Let me see"}),
                           gemini.event(gemini.call("look", {"a": 1})), end=CUT))
    data = [json.loads(each) for each in sse_data(read(stand)) if each != "[DONE]"]
    assert [each for each in data if "error" in each]
    assert len(upstream.calls) == 1


def test_the_setting_turns_it_off(make_stand, upstream):
    stand = make_stand(CONTINUE_TRUNCATED="false")
    upstream.script(broken("One, "))
    assert [each for each in sse_data(read(stand)) if "error" in each]
    assert len(upstream.calls) == 1


def test_completions_go_on_too(stand, upstream):
    upstream.script(broken("One, "), text("two."))
    content = read(stand, {"model": MODEL, "prompt": "Count", "stream": True}, "/v1/completions")
    texts = [json.loads(each) for each in sse_data(content) if each != "[DONE]"]
    assert "".join(each["choices"][0]["text"] for each in texts) == "One, two."


# --- upstream's own continuation --------------------------------------------------------------------


def test_a_continuation_is_followed_on_the_same_key(stand, upstream):
    upstream.script(continued({"text": "One, "}, token="b25l"), continued({"text": "two, "}, token="dHdv"),
                    text("three."))
    chunks = chunks_of(read(stand))
    assert text_of(chunks) == "One, two, three."
    assert reasons_of(chunks) == ["stop"]
    assert chunks[-1]["usage"]["prompt_tokens"] == 15
    assert len({call.key for call in upstream.calls}) == 1
    first, second, third = [call.json for call in upstream.calls]
    assert second.pop("continuationToken") == "b25l"
    assert third.pop("continuationToken") == "dHdv"
    assert first == second == third


def test_a_continuation_of_a_whole_answer(stand, upstream):
    upstream.script(continued({"text": "One, "}), text("two."))
    answer = stand.chat("Count").json()
    assert answer["choices"][0]["message"]["content"] == "One, two."
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["prompt_tokens"] == 10
    assert len({call.key for call in upstream.calls}) == 1


def test_a_continuation_that_fails_is_tried_again_on_its_key(stand, upstream):
    upstream.script(continued({"text": "One, "}), gemini_reply(gemini.INTERNAL), text("two."))
    assert text_of(chunks_of(read(stand))) == "One, two."
    assert len({call.key for call in upstream.calls}) == 1
    assert upstream.calls[1].json == upstream.calls[2].json


def test_a_continuation_may_bring_a_call(stand, upstream):
    upstream.script(continued({"text": "Let me look. "}),
                    Answer(gemini.event(gemini.call("look", {"a": 1}), finish="STOP")))
    chunks = chunks_of(read(stand))
    assert text_of(chunks) == "Let me look. "
    assert reasons_of(chunks) == ["tool_calls"]
