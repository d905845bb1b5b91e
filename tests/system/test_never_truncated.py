"""No truncated or empty answer passes for a whole one: what upstream may do, and what the client gets each time.

Nothing is asked again or continued here: test_retry.py and test_continuation.py tell of that.
"""

import gzip
import json

import pytest

import gemini
from stand import sse_data
from upstream import CUT, Answer, Reply, gemini_reply, text

SSE = (("Content-Type", "text/event-stream"),)
JSON = (("Content-Type", "application/json; charset=UTF-8"),)
GOOD = gemini.text_events("Once upon ", "a tïme.")
OPEN = gemini.text_events("Once upon ", "a time.", finish=None)
EVENTS = b"".join(gemini.sse_frame(event, 0) for event in GOOD)
FIRST = gemini.sse_frame(GOOD[0], 0)
WHOLE = gemini.pretty(gemini.whole(GOOD))
TOOLS = [{"type": "function", "function": {"name": "f"}}]


def is_stream(request):
    return request.verb == "streamGenerateContent"


def either(stream, whole, framing="chunked", stream_headers=(), whole_headers=()):
    """Bytes, or steps, of a stream and of a whole answer."""
    def reply(request):
        steps, headers = (stream, SSE + stream_headers) if is_stream(request) else (whole, JSON + whole_headers)
        return Reply(steps=steps if isinstance(steps, tuple) else (steps,), headers=headers, framing=framing)
    return reply


def candidates(*those):
    return {"candidates": list(those), "usageMetadata": gemini.usage()}


def candidate(index, said, finish=None):
    made = {"index": index, "content": {"parts": [{"text": said}], "role": "model"}}
    return made | ({"finishReason": finish} if finish else {})


def zipped(cut):
    """A compressed answer that ends too early; streams are not compressed."""
    packed = gzip.compress(WHOLE)[:cut]
    return either(EVENTS[:-40], packed, whole_headers=(("Content-Encoding", "gzip"),))


