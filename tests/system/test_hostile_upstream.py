"""An upstream, or something between, that does what no HTTP server should: every call ends in bounded time
and memory, nothing of it reaches the client but a proper answer, and the next call works."""

import json
import re
import socket
import time
import zlib
from pathlib import Path

import pytest

import gemini
from loopback import LoopbackListener
from stand import SLOW, TOKEN, wait_until
from upstream import Answer, Reply, read_request

MODEL = "gemini-3.8-flash"
NATIVE = f"/v1beta/models/{MODEL}:generateContent"
NATIVE_STREAM = f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse"
PLAIN = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
MIB = 1 << 20
ROUNDS = 4096  # of endless things: as many pieces as no sound client takes
WAYS = {
    "chat": lambda stand: stand.chat(),
    "chat streamed": lambda stand: stand.chat(stream=True),
    "native": lambda stand: stand.post(NATIVE, PLAIN),
    "native streamed": lambda stand: stand.post(NATIVE_STREAM, PLAIN),
}


class Rough(LoopbackListener):
    """Says `pieces` to every request, as they are; counts what the other side took."""

    def __init__(self, *pieces):
        self.pieces, self.taken, self.served, self.left = pieces, 0, 0, 0
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}/v1beta"

    def serve(self, connection):
        with connection, connection.makefile("rb") as reader:
            try:
                if read_request(reader, 0):
                    self.served += 1
                    for piece in self.pieces:
                        self.say(connection, piece)
            except OSError:
                self.left += 1

    def say(self, connection, piece):
        times, data = piece if isinstance(piece, tuple) else (1, piece)
        for _ in range(times):
            connection.sendall(data)
            self.taken += len(data)


@pytest.fixture
def rough():
    made = []

    def make(*pieces):
        made.append(Rough(*pieces))
        return made[-1]

    yield make
    for each in made:
        each.close()


