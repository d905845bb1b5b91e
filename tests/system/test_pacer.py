"""STREAM_OPTIMIZER_ENABLED: texts handed out in small even pieces, and nothing else changed."""

import json
import time

import gemini
from stand import SLOW, chunks_of, text_of, wait_until
from upstream import HANG, Answer, text

MODEL = "gemini-3.8-flash"
BODY = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": True,
        "stream_options": {"include_usage": True}}
PAUSE = 10  # seconds, the longest that there is
SETTINGS = {"STREAM_OPTIMIZER_ENABLED": "true", "STREAM_MIN_DELAY": "0.01", "STREAM_MAX_DELAY": "0.02"}


def read(stand):
    with stand.stream("/v1/chat/completions", BODY) as answer:
        return chunks_of(answer.read())


def pieces_of(chunks, member="content"):
    return [c["choices"][0]["delta"][member] for c in chunks if c["choices"] and c["choices"][0]["delta"].get(member)]


def test_texts_in_pieces_by_characters(make_stand, upstream):
    stand = make_stand(**SETTINGS)
    long = "Grüße aus 世界! " * 5
    upstream.script(text("Höl🌍", long))
    chunks = read(stand)
    assert pieces_of(chunks)[:4] == ["H", "ö", "l", "🌍"]
    assert pieces_of(chunks)[4] == long[:5]
    assert text_of(chunks) == "Höl🌍" + long


def test_nothing_is_said_twice(make_stand, upstream):
    stand = make_stand(**SETTINGS)
    upstream.script(Answer(gemini.event({"text": "I think", "thought": True}),
                           gemini.event({"text": "Look:"}, gemini.call("look", {"a": "a long argument"})),
                           gemini.event({"text": ""}, finish="STOP")))
    chunks = read(stand)
    assert text_of(chunks) == "Look:"
    assert "".join(pieces_of(chunks, "reasoning_content")) == "I think"
    calls = [call for each in pieces_of(chunks, "tool_calls") for call in each]
    assert json.loads("".join(call["function"].get("arguments", "") for call in calls)) == {"a": "a long argument"}
    assert sum("role" in c["choices"][0]["delta"] for c in chunks if c["choices"]) == 1
    assert sum(bool(c.get("usage")) for c in chunks) == 1
    assert [c["choices"][0]["finish_reason"] for c in chunks
            if c["choices"] and c["choices"][0]["finish_reason"]] == ["tool_calls"]


def test_it_keeps_up_with_upstream(make_stand, upstream):
    """Twelve hundred pieces a second apart would take twenty minutes."""
    stand = make_stand(**(SETTINGS | {"STREAM_MIN_DELAY": "1", "STREAM_MAX_DELAY": "1"}))
    upstream.script(text(*["0123456789" * 10] * 60))
    began = time.monotonic()
    assert len(text_of(read(stand))) == 6000
    assert time.monotonic() - began < 20 * SLOW


def test_leaving_is_noticed_during_a_pause(make_stand, upstream):
    stand = make_stand(**(SETTINGS | {"STREAM_MIN_DELAY": str(PAUSE), "STREAM_MAX_DELAY": str(PAUSE)}))
    upstream.script(Answer(gemini.event({"text": "abcdefgh"}), end=HANG))
    with stand.stream("/v1/chat/completions", BODY) as answer:
        next(answer.iter_lines())
        left = time.monotonic()
    upstream.wait(lambda: upstream.last.left)
    assert upstream.last.left - left < PAUSE * SLOW, "seen only by what was written after the pause"


def test_the_settings_are_live(make_stand, upstream):
    stand = make_stand()
    upstream.always(text("Hello there"))
    assert pieces_of(read(stand)) == ["Hello there"]
    stand.gbctl("settings", "set", "STREAM_OPTIMIZER_ENABLED", "true")
    wait_until(lambda: pieces_of(read(stand)) == list("Hello there"), what="the setting to be in force")
    stand.gbctl("settings", "set", "STREAM_LONG_TEXT_THRESHOLD", "10")
    wait_until(lambda: pieces_of(read(stand)) == ["Hello", " ther", "e"], what="the other to be in force")
