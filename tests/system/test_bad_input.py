"""What bad input gets: an answer that names the fault. Never a crash, a hang, or a key's fault."""

import json
import socket

import httpx
import pytest

import gemini
from stand import TOKEN
from upstream import gemini_reply

CHAT = "/v1/chat/completions"
NATIVE = "/v1beta/models/gemini-3.8-flash:generateContent"
MODEL = "gemini-3.8-flash"
HI = [{"role": "user", "content": "Hi"}]


def chat(**fields):
    return {"model": MODEL, "messages": HI} | fields


def nested(depth):
    return b'{"contents":[{"parts":' + b"[" * depth + b"]" * depth + b"}]}"


NOT_JSON = {
    "empty": b"", "text": b"hello", "half an object": b'{"model":', "two values": b'{}{}',
    "an array": b'[1,2]', "a string": b'"hi"', "null": b"null", "a comment": b'{/* no */}',
    "a trailing comma": b'{"model":"m",}', "single quotes": b"{'model':'m'}", "NaN": b'{"temperature":NaN}',
    "a control character": b'{"model":"a\nb"}', "broken UTF-8": b'{"model":"\xff\xfe"}',
    "a zero byte": b'{"model":"a"}\0', "only blanks": b"   \n",
}


@pytest.mark.parametrize("name", NOT_JSON)
def test_a_chat_body_that_is_not_json(stand, upstream, name):
    answer = stand.post(CHAT, NOT_JSON[name])
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert "JSON" in error["message"]
    assert not upstream.requests


# Inside a body that is balanced Google's own check is better than ours could be.
GOOGLE_TELLS = {"NaN", "a control character", "broken UTF-8"}


@pytest.mark.parametrize("name", sorted(set(NOT_JSON) - GOOGLE_TELLS))
def test_a_native_body_that_is_not_json(stand, upstream, name):
    answer = stand.post(NATIVE, NOT_JSON[name])
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert "JSON" in error["message"]
    assert stand.get("/health").json()["keys"]["ready"] == 3


@pytest.mark.parametrize("name", sorted(GOOGLE_TELLS))
def test_what_google_tells_is_passed_on(stand, upstream, name):
    upstream.always(gemini_reply(gemini.BAD_FIELD))
    answer = stand.post(NATIVE, b'{"contents":[{"parts":[]}],' + NOT_JSON[name][1:])
    assert (answer.status_code, answer.content) == (400, gemini.pretty(gemini.BAD_FIELD[1]))