def resident(pid):
    """The most memory that it ever took, in bytes."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) * 1024


def bomb(size):
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * MIB) for _ in range(size // MIB)) + packer.flush()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
KIB = b"x" * 1024
ENDLESS = {
    "headers": (HEAD, (256 * ROUNDS, b"X-Filler: " + KIB + b"\r\n")),
    "headers of the hop": (HEAD, (256 * ROUNDS, b"Connection: " + KIB + b"\r\n")),
    "one header": (HEAD + b"X-Filler: ", (256 * ROUNDS, KIB)),
    "answers before the answer": ((256 * ROUNDS, b"HTTP/1.1 103 Early Hints\r\nLink: " + KIB + b"\r\n\r\n"),),
    "an error": (b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\n\r\n", (256 * ROUNDS, KIB)),
    "a redirect's text": (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n", (256 * ROUNDS, KIB)),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", (256 * ROUNDS, b"X-Filler: " + KIB + b"\r\n")),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_does_not_end_is_ended(make_stand, rough, what):
    server = rough(*ENDLESS[what])
    stand = make_stand(BASE_URL=server.url, MAX_RETRIES="1")
    for way, ask in WAYS.items():
        answer = ask(stand)
        assert answer.status_code in (302, 500, 502, 503), (way, answer.text[:300])
        assert len(answer.content) <= 128 * 1024, way
    assert server.taken < 16 * MIB * len(WAYS)
    wait_until(lambda: server.left == server.served, 20, "the end of every connection")
    assert resident(stand.pids()[0]) < 100 * MIB * SLOW
    assert stand.get("/health").json()["keys"]["ready"] == 3


REDIRECT = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: %s\r\nConnection: close\r\n\r\n%s"
HTML = HEAD.replace(b"application/json", b"text/html")
GARBAGE = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a status that is none": b"HTTP/1.1 abc\r\n\r\n",
    "a status of 999": b"HTTP/1.1 999 What\r\nContent-Type: application/json\r\n\r\n"
                          b'{"error":{"message":"What"}}',
    "nothing": b"",
    "a redirect": REDIRECT % (b"http://127.0.0.1:9/v1beta", b"moved"),
    "a redirect without a word": REDIRECT % (b"/elsewhere", b""),
    "an HTML page": HTML + b"Content-Length: 13\r\n\r\n<html></html>",
    "a size that is none": CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "a negative size": CHUNKED + b"-1\r\n{}\r\n0\r\n\r\n",
    "a huge size": CHUNKED + b"ffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    "a piece cut short": CHUNKED + b"100\r\n{}",
    "no length that fits": HEAD + b"Content-Length: 5000\r\n\r\n{}",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}",
    "a negative length": HEAD + b"Content-Length: -5\r\n\r\n{}",
    "no gzip": HEAD + b"Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip",
    "a code that is not known": HEAD + b"Content-Encoding: zstd, rot13\r\nContent-Length: 8\r\n\r\nabcdefgh",
    "zeros": HEAD + b"Content-Length: 4096\r\n\r\n" + bytes(4096),
    "a header with a zero": b"HTTP/1.1 200 OK\r\nContent-Type: a\0b\r\nContent-Length: 2\r\n\r\n{}",
}



def test_garbage_is_an_error(make_stand, rough):
    server = rough()
    stand = make_stand(BASE_URL=server.url, MAX_RETRIES="1")
    for what, data in GARBAGE.items():
        server.pieces = (data,)
        for way, ask in WAYS.items():
            answer = ask(stand)
            assert answer.status_code in (502, 503), (what, way, answer.text)
            assert answer.headers["content-type"].startswith("application/json"), (what, way)
            assert answer.json()["error"]["message"], (what, way)
            assert server.served == 1, (what, way)  # a redirect would lead the key elsewhere
            server.served = 0
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_a_gzip_bomb_fills_no_memory(make_stand, rough):
    body = bomb(320 * MIB)
    server = rough(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body), body)
    stand = make_stand(BASE_URL=server.url, MAX_RETRIES="1")
    for way in ("chat", "native streamed"):
        answer = WAYS[way](stand)
        assert answer.status_code == 502 and "larger than" in answer.text, (way, answer.text[:300])
    assert resident(stand.pids()[0]) < 320 * MIB * SLOW


OF_THE_HOP = (b"Content-Type: application/json\r\nSet-Cookie: session=1\r\nKeep-Alive: timeout=5\r\nAlt-Svc: h3\r\n"
              b"X-Goog-Split: a\rX-Evil: 1\r\nX-Goog-Api-Key: mirrored\r\nX-Goog-Fine: yes\r\nUpgrade: h2c\r\n"
              b"Proxy-Authenticate: Basic\r\nStrict-Transport-Security: max-age=1\r\nConnection: close\r\n\r\n")
KEPT_BACK = {"set-cookie", "keep-alive", "alt-svc", "x-evil", "x-goog-split", "x-goog-api-key", "upgrade",
             "proxy-authenticate", "strict-transport-security"}


@pytest.mark.parametrize("status, body", [(200, gemini.whole(gemini.text_events("Hi"))), (400, gemini.BAD_FIELD[1])])
def test_headers_that_are_not_for_the_client(make_stand, rough, status, body):
    server = rough(b"HTTP/1.1 %d Fine\r\n" % status + OF_THE_HOP + gemini.pretty(body))
    stand = make_stand(BASE_URL=server.url)
    for way in ("chat", "native"):
        answer = WAYS[way](stand)
        assert answer.status_code == status
        assert not KEPT_BACK & {name.lower() for name in answer.headers}, answer.headers
    assert answer.headers["x-goog-fine"] == "yes"
    assert b"Set-Cookie" not in raw_answer(stand)


def raw_answer(stand):
    """Of the native call, byte by byte: a client library may join or drop lines."""
    body = json.dumps(PLAIN).encode()
    with socket.create_connection(("127.0.0.1", stand.port), timeout=20) as connection:
        connection.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-goog-api-key: %s\r\n"
                           b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
                               NATIVE.encode(), TOKEN.encode(), len(body), body))
        got = b""
        while piece := connection.recv(65536):
            got += piece
    return got


ECHOES = ['{"error":{"code":400,"message":"Consumer \'api_key:KEY\' has no KEY","status":"INVALID_ARGUMENT",'
          '"details":[{"field":"KEY"}]}}', "<html>x-goog-api-key: KEY</html>"]


@pytest.mark.parametrize("key", ["AIzaSyB4kQ9w-Zr3TmVx7Lp2Nc8Yd5Hs1Fg6JuA", "another-kind-of-key-000017"])
def test_a_key_that_upstream_repeats_is_hidden(make_stand, upstream, key):
    stand = make_stand(keys=[key], MAX_RETRIES="1", LOG_LEVEL="debug")
    for form in ECHOES:
        upstream.always(lambda request, form=form: Reply(status=400, steps=(form.replace("KEY", request.key).encode(),)))
        for way, ask in WAYS.items():
            answer = ask(stand)
            assert answer.status_code == 400, (way, answer.text)
            assert key not in answer.text, way
            assert "***" in answer.text or way.startswith("chat"), (way, answer.text)
    said = gemini.event({"text": "Once"})
    upstream.always(lambda request: Answer(said, {"error": {"code": 500, "message": request.key, "status": "INTERNAL"}}))
    for way in ("chat streamed", "native streamed"):
        answer = WAYS[way](stand)
        assert "Once" in answer.text and "error" in answer.text and key not in answer.text, (way, answer.text)
    stand.stop()
    for path in stand.data.iterdir():
        assert key.encode() not in path.read_bytes(), path.name


def test_a_name_that_is_not_known(make_stand):
    stand = make_stand(BASE_URL="http://no-such-host.invalid/v1beta", MAX_RETRIES="1")
    for way, ask in WAYS.items():
        answer = ask(stand)
        assert answer.status_code == 502 and "net.resolve" in answer.text, (way, answer.text)
    assert stand.get("/v1/models").status_code == 502
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_a_proxy_that_says_nothing(make_stand, upstream):
    """It takes the connection and is silent: the call ends by its deadlines, and the key is not to blame."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stand = make_stand(CONNECT_TIMEOUT="1", TIME_OUT="1", FIRST_TOKEN_TIMEOUT="1", MAX_RETRIES="1",
                           PROXIES=[f"socks5h://127.0.0.1:{silent.getsockname()[1]}"])
        began = time.monotonic()
        for way in ("chat", "chat streamed", "native"):
            answer = WAYS[way](stand)
            assert answer.status_code in (502, 504), (way, answer.text)
        assert time.monotonic() - began < 20 * SLOW
        assert stand.get("/health").json()["keys"]["ready"] == 3
    assert not upstream.calls
