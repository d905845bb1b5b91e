"""A client that leaves ends the call upstream at once: nothing is generated for nobody."""

import json
import socket
import time

import pytest

import gemini
from stand import SLOW, TOKEN
from upstream import HANG, Answer, Reply, text

MODEL = "gemini-3.8-flash"
CHAT = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
NATIVE = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
CALLS = {
    "openai streamed": ("/v1/chat/completions", CHAT | {"stream": True}),
    "openai whole": ("/v1/chat/completions", CHAT),
    "gemini streamed": (f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse", NATIVE),
    "gemini whole": (f"/v1beta/models/{MODEL}:generateContent", NATIVE),
}


def ask(stand, path, body):
    data = json.dumps(body).encode()
    connection = socket.create_connection(("127.0.0.1", stand.port), timeout=20)
    # lighttpd 1.4 watches a connection for its end only where it had to wait for the request, as it has
    # to for every client that is not on the same machine.
    time.sleep(0.1 * SLOW)
    connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
                       f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
    return connection


def leave(connection):
    left = time.monotonic()
    connection.close()
    return left


@pytest.mark.parametrize("front", ["spawned", "socket"])
@pytest.mark.parametrize("name", CALLS)
def test_before_the_first_word(make_stand, upstream, name, front):
    stand = make_stand(front=front)
    upstream.script(Reply(before=HANG))
    connection = ask(stand, *CALLS[name])
    upstream.wait(lambda: upstream.calls)
    time.sleep(0.1)
    left = leave(connection)
    upstream.wait(lambda: upstream.calls[0].left, 5 * SLOW)
    assert upstream.calls[0].left - left < 0.5 * SLOW
    time.sleep(0.2)
    assert len(upstream.calls) == 1
    assert stand.get("/health").json()["keys"]["ready"] == 3


@pytest.mark.parametrize("name", ["openai streamed", "gemini streamed"])
@pytest.mark.parametrize("after", [Answer(gemini.event({"text": "Once"}), end=HANG), text(*["word "] * 500, gap=0.02)],
                         ids=["in silence", "in the middle of words"])
def test_inside_a_stream(stand, upstream, name, after):
    upstream.script(after)
    connection = ask(stand, *CALLS[name])
    got = b""
    while b"Once" not in got and b"word" not in got:
        piece = connection.recv(65536)
        assert piece
        got += piece
    left = leave(connection)
    upstream.wait(lambda: upstream.calls[0].left or upstream.calls[0].ended, 5 * SLOW)
    assert upstream.calls[0].left, "upstream was read to its end"
    assert upstream.calls[0].left - left < 0.6 * SLOW
    assert len(upstream.calls) == 1
    assert stand.chat().status_code == 200


def test_a_client_that_leaves_while_keys_rest(make_stand, upstream):
    stand = make_stand(keys=1, POOL_MAX_WAIT="20")
    upstream.always(Reply(status=429, steps=(gemini.pretty(gemini.quota(
        "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "5", "3s")[1]),)))
    connection = ask(stand, *CALLS["openai whole"])
    upstream.wait(lambda: upstream.calls)
    time.sleep(0.2)
    leave(connection)
    time.sleep(4.5)
    assert len(upstream.calls) == 1