WRONG_TYPES = {
    "messages": ["text", 5, {}, None, [], [5], ["text"], [{"role": 5, "content": "Hi"}],
                 [{"role": "user", "content": 5}], [{"role": "user", "content": [5]}],
                 [{"role": "user", "content": {}}], [{"content": "Hi"}], [{"role": "wizard", "content": "Hi"}],
                 [{"role": "user", "content": [{"type": "image_url", "image_url": 5}]}],
                 [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:nonsense"}}]}]],
    "model": [5, None, {}, "", ["m"]],
    "temperature": ["hot", [], {}],
    "tools": ["text", 5, {"a": 1}, [5], [{"type": "function"}], [{"type": "function", "function": 5}]],
    "stream": ["yes", 5],
    "max_tokens": ["many", []],
    "stop": [5, [5]],
    "response_format": ["json", 5],
}


@pytest.mark.parametrize("field, value", [(field, value) for field, values in WRONG_TYPES.items() for value in values],
                         ids=lambda each: json.dumps(each)[:60])
def test_a_field_of_the_wrong_type_is_named(stand, upstream, field, value):
    answer = stand.post(CHAT, chat(**{field: value}))
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert field in (error["param"] or "") or field in error["message"], error
    assert not upstream.calls
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_a_missing_field_is_named(stand):
    for field in ("model", "messages"):
        body = chat()
        del body[field]
        answer = stand.post(CHAT, body)
        assert answer.status_code == 400
        assert field in answer.text


@pytest.mark.parametrize("depth", [200, 5000, 200000])
@pytest.mark.parametrize("path", [CHAT, NATIVE])
def test_deep_nesting(stand, upstream, depth, path):
    answer = stand.post(path, nested(depth))
    assert answer.status_code == 400
    assert "nested" in answer.json()["error"]["message"] or "deep" in answer.json()["error"]["message"]
    assert not upstream.calls


@pytest.mark.parametrize("path", [CHAT, NATIVE])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large(make_stand, upstream, path, chunked):
    stand = make_stand(MAX_REQUEST_BODY="10000")
    body = json.dumps(chat(padding="x" * 20000)).encode()
    content = (body[at:at + 1000] for at in range(0, len(body), 1000)) if chunked else body
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    answer = httpx.post(stand.url + path, content=content, headers=headers, timeout=30)
    assert answer.status_code == 413
    assert "10000" in answer.text or "large" in answer.text.lower()
    assert not upstream.calls
    assert stand.chat().status_code == 200


@pytest.mark.parametrize("path, shape", [
    ("/v1/nothing", "openai"), ("/nothing", "openai"), ("/nothing/", "openai"), ("/hf/v1/nothing", "openai"),
    ("/v1beta/nothing", "gemini"), ("/gemini/v1beta/nothing", "gemini")])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_route(stand, path, shape, method):
    answer = stand.request(method, path, None, TOKEN)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/json")
    error = answer.json()["error"]
    assert error["message"]
    assert ("status" in error) == (shape == "gemini")


@pytest.mark.parametrize("method, path, allowed", [
    ("GET", CHAT, "POST"), ("DELETE", CHAT, "POST"), ("PUT", "/v1/models", "GET"), ("GET", NATIVE, "POST"),
    ("POST", "/v1beta/models", "GET"), ("POST", "/health", "GET"), ("PATCH", NATIVE, "POST")])
def test_a_wrong_method(stand, method, path, allowed):
    answer = stand.request(method, path, None, TOKEN)
    assert answer.status_code == 405
    assert allowed in [each.strip() for each in answer.headers["allow"].split(",")]
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("path, body", [(CHAT, chat()), (NATIVE, {"contents": [{"parts": [{"text": "Hi"}]}]}),
                                        (CHAT, chat(stream=True))])
def test_no_keys_at_all(make_stand, upstream, path, body):
    stand = make_stand(keys=0)
    answer = stand.post(path, body)
    assert answer.status_code == 503
    assert "no" in answer.json()["error"]["message"].lower()
    assert "key" in answer.json()["error"]["message"].lower()
    assert not upstream.requests


def raw(stand, data, seconds=10):
    """Sends bytes as they are and reads until the other side closes."""
    with socket.create_connection(("127.0.0.1", stand.port), timeout=seconds) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        got = b""
        try:
            while piece := connection.recv(65536):
                got += piece
        except OSError:
            pass
        return got


@pytest.mark.parametrize("data", [
    b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\nAuthorization: Bearer %s\r\n\r\n{\"model\"",
    b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer %s\r\n\r\nzz\r\n",
], ids=["a body cut short", "a broken chunk"])
def test_a_body_that_never_comes(stand, upstream, data):
    raw(stand, data % (CHAT.encode(), TOKEN.encode()))
    assert not upstream.calls
    assert stand.chat().status_code == 200


@pytest.mark.parametrize("path", ["/v1/models/%", "/v1/models/%zz", "/v1/models/%00", "/%2e%2e/%2e%2e/etc/passwd",
                                  "/static/../../secret", "/static/%2e%2e%2fsecret", "/v1/" + "a" * 5000])
def test_odd_paths(stand, path):
    answer = raw(stand, f"GET {path} HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
    status = int(answer.split(b" ", 2)[1])
    assert status in (400, 404, 414), answer[:300]
    assert stand.get("/health").status_code == 200


def test_many_headers_are_refused_cleanly(stand):
    lines = "".join(f"X-Header-{number}: {'v' * 200}\r\n" for number in range(4000))
    answer = raw(stand, f"GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n".encode())
    assert not answer or int(answer.split(b" ", 2)[1]) in (400, 431)
    assert stand.chat().status_code == 200
