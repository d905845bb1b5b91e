"""MODEL_FALLBACKS: another model answers where the one that was asked for cannot, in the same request."""

import json

import pytest

import gemini
from stand import chunks_of, sse_data, text_of, wait_until
from stored import logged, statuses_logged
from upstream import CUT, HANG, Answer, Reply, gemini_reply, text

FIRST, SECOND, THIRD = "gemini-3.8-flash", "gemini-3.6-flash", "gemini-3.5-flash-lite"
CHAIN = {FIRST: SECOND, SECOND: THIRD}
NATIVE = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
FAILURES = {"quota of the day": gemini.QUOTA_DAY, "quota of the minute": gemini.QUOTA_MINUTE, "no tier": gemini.QUOTA_ZERO,
            "overloaded": gemini.OVERLOADED, "broken": gemini.INTERNAL, "retired": gemini.model_not_found(FIRST)}


def models_asked(upstream):
    return [call.model for call in upstream.calls]


@pytest.fixture
def make(make_stand):
    return lambda **settings: make_stand(**({"MODEL_FALLBACKS": CHAIN, "MAX_RETRIES": "2"} | settings))


@pytest.mark.parametrize("name", FAILURES)
def test_another_model_answers(make, upstream, name):
    upstream.always(gemini_reply(FAILURES[name]), model=FIRST)
    stand = make()
    answer = stand.chat()
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"] == SECOND and answer.json()["choices"][0]["message"]["content"] == "Hello from Gemini"
    asked = models_asked(upstream)
    assert set(asked) == {FIRST, SECOND} and asked.count(SECOND) == 1
    wait_until(lambda: statuses_logged(stand), what="a row")
    assert logged(stand, "SELECT model, served_model, status, attempts, error FROM request_rows") == [
        (FIRST, SECOND, 200, len(asked), "")]
    assert logged(stand, "SELECT model FROM attempt_rows ORDER BY number") == [(model,) for model in asked]


def test_what_is_used_up_is_not_asked_again(make, upstream):
    upstream.always(gemini_reply(gemini.QUOTA_DAY), model=FIRST)
    stand = make()
    stand.chat()
    before = len(upstream.calls)
    for _ in range(3):
        assert stand.chat().json()["model"] == SECOND
    assert models_asked(upstream)[before:] == [SECOND] * 3


def test_a_stream(make, upstream):
    upstream.always(gemini_reply(gemini.OVERLOADED), model=FIRST)
    chunks = chunks_of(make().chat(stream=True).content)
    assert text_of(chunks) == "Hello from Gemini" and {chunk["model"] for chunk in chunks} == {SECOND}


def test_a_stream_that_was_only_kept_awake(make, upstream):
    upstream.always(Reply(before=HANG), model=FIRST)
    stand = make(STREAM_HEARTBEAT_SECONDS="0.2", FIRST_TOKEN_TIMEOUT="2", MAX_RETRIES="1")
    body = stand.chat(stream=True).content
    assert body.startswith(b": ") and models_asked(upstream) == [FIRST, SECOND]
    assert text_of(chunks_of(body)) == "Hello from Gemini"
    upstream.always(Reply(before=HANG), model=SECOND)
    stand.gbctl("settings", "set", "MODEL_FALLBACKS", json.dumps({FIRST: SECOND}))
    wait_until(lambda: '"error"' in stand.chat(stream=True).text, what="an error in the stream")


def test_a_stream_that_has_begun_stays_with_its_model(make, upstream):
    upstream.script(Answer(*gemini.text_events("One", "two")[:1], end=CUT), model=FIRST)
    data = [json.loads(each) for each in sse_data(make(CONTINUE_TRUNCATED="false").chat(stream=True).content) if each != "[DONE]"]
    assert "One" in str(data[:2]) and "error" in data[-1], data
    assert models_asked(upstream) == [FIRST]


