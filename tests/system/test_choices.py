"""n above 1: several choices, by one call where the model gives them, else by several at once."""

import json
import threading
import time

import pytest

import gemini
from front_calls import once
from stand import chunks_of, wait_until
from stored import logged, statuses_logged
from upstream import CUT, HANG, Answer, gemini_reply, text

NEW, OLD = "gemini-3.8-flash", "gemini-2.5-flash"
REFUSAL = gemini.error(400, "Multiple candidates is not enabled for models/gemini-2.5-flash", "INVALID_ARGUMENT")


def ask(stand, n, model=NEW, **fields):
    return stand.chat("Hi", model=model, n=n, **fields)


def texts_of(chunks):
    """The text of each choice of a stream, by its index."""
    found = {}
    for chunk in chunks:
        for choice in chunk["choices"]:
            found[choice["index"]] = found.get(choice["index"], "") + (choice["delta"].get("content") or "")
    return found


def test_one_call_for_each_choice(make_stand, upstream):
    stand = make_stand(keys=3)
    upstream.script(text("one"), text("two"), text("three"))
    answer = ask(stand, 3)
    assert answer.status_code == 200
    body = answer.json()
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    assert sorted(choice["message"]["content"] for choice in body["choices"]) == ["one", "three", "two"]
    assert all(choice["finish_reason"] == "stop" for choice in body["choices"])
    assert (body["object"], body["model"]) == ("chat.completion", NEW)
    single = gemini.usage(5, 1)
    assert body["usage"]["prompt_tokens"] == 3 * single["promptTokenCount"]
    assert body["usage"]["total_tokens"] == 3 * single["totalTokenCount"]
    assert body["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    assert len(upstream.calls) == 3
    assert len({call.key for call in upstream.calls}) == 3
    assert all("candidateCount" not in call.json.get("generationConfig", {}) for call in upstream.calls)


def test_streamed(make_stand, upstream):
    stand = make_stand(keys=3)
    upstream.script(text("one ", "half"), text("two ", "half"), text("three ", "half"))
    answer = ask(stand, 3, stream=True, stream_options={"include_usage": True})
    assert answer.status_code == 200
    chunks = chunks_of(answer.content)
    assert sorted(texts_of(chunks).values()) == ["one half", "three half", "two half"]
    assert set(texts_of(chunks)) == {0, 1, 2}
    assert len({chunk["id"] for chunk in chunks}) == 1
    for index in range(3):
        own = [choice for chunk in chunks for choice in chunk["choices"] if choice["index"] == index]
        assert sum("role" in choice["delta"] for choice in own) == 1
        assert [choice["finish_reason"] for choice in own if choice["finish_reason"]] == ["stop"]
    assert [bool(chunk["usage"]) for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] == 6
    assert answer.text.endswith("data: [DONE]\n\n")
    assert answer.text.count("[DONE]") == 1


def test_choices_of_a_stream_come_side_by_side(make_stand, upstream):
    stand = make_stand(keys=2)
    upstream.script(Answer(*gemini.text_events("one"), end=HANG), key=stand.keys[0])
    upstream.script(Answer(*gemini.text_events("two"), end=HANG), key=stand.keys[1])
    body = {"model": NEW, "n": 2, "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    seen = set()
    with stand.stream("/v1/chat/completions", body) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                seen |= {choice["index"] for choice in json.loads(line[6:])["choices"]}
            if len(seen) == 2:
                break
    assert seen == {0, 1}
    wait_until(lambda: len([call for call in upstream.calls if call.left]) == 2, 20, "upstream to be left")


@pytest.mark.parametrize("stream", [False, True])
def test_models_that_give_several_are_asked_once(make_stand, upstream, stream):
    stand = make_stand()
    several = gemini.event({"text": "one"}, finish="STOP")
    second = gemini.event({"text": "two"}, finish="STOP", index=1)["candidates"][0]
    several["candidates"].append(second)
    upstream.script(Answer(several))
    answer = ask(stand, 2, OLD, stream=stream)
    if stream:
        assert texts_of(chunks_of(answer.content)) == {0: "one", 1: "two"}
        assert answer.text.count("[DONE]") == 1
    else:
        assert [choice["message"]["content"] for choice in answer.json()["choices"]] == ["one", "two"]
    assert [call.json["generationConfig"]["candidateCount"] for call in upstream.calls] == [2]


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_is_not_shown(make_stand, upstream, stream):
    stand = make_stand()
    upstream.script(gemini_reply(REFUSAL), text("one"), text("two"))
    answer = ask(stand, 2, OLD, stream=stream, seed=7)
    assert answer.status_code == 200
    assert "x-should-retry" not in answer.headers
    if stream:
        assert sorted(texts_of(chunks_of(answer.content)).values()) == ["one", "two"]
    else:
        assert sorted(choice["message"]["content"] for choice in answer.json()["choices"]) == ["one", "two"]
    configs = [call.json["generationConfig"] for call in upstream.calls]
    assert configs[0]["candidateCount"] == 2
    assert [config["candidateCount"] for config in configs[1:]] == [1, 1]
    assert sorted(config["seed"] for config in configs[1:]) == [7, 8]
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_another_400_is_shown(make_stand, upstream):
    stand = make_stand()
    upstream.script(gemini_reply(gemini.TOO_MANY_TOKENS))
    assert ask(stand, 2, OLD).status_code == 400
    assert len(upstream.calls) == 1


def test_each_is_tried_on_other_keys(make_stand, upstream):
    stand = make_stand(keys=4)
    upstream.script(gemini_reply(gemini.OVERLOADED), text("one"), text("two"))
    assert len(ask(stand, 2).json()["choices"]) == 2


@pytest.mark.parametrize("stream", [False, True])
def test_one_that_fails_for_good_fails_the_answer(make_stand, upstream, stream):
    stand = make_stand(keys=2, MAX_RETRIES="1")
    # The other one has said nothing when it happens.
    upstream.script(Answer(*gemini.text_events("one"), before=HANG if stream else 0), gemini_reply(gemini.OVERLOADED))
    answer = ask(stand, 2, stream=stream)
    assert answer.status_code == 503
    assert answer.json()["error"]["message"]


def test_one_that_fails_later_ends_the_stream(make_stand, upstream):
    stand = make_stand(keys=2, MAX_RETRIES="1", CONTINUE_TRUNCATED="false")
    first = gemini.text_events("one", "more")[0]
    upstream.script(Answer(first, first, gap=0.5, end=HANG), Answer(first, end=CUT))
    began = time.monotonic()
    answer = ask(stand, 2, stream=True)
    assert answer.status_code == 200
    assert '"error"' in answer.text
    assert "[DONE]" not in answer.text
    assert time.monotonic() - began < 50
    wait_until(lambda: len([call for call in upstream.calls if call.left]) >= 1, 20, "upstream to be left")


def test_a_refused_choice_after_words_of_another(make_stand, upstream):
    stand = make_stand(keys=2, MAX_RETRIES="1")
    seen, lines = threading.Event(), []
    upstream.script(Answer(gemini.text_events("one", "more")[0], end=HANG), once(seen, gemini_reply(gemini.OVERLOADED)))
    body = {"model": NEW, "n": 2, "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    with stand.stream("/v1/chat/completions", body) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            lines.append(line)
            if "one" in line:
                seen.set()
    last = [line for line in lines if line.startswith("data: ") and '"error"' in line]
    assert json.loads(last[0][6:])["error"]["message"]
    assert not [line for line in lines if "[DONE]" in line]


def test_it_is_one_row_in_the_log(make_stand, upstream):
    stand = make_stand(keys=3)
    assert len(ask(stand, 3).json()["choices"]) == 3
    wait_until(lambda: statuses_logged(stand) and len(logged(stand, "SELECT 1 FROM attempts")) == 3, what="the rows")
    assert logged(stand, "SELECT status, attempts, prompt_tokens FROM request_rows") == [(200, 3, 15)]


def test_more_than_run_at_once(make_stand, upstream):
    stand = make_stand(keys=3)
    answer = ask(stand, 14)
    assert [choice["index"] for choice in answer.json()["choices"]] == list(range(14))
    assert len(upstream.calls) == 14


def test_legacy_completions(make_stand, upstream):
    stand = make_stand(keys=2)
    body = {"model": NEW, "prompt": "Say:", "n": 2, "echo": True}
    answer = stand.post("/v1/completions", body).json()
    assert [(choice["index"], choice["text"].startswith("Say:")) for choice in answer["choices"]] == [(0, True), (1, True)]
    streamed = stand.post("/v1/completions", body | {"stream": True})
    found = {}
    for chunk in chunks_of(streamed.content):
        for choice in chunk["choices"]:
            found[choice["index"]] = found.get(choice["index"], "") + choice["text"]
    assert set(found) == {0, 1} and all(each.startswith("Say:") for each in found.values())
    assert streamed.text.count("[DONE]") == 1


def test_fake_streams(make_stand, upstream):
    stand = make_stand(keys=2, FAKE_STREAM_ENABLED="true")
    upstream.script(text("one"), text("two"))
    chunks = chunks_of(ask(stand, 2, stream=True).content)
    assert sorted(texts_of(chunks).values()) == ["one", "two"]
