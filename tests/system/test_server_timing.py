"""Server-Timing tells our own share on every answer."""

import re

import pytest

from stand import SLOW, TOKEN
from upstream import text

MODEL = "gemini-3.8-flash"
CHAT = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
NATIVE = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def own_ms(answer):
    header = answer.headers["server-timing"]
    durations = {name: float(duration) for name, duration in re.findall(r"([\w-]+)[^,]*?;dur=([0-9.]+)", header)}
    assert durations, header
    return next(iter(durations.values()))


@pytest.mark.parametrize("method, path, body, token", [
    ("POST", "/v1/chat/completions", CHAT, TOKEN),
    ("POST", "/v1/chat/completions", CHAT | {"stream": True}, TOKEN),
    ("POST", f"/v1beta/models/{MODEL}:generateContent", NATIVE, TOKEN),
    ("POST", f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse", NATIVE, TOKEN),
    ("POST", "/v1/chat/completions", CHAT, "wrong"), ("POST", "/v1/chat/completions", b"{", TOKEN),
    ("GET", "/v1/models", None, TOKEN), ("GET", "/health", None, None), ("GET", "/nothing", None, None),
    ("DELETE", "/health", None, None), ("GET", "/", None, None), ("GET", "/keys", None, None)])
def test_every_answer_carries_it(stand, method, path, body, token):
    answer = stand.request(method, path, body, token)
    assert own_ms(answer) >= 0


@pytest.mark.parametrize("streamed", [False, True])
def test_time_spent_waiting_for_upstream_is_not_ours(stand, upstream, streamed):
    upstream.always(text("Late", before=1.0 * SLOW))
    answer = stand.chat(stream=streamed)
    assert own_ms(answer) < 950 * SLOW


@pytest.mark.parametrize("fields", [{}, {"stream": True}])
def test_openai_tells_the_whole_time(stand, upstream, fields):
    upstream.always(text("Late", before=0.3))
    answer = stand.chat(**fields)
    assert 300 <= int(answer.headers["openai-processing-ms"]) < 20_000
    assert answer.headers["x-request-id"]


def test_openai_tells_it_of_errors_and_google_does_not(stand):
    assert int(stand.chat(token="wrong").headers["openai-processing-ms"]) >= 0
    native = stand.request("POST", f"/v1beta/models/{MODEL}:generateContent", NATIVE, TOKEN)
    assert "openai-processing-ms" not in native.headers