def chunk_without_end(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def ended(finish, *parts):
    return Answer(gemini.event({"text": "Some"}), gemini.event({"text": " text"}, *parts, finish=finish))


ERROR, ALL = "error", "Once upon a tïme."
# What upstream does: (what a whole call gets, what a stream gets). A text is the whole answer, ended with "stop";
# (text, reason) is an answer that tells another reason.
FAULTS = {
    "reset inside an event": (either((EVENTS[:-30], 0.05, CUT), (WHOLE[:-30], 0.05, CUT)), ERROR, ERROR),
    "end inside an event": (either(EVENTS[:-30], WHOLE[:-30]), ERROR, ERROR),
    "close inside an event": (either(EVENTS[:-30], WHOLE[:-30], "close"), ERROR, ERROR),
    "close inside a character": (either(EVENTS.split("ï".encode())[0] + b"\xc3", WHOLE.split("ï".encode())[0] + b"\xc3", "close"),
                                 ERROR, ERROR),
    "close before the last event": (either(FIRST, WHOLE[:-2], "close"), ERROR, ERROR),
    "fewer bytes than told": (either(EVENTS[:-30], WHOLE[:-30], "close", *[(("Content-Length", "9999"),)] * 2), ERROR, ERROR),
    "no last chunk": (either(chunk_without_end(FIRST), chunk_without_end(WHOLE[:-30]), "close",
                             *[(("Transfer-Encoding", "chunked"),)] * 2), ERROR, ERROR),
    "packed and cut": (zipped(-14), ERROR, ERROR),
    "packed and cut in the head": (zipped(8), ERROR, ERROR),
    "no last event": (either(FIRST, b"[" + WHOLE + b","), ERROR, ERROR),
    "no reason in a list": (either(b"".join(gemini.sse_frame(event, 0) for event in OPEN), gemini.array_frame(OPEN[0], 0) + b"]"),
                            ERROR, ERROR),
    "usage and nothing else": (Answer({"usageMetadata": gemini.usage()}), ERROR, ERROR),
    "usage after a text": (either(FIRST + gemini.sse_frame({"usageMetadata": gemini.usage()}, 0), b"{}"), ERROR, ERROR),
    "an empty object": (Answer({}), ERROR, ERROR),
    "no candidates": (Answer(candidates()), ERROR, ERROR),
    "an empty candidate": (Answer(candidates({"index": 0})), ERROR, ERROR),
    "an empty text": (Answer(gemini.event({"text": ""}, finish="STOP")), ERROR, ERROR),
    "thoughts and no answer": (Answer(gemini.event({"text": "hm", "thought": True}, finish="STOP")), ERROR, ERROR),
    "an error after a text": (Answer(OPEN[0], gemini.INTERNAL[1]), ERROR, ERROR),
    "an error in a 200": (either(gemini.sse_frame(gemini.OVERLOADED[1], 0), gemini.pretty(gemini.OVERLOADED[1])), ERROR, ERROR),
    "a page": (Reply(steps=(b"<html>Hello</html>",)), ERROR, ERROR),
    "one of two candidates open": (Answer(candidates(candidate(0, "A", "STOP"), candidate(1, "B"))), ERROR, ERROR),
    "a bad call after a text": (ended("MALFORMED_FUNCTION_CALL"), ERROR, ERROR),
    "a call that was not asked for": (ended("UNEXPECTED_TOOL_CALL"), ERROR, ERROR),
    "a bad answer": (ended("MALFORMED_RESPONSE"), ERROR, ERROR),
    "a bad call after a call": (Answer(gemini.event(gemini.call("f", {"a": 1})), gemini.event(finish="MALFORMED_FUNCTION_CALL")),
                                ERROR, ERROR),
    "a call and no end": (either(gemini.sse_frame(gemini.event(gemini.call("f", {"a": 1})), 0), WHOLE[:40]), ERROR, ERROR),
    "too long": (ended("MAX_TOKENS"), ("Some text", "length"), ("Some text", "length")),
    "goes on, and tells not where": (ended("CONTINUATION"), ("Some text", "length"), ("Some text", "length")),
    "blocked on the way": (ended("SAFETY"), ("Some text", "content_filter"), ("Some text", "content_filter")),
    "a language it has not": (ended("LANGUAGE"), ("Some text", "content_filter"), ("Some text", "content_filter")),
    "thoughts ate all": (Answer(gemini.event(finish="MAX_TOKENS")), ("", "length"), ("", "length")),
    "blocked at once": (Answer(gemini.event(finish="PROHIBITED_CONTENT")), ("", "content_filter"), ("", "content_filter")),
    # What is whole must not pass for broken either.
    "reset after the end": (either((EVENTS, 0.1, CUT), WHOLE), ALL, ALL),
    "half an event after the end": (either((EVENTS + b"data: {", 0.1, CUT), WHOLE), ALL, ALL),
    "the end without its separator": (either(EVENTS[:-4], WHOLE), ALL, ALL),
    "OpenAI's mark at the end": (either(EVENTS + b"data: [DONE]\n\n", WHOLE), ALL, ALL),
    "usage after the end": (either(EVENTS + gemini.sse_frame({"usageMetadata": gemini.usage()}, 0), WHOLE), ALL, ALL),
    "another reason": (ended("OTHER"), "Some text", "Some text"),
}
for reason in ("STOP", "OTHER", "NO_IMAGE", "IMAGE_OTHER", "TOO_MANY_TOOL_CALLS", "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL",
               "MALFORMED_RESPONSE", "MISSING_THOUGHT_SIGNATURE", "A_NEW_REASON"):
    FAULTS[f"nothing but {reason}"] = (Answer(gemini.event(finish=reason)), ERROR, ERROR)


def outcome_of_whole(answer):
    if answer.status_code != 200:
        assert answer.status_code >= 500 and answer.json()["error"]["message"]
        return ERROR
    choice, = answer.json()["choices"]
    said = choice["message"]["content"] or ""
    return said if choice["finish_reason"] == "stop" else (said, choice["finish_reason"])


def outcome_of_stream(answer):
    if answer.status_code != 200:
        return outcome_of_whole(answer)
    data = sse_data(answer.content)
    parsed = [json.loads(each) for each in data if each != "[DONE]"]
    reasons = [choice["finish_reason"] for each in parsed for choice in each.get("choices", []) if choice["finish_reason"]]
    if "error" in parsed[-1]:
        assert parsed[-1]["error"]["message"] and not reasons and "[DONE]" not in data
        return ERROR
    said = "".join(choice["delta"].get("content") or "" for each in parsed for choice in each["choices"])
    reason, = reasons
    assert data[-1] == "[DONE]"
    return said if reason == "stop" else (said, reason)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_what_the_client_gets(make_stand, upstream, stream):
    stand, wrong = make_stand(CONTINUE_TRUNCATED="false", MAX_RETRIES="1", EMPTY_ANSWER_RETRIES="0"), {}
    for name, (reply, *expected) in FAULTS.items():
        upstream.reset()
        upstream.always(reply)
        answer = stand.chat(stream=stream, tools=TOOLS)
        got = (outcome_of_stream if stream else outcome_of_whole)(answer)
        if got != expected[stream]:
            wrong[name] = (got, expected[stream])
    assert not wrong
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_completions_are_as_strict(make_stand, upstream):
    stand = make_stand(CONTINUE_TRUNCATED="false", MAX_RETRIES="1", EMPTY_ANSWER_RETRIES="0")
    for name in ("end inside an event", "no last event", "an empty text", "one of two candidates open", "a bad call after a text"):
        upstream.reset()
        upstream.always(FAULTS[name][0])
        for stream in (False, True):
            answer = stand.post("/v1/completions", {"model": "gemini-3.8-flash", "prompt": "Hi", "stream": stream})
            assert answer.status_code >= 500 or '"error"' in answer.text and "[DONE]" not in answer.text, (name, stream)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_fewer_choices_than_asked_for_are_not_all(make_stand, upstream, stream):
    stand = make_stand()
    upstream.always(lambda request: text("one") if request.json.get("generationConfig", {}).get("candidateCount", 1) > 1
                    else text("another"))
    answer = stand.chat("Hi", model="gemini-2.5-flash", n=2, stream=stream)
    if stream:
        assert '"error"' in answer.text and "[DONE]" not in answer.text
    else:
        assert [choice["message"]["content"] for choice in answer.json()["choices"]] == ["another", "another"]


def test_a_blocked_prompt_is_one_choice(stand, upstream):
    upstream.always(Answer(gemini.BLOCKED))
    answer = stand.chat("Hi", model="gemini-2.5-flash", n=2).json()
    assert [choice["finish_reason"] for choice in answer["choices"]] == ["content_filter"]
    assert len(upstream.calls) == 1


def test_an_error_that_names_no_candidate_is_told(stand, upstream):
    upstream.always(gemini_reply(gemini.INTERNAL))
    assert stand.chat("Hi", model="gemini-2.5-flash", n=2).status_code == 500
