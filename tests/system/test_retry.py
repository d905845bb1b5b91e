"""Another key is tried until the first event that counts; what is whose fault."""

import time

import pytest

import gemini
from stand import SLOW, chunks_of, text_of, wait_until
from upstream import CUT, HANG, Answer, Reply, gemini_reply, json_reply, text

MODEL = "gemini-3.8-flash"
NATIVE = f"/v1beta/models/{MODEL}:generateContent"
PLAIN = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
TRY_AGAIN = {
    "key invalid": gemini_reply(gemini.KEY_INVALID),
    "key leaked": gemini_reply(gemini.KEY_LEAKED),
    "project denied": gemini_reply(gemini.PROJECT_DENIED),
    "quota of the minute": gemini_reply(gemini.QUOTA_MINUTE),
    "quota of the day": gemini_reply(gemini.QUOTA_DAY),
    "limit 0": gemini_reply(gemini.QUOTA_ZERO),
    "throttled": gemini_reply(gemini.THROTTLED),
    "overloaded": gemini_reply(gemini.OVERLOADED),
    "internal": gemini_reply(gemini.INTERNAL),
    "html": Reply(status=502, steps=(b"<html><title>502</title></html>",), headers=(("Content-Type", "text/html"),)),
    "reset": Reply(before=CUT),
    "cut in the middle": Reply(steps=(b'{"candidates": [', CUT), framing="chunked"),
    "nothing in it": json_reply({}),
    "an empty STOP": json_reply(gemini.EMPTY_STOP),
    "a malformed call": json_reply(gemini.MALFORMED_CALL),
    "not JSON": Reply(steps=(b"hello",)),
}
TRY_AGAIN_STREAMED = {
    "an error event first": Answer(gemini.INTERNAL[1]),
    "nothing at all": Reply(framing="chunked", headers=(("Content-Type", "text/event-stream"),)),
    "an empty STOP event": Answer(gemini.EMPTY_STOP),
    "a malformed call event": Answer(gemini.MALFORMED_CALL),
    "cut before text": Answer(gemini.event({"text": ""}), end=CUT),
}


@pytest.mark.parametrize("fault", TRY_AGAIN)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_the_client_sees_nothing_of_it(stand, upstream, fault, streamed):
    upstream.script(TRY_AGAIN[fault])
    answer = stand.chat(stream=streamed)
    assert answer.status_code == 200, answer.text
    said = text_of(chunks_of(answer.content)) if streamed else answer.json()["choices"][0]["message"]["content"]
    assert said == "Hello from Gemini"
    assert len(upstream.calls) == 2
    if fault not in ("internal", "html", "reset", "cut in the middle"):
        assert len(upstream.keys_used()) == 2


@pytest.mark.parametrize("fault", TRY_AGAIN_STREAMED)
def test_a_stream_that_has_said_nothing_begins_anew(stand, upstream, fault):
    upstream.script(TRY_AGAIN_STREAMED[fault])
    answer = stand.chat(stream=True)
    assert answer.status_code == 200, answer.text
    assert text_of(chunks_of(answer.content)) == "Hello from Gemini"
    assert len(upstream.calls) == 2


@pytest.mark.parametrize("fault", ["key invalid", "quota of the minute", "overloaded", "reset", "not JSON"])
def test_the_native_dialect_too(stand, upstream, fault):
    upstream.script(TRY_AGAIN[fault])
    answer = stand.post(NATIVE, PLAIN)
    assert answer.status_code == 200, answer.text
    assert answer.json()["candidates"][0]["content"]["parts"][0]["text"] == "Hello from Gemini"
    assert len(upstream.calls) == 2


def states(stand):
    return stand.gbctl("keys", "list").stdout


def test_a_dead_key_is_not_used_again(stand, upstream):
    upstream.always(gemini_reply(gemini.KEY_LEAKED), key=stand.keys[1])
    for _ in range(12):
        assert stand.chat().status_code == 200
    assert upstream.keys_used()[stand.keys[1]] == 1
    wait_until(lambda: stand.gbctl("keys", "list", "--state", "dead").stdout.strip(), what="death in the store")
    assert stand.get("/health").json()["keys"]["ready"] == 2


def test_an_invalid_key_is_confirmed_twice_and_then_dead(stand, upstream):
    upstream.always(gemini_reply(gemini.KEY_INVALID), key=stand.keys[1])

    def is_dead():
        assert stand.chat().status_code == 200
        return stand.get("/health").json()["keys"]["ready"] == 2

    wait_until(is_dead, what="its death")
    assert upstream.keys_used()[stand.keys[1]] <= 3


@pytest.mark.parametrize("fault", ["quota of the minute", "quota of the day", "limit 0"])
def test_a_resting_key_is_left_alone_for_that_model_only(stand, upstream, fault):
    upstream.script(TRY_AGAIN[fault], key=stand.keys[0])
    for _ in range(9):
        assert stand.chat().status_code == 200
    assert upstream.keys_used()[stand.keys[0]] <= 1
    for _ in range(6):
        assert stand.chat(model="gemini-3.6-flash").status_code == 200
    others = [request.key for request in upstream.calls if request.model == "gemini-3.6-flash"]
    assert others.count(stand.keys[0]) == 2


