"""Every web server in front, as its file in conf/ sets it up: the same cases for each.

What a server really cannot do stands in fronts_limits.py, and its case asserts what happens instead. The table of
docs/fronts.md is made from both: see test_fronts_table.py.
"""

import concurrent.futures
import hashlib
import json
import subprocess
import threading
import time

import httpx
import pytest

import gemini
from admin_client import form
from conftest import key_names, settings_of, stop_and_look
from front_calls import (AT_ONCE, CHAT, MODEL, NATIVE, PATIENCE, InStep, begin, connect, head_of, read_all, read_until,
                         status_of)
from fronts import FRONTS
from fronts_limits import limit_of
from stand import ADMIN_TOKEN, SLOW, TOKEN, chunks_of, text_of
from test_files import START, send
from upstream import HANG, Answer, Reply, Upstream
from upstream_files import Resources

KEYS = key_names(3)


@pytest.fixture(scope="module", params=FRONTS)
def running(request):
    """One of each for all cases of this file."""
    upstream = Upstream()
    upstream.forbidden = [TOKEN, ADMIN_TOKEN]
    settings = {"TRUSTED_PROXIES": ["127.0.0.1"], "STREAM_HEARTBEAT_SECONDS": "15", "WORKERS": "64"}
    if limit_of(request.param, "leaves_stream"):
        settings["STREAM_HEARTBEAT_SECONDS"] = "1"
    front = FRONTS[request.param](settings_of(KEYS, upstream, settings))
    front.name, front.keys, front.upstream = request.param, KEYS, upstream
    front.start()
    before = request.session.testsfailed
    yield front
    try:
        stop_and_look([front], request.session.testsfailed > before)
    finally:
        upstream.close()
        front.remove()
    assert not upstream.faults, upstream.faults


@pytest.fixture
def front(running):
    running.upstream.reset()
    return running


# --- calls ------------------------------------------------------------------------------------------


def test_chat(front):
    answer = front.chat()
    assert answer.json()["choices"][0]["message"]["content"] == "Hello from Gemini"
    assert len(front.get("/v1/models").json()["data"]) >= 5
    error = front.chat(token="wrong")
    assert (error.status_code, error.json()["error"]["code"]) == (401, "invalid_api_key")


