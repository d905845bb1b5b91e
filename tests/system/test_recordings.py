"""Real answers of Google's API, replayed: none crashes or hangs, and what the client gets is well-formed."""

import json
from pathlib import Path

import pytest

import shapes
from stand import BUILD, ROOT, SLOW, Stand, sse_data
from upstream import Reply, Upstream

FOLDER = Path(ROOT).parent / "shared" / "recordings" / "gemini"
FILES = sorted(path for path in FOLDER.glob("*ai/*") if path.suffix in (".json", ".txt", ".html"))
if not FILES:
    pytest.skip(f"the recordings are not at {FOLDER}", allow_module_level=True)

MODEL = "gemini-3.8-flash"
CHAT = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
NATIVE = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
REASONS = {"stop", "length", "tool_calls", "content_filter", "function_call"}


def error_status(body):
    """The status that the body itself names, 200 where it is an answer."""
    try:
        value = json.loads(body)
    except ValueError:
        return 404 if body.lstrip().startswith(b"<") else 200
    value = value[0] if isinstance(value, list) and value else value
    error = value.get("error") if isinstance(value, dict) else None
    return int(error.get("code", 400)) if isinstance(error, dict) else 200


def reply_of(path, piecewise):
    body = path.read_bytes()
    streamed = body.lstrip().startswith(b"data:")
    kind = "text/event-stream" if streamed else "text/html" if path.suffix == ".html" else "application/json"
    steps = tuple(body[at:at + 1] for at in range(min(len(body), 3000))) + (body[3000:],) if piecewise else (body,)
    return Reply(status=error_status(body), steps=tuple(step for step in steps if step), framing="chunked",
                 headers=(("Content-Type", kind),))


@pytest.fixture(scope="module")
def replay(tmp_path_factory):
    """One installation for all recordings; the key is given back what a failure took from it."""
    upstream = Upstream()
    settings = {"API_KEYS": ["AQ.Replay_k9Qw3ZrT7uLp2VbN5"], "ALLOWED_TOKENS": ["replay-token-k9Qw3ZrT"], "AUTH_TOKEN": "replay-admin-m8Ew2YsR",
                "BASE_URL": upstream.url, "MAX_RETRIES": "1", "EMPTY_ANSWER_RETRIES": "0", "POOL_MAX_WAIT": "0",
                "CONTINUE_TRUNCATED": "false", "TIME_OUT": "20",
                "CHECK_INTERVAL_HOURS": "0"}
    stand = Stand(tmp_path_factory.mktemp("replay"), settings).start()
    yield stand, upstream
    stand.stop()
    upstream.close()
    assert not stand.complaints()
    assert not upstream.faults


def ask(replay, path, body, reply):
    stand, upstream = replay
    upstream.reset()
    upstream.always(reply)
    answer = stand.post(path, body, token="replay-token-k9Qw3ZrT", timeout=20 * SLOW)
    if not upstream.calls:
        # The recording before this one rested or killed the key: a key that was never used takes over.
        ask.fresh += 1
        stand.gbctl("keys", "add", f"AQ.Fresh_{ask.fresh}_m8Ew2YsR6tKo1UaM4")
        for _ in range(100):
            answer = stand.post(path, body, token="replay-token-k9Qw3ZrT", timeout=20 * SLOW)
            if upstream.calls:
                break
    assert upstream.calls
    return answer


ask.fresh = 0


def check_openai_error(error):
    assert isinstance(error["message"], str) and error["message"]
    assert {"message", "type", "param", "code"} <= set(error)


def check_openai_whole(answer):
    value = answer.json()
    if answer.status_code != 200:
        check_openai_error(value["error"])
        return
    assert shapes.check(value)["object"] == "chat.completion"
    assert value["choices"]
    for choice in value["choices"]:
        assert choice["finish_reason"] in REASONS
        message = choice["message"]
        assert message["role"] == "assistant"
        assert message["content"] is None or isinstance(message["content"], str)
        for call in message.get("tool_calls", []):
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
    usage = value["usage"]
    assert usage["total_tokens"] >= usage["completion_tokens"] >= 0


def check_openai_stream(answer):
    if answer.status_code != 200:
        check_openai_error(answer.json()["error"])
        return
    data = sse_data(answer.content)
    assert data
    finals, errors = 0, 0
    for each in data:
        if each == "[DONE]":
            continue
        chunk = json.loads(each)
        if "error" in chunk:
            check_openai_error(chunk["error"])
            errors += 1
            continue
        assert shapes.check(chunk)["object"] == "chat.completion.chunk"
        for choice in chunk["choices"]:
            assert choice["finish_reason"] is None or choice["finish_reason"] in REASONS
            finals += choice["finish_reason"] is not None
    assert (finals >= 1) != (errors == 1), data[-3:]
    if finals:
        assert data[-1] == "[DONE]"


def check_gemini(answer, streamed):
    if answer.status_code != 200:
        body = answer.content
        assert body.lstrip().startswith(b"<") or json.loads(body)
        return
    if not streamed:
        json.loads(answer.content)
        return
    for each in sse_data(answer.content):
        json.loads(each)


@pytest.mark.parametrize("piecewise", [False, True], ids=["whole", "bytewise"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_openai(replay, path, piecewise):
    reply = reply_of(path, piecewise)
    streamed = path.read_bytes().lstrip().startswith(b"data:")
    if streamed or not path.name.startswith("streaming"):
        answer = ask(replay, "/v1/chat/completions", CHAT | {"stream": streamed}, reply)
    else:
        answer = ask(replay, "/v1/chat/completions", CHAT | {"stream": True}, reply)
        streamed = True
    (check_openai_stream if streamed else check_openai_whole)(answer)
    if not streamed:
        check_openai_stream(ask(replay, "/v1/chat/completions", CHAT | {"stream": True}, reply))


@pytest.mark.parametrize("piecewise", [False, True], ids=["whole", "bytewise"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_gemini(replay, path, piecewise):
    reply = reply_of(path, piecewise)
    streamed = path.name.startswith("streaming")
    verb = "streamGenerateContent?alt=sse" if streamed else "generateContent"
    answer = ask(replay, f"/v1beta/models/{MODEL}:{verb}", NATIVE, reply)
    check_gemini(answer, streamed)


def test_they_were_replayed_against_this_build():
    assert len(FILES) >= 126
    assert BUILD.exists()