@pytest.mark.parametrize("how", ["generateContent", "streamGenerateContent?alt=sse", "streamGenerateContent"])
@pytest.mark.parametrize("size", [10, 3_000_000], ids=["small", "large"])
def test_googles_own_dialect(make, upstream, how, size):
    upstream.always(gemini_reply(gemini.QUOTA_DAY), model=FIRST)
    upstream.always(gemini_reply(gemini.QUOTA_DAY), model=SECOND)
    stand = make(SEARCH_MODELS=[FIRST], SAFETY_SETTINGS=[])
    body = {"contents": [{"role": "user", "parts": [{"text": "x" * size}]}]}
    answer = stand.post(f"/v1beta/models/{FIRST}-search:{how}", body)
    assert answer.status_code == 200 and "Gemini" in answer.text, answer.text
    assert upstream.last.model == THIRD and upstream.last.json == body | {"tools": [{"googleSearch": {}}]}
    assert sorted(set(models_asked(upstream))) == sorted([FIRST, SECOND, THIRD])


def test_the_next_after_the_next_and_its_suffix(make, upstream):
    upstream.always(gemini_reply(gemini.OVERLOADED), model=FIRST)
    upstream.always(gemini_reply(gemini.OVERLOADED), model=SECOND)
    stand = make(SEARCH_MODELS=[FIRST])
    assert stand.chat(model=f"models/{FIRST}-search").json()["model"] == THIRD
    assert upstream.last.model == THIRD and upstream.last.json["tools"] == [{"googleSearch": {}}]


@pytest.mark.parametrize("fallbacks", [{FIRST: SECOND, SECOND: FIRST}, {"*": SECOND}], ids=["a circle", "a pattern"])
def test_each_is_asked_once(make, upstream, fallbacks):
    upstream.always(gemini_reply(gemini.OVERLOADED))
    stand = make(MODEL_FALLBACKS=fallbacks)
    answer = stand.chat()
    assert answer.status_code == 503 and "overloaded" in answer.json()["error"]["message"]
    assert models_asked(upstream) == [FIRST] * 2 + [SECOND] * 2
    wait_until(lambda: statuses_logged(stand), what="a row")
    assert logged(stand, "SELECT served_model, status, attempts FROM request_rows") == [(SECOND, 503, 4)]


def test_a_fault_of_the_request_is_no_reason(make, upstream):
    upstream.always(gemini_reply(gemini.BAD_FIELD), model=FIRST)
    stand = make()
    assert stand.chat().status_code == 400
    assert stand.post(f"/v1beta/models/{FIRST}:generateContent", NATIVE).status_code == 400
    assert models_asked(upstream) == [FIRST] * 2


def test_who_may_ask_the_one_gets_the_other_unless_nobody_may(make, upstream):
    upstream.always(gemini_reply(gemini.QUOTA_DAY), model=FIRST)
    stand = make()
    token = next(word for word in stand.gbctl("token", "new", "--models", FIRST).stdout.split() if word.startswith("sk-"))
    wait_until(lambda: stand.get("/v1/models", token=token).status_code == 200, what="the token to be known")
    assert stand.chat(token=token).json()["model"] == SECOND
    assert stand.chat(token=token, model=SECOND).status_code == 404
    stand.gbctl("settings", "set", "FILTERED_MODELS", SECOND)
    wait_until(lambda: stand.chat().status_code == 429, what="a setting in force")
    assert THIRD not in models_asked(upstream)


def test_embeddings_stay_with_their_model(make, upstream):
    upstream.always(gemini_reply(gemini.QUOTA_DAY), model="gemini-embedding-001")
    stand = make(MODEL_FALLBACKS={"*": "gemini-embedding-2"})
    assert stand.post("/v1/embeddings", {"model": "gemini-embedding-001", "input": "a"}).status_code == 429
    assert set(models_asked(upstream)) == {"gemini-embedding-001"}


def test_without_the_setting_nothing_takes_over(make, upstream):
    upstream.always(gemini_reply(gemini.QUOTA_DAY), model=FIRST)
    upstream.always(text("Hi"), model=SECOND)
    stand = make(MODEL_FALLBACKS={})
    assert stand.chat().status_code == 429 and set(models_asked(upstream)) == {FIRST}
