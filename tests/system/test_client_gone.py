"""A client that leaves ends the call upstream at once: nothing is generated for nobody."""

import time

import pytest

import gemini
from front_calls import AT_ONCE, CHAT, MODEL, NATIVE, begin
from stand import wait_until
from stored import statuses_logged
from upstream import HANG, Answer, Reply, text

CALLS = {
    "openai streamed": ("/v1/chat/completions", CHAT | {"stream": True}),
    "openai whole": ("/v1/chat/completions", CHAT),
    "gemini streamed": (f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse", NATIVE),
    "gemini whole": (f"/v1beta/models/{MODEL}:generateContent", NATIVE),
}


def leave(connection):
    left = time.monotonic()
    connection.close()
    return left


@pytest.mark.parametrize("front", ["spawned", "socket"])
@pytest.mark.parametrize("name", CALLS)
def test_before_the_first_word(make_stand, upstream, name, front):
    stand = make_stand(front=front)
    upstream.script(Reply(before=HANG))
    connection = begin(stand, *CALLS[name])
    upstream.wait(lambda: upstream.calls)
    left = leave(connection)
    upstream.wait(lambda: upstream.calls[0].left)
    assert upstream.calls[0].left - left < AT_ONCE
    wait_until(lambda: statuses_logged(stand) == [499], what="the log's row")
    assert len(upstream.calls) == 1
    assert stand.get("/health").json()["keys"]["ready"] == 3


@pytest.mark.parametrize("name", ["openai streamed", "gemini streamed"])
@pytest.mark.parametrize("after", [Answer(gemini.event({"text": "Once"}), end=HANG), text(*["word "] * 500, gap=0.02)],
                         ids=["in silence", "in the middle of words"])
def test_inside_a_stream(stand, upstream, name, after):
    upstream.script(after)
    connection = begin(stand, *CALLS[name])
    got = b""
    while b"Once" not in got and b"word" not in got:
        piece = connection.recv(65536)
        assert piece
        got += piece
    left = leave(connection)
    upstream.wait(lambda: upstream.calls[0].left or upstream.calls[0].ended)
    assert upstream.calls[0].left, "upstream was read to its end"
    assert upstream.calls[0].left - left < AT_ONCE
    assert len(upstream.calls) == 1
    assert stand.chat().status_code == 200


def test_a_client_that_leaves_while_keys_rest(make_stand, upstream):
    stand = make_stand(keys=1, POOL_MAX_WAIT="20")
    upstream.always(Reply(status=429, steps=(gemini.pretty(gemini.quota(
        "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "5", "15s")[1]),)))
    connection = begin(stand, *CALLS["openai whole"])
    upstream.wait(lambda: upstream.calls and upstream.calls[0].ended)
    leave(connection)
    wait_until(lambda: statuses_logged(stand) == [499], what="the log's row")
    assert len(upstream.calls) == 1
