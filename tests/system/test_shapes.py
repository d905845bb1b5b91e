"""What shapes.check() lets through, and what it does not."""

import pytest

import shapes

CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
         "choices": [{"index": 0, "delta": {"content": "Hi", "reasoning_content": "Hm"}, "finish_reason": None}]}


def changed(**members):
    choice = CHUNK["choices"][0]
    return CHUNK | {"choices": [choice | {"delta": choice["delta"] | members.pop("delta", {})} | members]}


def test_what_fits():
    assert shapes.check(CHUNK) is CHUNK


@pytest.mark.parametrize("wrong", [
    CHUNK | {"created": "1"}, CHUNK | {"hue": 1}, {name: CHUNK[name] for name in CHUNK if name != "id"},
    changed(index="0"), changed(finish_reason="STOP"), changed(delta={"colour": "red"}), changed(delta={"tool_calls": None}),
    changed(delta={"tool_calls": [{"id": "a"}]}), changed(delta={"content": 7})])
def test_what_does_not(wrong):
    with pytest.raises((AssertionError, ValueError)):
        shapes.check(wrong)