@pytest.mark.parametrize("path, body", [("/v1/chat/completions", CHAT | {"stream": True}),
                                        (f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse", NATIVE)],
                         ids=["openai", "gemini"])
def test_stream(front, path, body):
    said = InStep(6)
    front.upstream.script(said)
    with front.stream(path, body, timeout=2 * PATIENCE) as reply:
        got = said.read(reply.iter_raw())
    assert said.held is None, f"event {said.held} was held back"
    assert all(word.strip().encode() in got for word in said.words)


def test_many(front):
    """Streams at the same time: each begins though none has ended."""
    count, gate = 16, threading.Event()
    answer = Answer(*gemini.text_events("Once", " more"))

    def held(request):
        reply = answer.render(request)
        return Reply(steps=(reply.steps[0], lambda: gate.wait(PATIENCE), *reply.steps[1:]), headers=reply.headers,
                     framing=reply.framing)

    front.upstream.always(held)
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        asked = [pool.submit(front.chat, stream=True) for _ in range(count)]
        try:
            front.upstream.wait(lambda: len(front.upstream.calls) == count, PATIENCE)
        finally:
            gate.set()
        answers = [each.result() for each in asked]
    assert [text_of(chunks_of(answer.content)) for answer in answers] == ["Once more"] * count


def leaving(front, path, body, scripted, seen):
    """Seconds from the client's leaving to its being seen upstream."""
    front.upstream.script(scripted)
    connection = begin(front, path, body)
    front.upstream.wait(lambda: front.upstream.calls, PATIENCE)
    if seen:
        read_until(connection, seen)
    else:
        time.sleep(0.2)
    left = time.monotonic()
    connection.close()
    return left


def test_leaves_stream(front):
    began = time.monotonic()
    left = leaving(front, "/v1/chat/completions", CHAT | {"stream": True},
                   Answer(gemini.event({"text": "Once"}), end=HANG), b"Once")
    front.upstream.wait(lambda: front.upstream.calls[0].left, PATIENCE)
    seen = front.upstream.calls[0].left
    if limit_of(front.name, "leaves_stream"):
        assert seen - began > 0.9, "seen before a heartbeat: the limit is gone"
    else:
        assert seen - left < AT_ONCE


def test_leaves_whole(front):
    scripted = Reply(before=2.5) if limit_of(front.name, "leaves_whole") else Reply(before=HANG)
    left = leaving(front, "/v1/chat/completions", CHAT, scripted, None)
    call = front.upstream.calls[0]
    front.upstream.wait(lambda: call.ended, PATIENCE)
    if limit_of(front.name, "leaves_whole"):
        assert not call.left, "seen: the limit is gone"
    else:
        assert call.left and call.left - left < AT_ONCE


# --- bodies -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def large_file(tmp_path_factory):
    path, digest = tmp_path_factory.mktemp("large") / "file", hashlib.sha256()
    with open(path, "wb") as large:
        for number in range(300):
            piece = number.to_bytes(4, "big") * (1 << 18)
            digest.update(piece)
            large.write(piece)
    return path, digest.hexdigest()


def upload_url(front, **headers):
    answer = front.post("/upload/v1beta/files", {"file": {"display_name": "a"}}, headers=START | headers)
    assert answer.status_code == 200, answer.text
    return answer.headers["x-goog-upload-url"]


def test_upload(front, large_file):
    Resources(front.upstream)
    path, digest = large_file
    url = upload_url(front)
    assert url.startswith(front.url + "/upload/")
    done = subprocess.run(["curl", "-sS", "-X", "POST", "-T", str(path), "-H", "X-Goog-Upload-Offset: 0",
                           "-H", "X-Goog-Upload-Command: upload, finalize", url],
                          capture_output=True, text=True, timeout=100 * SLOW)
    made = json.loads(done.stdout)["file"]
    assert (made["sizeBytes"], made["sha256Hash"]) == (str(300 << 20), digest), done.stderr


def test_chunked(front):
    """A body without a length, in pieces."""
    text = "x" * (1 << 20)
    body = json.dumps({"contents": [{"parts": [{"text": text}]}]}).encode()
    pieces = [body[at:at + 100_000] for at in range(0, len(body), 100_000)]
    answer = httpx.post(f"{front.url}/v1beta/models/{MODEL}:generateContent", content=iter(pieces), timeout=PATIENCE,
                        headers={"x-goog-api-key": TOKEN, "Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert front.upstream.last.json["contents"][0]["parts"][0]["text"] == text


def test_chunked_upload(front):
    google = Resources(front.upstream)
    data = bytes(range(256)) * 8192
    answer = send(upload_url(front), iter([data[at:at + 65536] for at in range(0, len(data), 65536)]))
    assert answer.status_code == 200, answer.text
    assert answer.json()["file"]["sha256Hash"] == hashlib.sha256(data).hexdigest()
    assert google.items


def test_expect(front):
    """A client that asks before it sends its body, as curl does with large ones."""
    data = json.dumps(CHAT | {"messages": [{"role": "user", "content": "y" * 2_000_000}]}).encode()
    connection = connect(front)
    connection.sendall(head_of("POST", front.below + "/v1/chat/completions", {
        "Host": "127.0.0.1", "Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json",
        "Content-Length": len(data), "Expect": "100-continue", "Connection": "close"}))
    assert status_of(read_until(connection, b"\r\n\r\n")) == 100
    connection.sendall(data)
    assert status_of(read_all(connection)) == 200


# --- requests ---------------------------------------------------------------------------------------


def refused(front):
    connection = connect(front)
    headers = {f"X-Large-{number}": "z" * 7900 for number in range(140)}
    data = head_of("GET", front.below + "/health", {"Host": "127.0.0.1", "Connection": "close"} | headers)
    assert len(data) > 1 << 20
    sending = threading.Thread(target=lambda: push(connection, data))
    sending.start()
    answer = read_all(connection)
    connection.close()
    sending.join(PATIENCE)
    return answer


def push(connection, data):
    try:
        connection.sendall(data)
    except OSError:
        pass  # refused before all of it was read


def test_headers(front):
    """A megabyte of headers is refused in words, and nothing is the worse for it."""
    # Some servers close while bytes are on their way, which may overtake the answer.
    answers = [answer for answer in (refused(front) for _ in range(3)) if answer]
    assert answers and all(status_of(answer) in (400, 413, 431) for answer in answers)
    assert front.chat().status_code == 200


PLACES = {"Authorization": {"Authorization": f"Bearer {TOKEN}"}, "x-goog-api-key": {"x-goog-api-key": TOKEN},
          "x-api-key": {"x-api-key": TOKEN}, "?key=": {}}


def test_tokens(front):
    for path, body in (("/v1/chat/completions", CHAT), (f"/v1beta/models/{MODEL}:generateContent", NATIVE)):
        for place, headers in PLACES.items():
            query = f"?key={TOKEN}" if place == "?key=" else ""
            answer = front.post(path + query, body, token=None, headers=headers)
            assert answer.status_code == 200, (place, answer.text)
        assert front.post(path, body, token=None).status_code == 401


def test_paths(front):
    for path in (f"/v1beta/models/{MODEL}:generateContent", f"/v1beta/models/{MODEL}%3AgenerateContent",
                 f"/v1beta/models/{MODEL}%3agenerateContent", f"//v1beta//models/{MODEL}:generateContent"):
        answer = front.post(path, NATIVE)
        assert answer.status_code == 200, (path, answer.text)
        assert front.upstream.last.target == f"/v1beta/models/{MODEL}:generateContent"
    for path in (f"/v1/models/{MODEL}", f"/v1/models/models%2F{MODEL}"):
        answer = front.get(path)
        assert answer.status_code == 200, (path, answer.text)
    assert front.get("/v1beta/models/a%20b").json()["error"]["status"] == "INVALID_ARGUMENT"


def test_https(front):
    """TLS that ended at a proxy in front of the web server."""
    Resources(front.upstream)
    url = upload_url(front, **{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.org"})
    assert url.startswith(f"https://api.example.org{front.below}/upload/")


def check_admin(front):
    """Login, a form and static files; links stay below the path that the program lies under."""
    with httpx.Client(base_url=front.url, follow_redirects=False, timeout=PATIENCE) as visitor:
        page = visitor.get("/")
        assert form(page, "/auth")["action"] == front.below + "/auth"
        style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
        assert style.startswith(front.below + "/static/")
        answer = httpx.get(f"http://127.0.0.1:{front.port}{style}")
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/css")
        answer = visitor.post("/auth", data={"auth_token": ADMIN_TOKEN})
        assert answer.headers["location"] == front.below + "/dashboard"
        assert visitor.get("/keys").status_code == 200
        wanted = form(visitor.get("/tokens"), "/tokens/add")
        made = visitor.post("/tokens/add", data=wanted["fields"] | {"name": "somebody"})
        assert made.status_code in (200, 303)
        assert "somebody" in visitor.get("/tokens").text


def test_admin(front):
    check_admin(front)


def test_admin_subpath(make_front, running):
    front = running if running.below else make_front(running.below_a_path or running.name, mount="/gemini")
    check_admin(front)
    assert front.chat().status_code == 200
    assert front.post(f"/v1beta/models/{MODEL}%3AgenerateContent", NATIVE).status_code == 200


def test_methods(front):
    answer = httpx.head(front.url + "/health", timeout=PATIENCE)
    assert (answer.status_code, answer.content) == (200, b"")
    answer = front.request("OPTIONS", "/v1/chat/completions", None, None, headers={
        "Origin": "https://app.example.org", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type"})
    assert answer.status_code in (200, 204)
    assert answer.headers["access-control-allow-origin"] in ("*", "https://app.example.org")
    assert "authorization" in answer.headers["access-control-allow-headers"].lower() + "*authorization"
    assert front.request("DELETE", "/health", None, None).status_code == 405


def test_http10(front):
    for fields, wanted in (({}, b"Hello from Gemini"), ({"stream": True}, b"[DONE]")):
        data = json.dumps(CHAT | fields).encode()
        connection = connect(front)
        connection.sendall(head_of("POST", front.below + "/v1/chat/completions", {
            "Host": "127.0.0.1", "Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json",
            "Content-Length": len(data)}, version="1.0") + data)
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
        assert status_of(head) == 200
        assert b"transfer-encoding" not in head.lower()
        assert wanted in body