BLAMELESS = {"bad field": gemini.BAD_FIELD, "too many tokens": gemini.TOO_MANY_TOKENS,
             "unknown model": gemini.model_not_found(MODEL)}


@pytest.mark.parametrize("fault", BLAMELESS)
def test_the_clients_fault_is_nobody_elses(stand, upstream, fault):
    upstream.always(gemini_reply(BLAMELESS[fault]))
    for _ in range(6):
        assert stand.chat().status_code == BLAMELESS[fault][0]
    assert len(upstream.calls) == 6
    assert stand.get("/health").json()["keys"]["ready"] == 3
    upstream.reset()
    assert stand.chat().status_code == 200


@pytest.mark.parametrize("retries, attempts", [("0", 1), ("1", 1), ("2", 2), ("3", 3)])
@pytest.mark.parametrize("fault", ["OVERLOADED", "INTERNAL"])
def test_how_many_attempts(make_stand, upstream, retries, attempts, fault):
    stand = make_stand(keys=6, MAX_RETRIES=retries)
    status, body = getattr(gemini, fault)
    upstream.always(gemini_reply((status, body)))
    assert stand.chat().status_code == status
    assert len(upstream.calls) == attempts


def test_keys_without_quota_do_not_use_up_the_attempts(make_stand, upstream):
    stand = make_stand(keys=8, MAX_RETRIES="2")
    for key in stand.keys[:7]:
        upstream.always(gemini_reply(gemini.QUOTA_DAY), key=key)
    for _ in range(4):
        assert stand.chat().status_code == 200


def test_every_key_rests(make_stand, upstream):
    stand = make_stand(keys=2)
    upstream.always(gemini_reply(gemini.QUOTA_MINUTE))
    stand.chat()
    upstream.reset()
    for path, body in (("/v1/chat/completions", {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}),
                       (NATIVE, PLAIN)):
        answer = stand.post(path, body)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert "2" in answer.json()["error"]["message"]
    assert not upstream.calls


def test_every_key_is_dead(make_stand, upstream):
    stand = make_stand(keys=2)
    upstream.always(gemini_reply(gemini.KEY_LEAKED))
    stand.chat()
    answer = stand.chat()
    assert answer.status_code == 503
    assert "2" in answer.json()["error"]["message"]


def test_a_short_rest_is_waited_for(make_stand, upstream):
    stand = make_stand(keys=1, POOL_MAX_WAIT="10")
    upstream.script(gemini_reply(gemini.quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "5", "1s")))
    began = time.monotonic()
    answer = stand.chat()
    if answer.status_code == 429:
        answer = stand.chat()
    assert answer.status_code == 200
    assert time.monotonic() - began > 0.9


def test_silence_before_the_first_token_goes_to_another_key(make_stand, upstream):
    stand = make_stand(FIRST_TOKEN_TIMEOUT="2")
    upstream.script(Reply(before=HANG))
    answer = stand.chat(stream=True)
    assert text_of(chunks_of(answer.content)) == "Hello from Gemini"
    assert len(upstream.calls) == 2
    upstream.wait(lambda: upstream.calls[0].left)


def test_a_whole_answer_that_takes_too_long(make_stand, upstream):
    stand = make_stand(TIME_OUT="1")
    upstream.always(Reply(before=HANG))
    began = time.monotonic()
    answer = stand.chat()
    assert answer.status_code == 504
    assert time.monotonic() - began < 20 * SLOW


def test_silence_inside_a_stream_is_an_error_event(make_stand, upstream):
    stand = make_stand(STREAM_IDLE_TIMEOUT="0.5", CONTINUE_TRUNCATED="false")
    upstream.always(Answer(gemini.event({"text": "Once"}), end=HANG))
    answer = stand.chat(stream=True)
    assert b"Once" in answer.content
    assert b'"error"' in answer.content
    assert len(upstream.calls) == 1


def test_an_upstream_that_is_not_there(make_stand):
    stand = make_stand(BASE_URL="http://127.0.0.1:9/v1beta")
    answer = stand.chat()
    assert answer.status_code in (502, 503, 504)
    assert answer.json()["error"]["message"]
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_an_overload_that_lasts_is_told_as_such(stand, upstream):
    upstream.always(gemini_reply(gemini.OVERLOADED))
    answer = stand.chat()
    assert answer.status_code == 503
    assert "overloaded" in answer.json()["error"]["message"]
    upstream.reset()
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_empty_answers_that_last_are_an_error(stand, upstream):
    upstream.always(json_reply(gemini.EMPTY_STOP), verb="generateContent")
    upstream.always(Answer(gemini.EMPTY_STOP), verb="streamGenerateContent")
    for streamed in (False, True):
        answer = stand.chat(stream=streamed)
        assert answer.status_code == 502, answer.text
        assert answer.json()["error"]["message"]


def test_text_is_never_said_twice(stand, upstream):
    upstream.script(text("Once upon", end=CUT))
    answer = stand.chat(stream=True)
    assert answer.content.count(b"Once upon") == 1
