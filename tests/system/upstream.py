"""A scripted Gemini upstream: an HTTP server on a free loopback port that says exactly what a test wants.

    upstream.script(error_503(), text("Hi"))        the next two calls, whatever they are
    upstream.script(text("Hi"), key="key-2")        the next call with that key
    upstream.always(key_invalid(), key="key-1")     every call with that key

What is not scripted is answered as Google would: models in pages, a short text, token counts, embeddings.
Every request is recorded, with its key, its times and whether the other side left early. A request that
does not carry exactly one credential, in the form that Google's SDKs use, is a fault that `faults` tells of.
"""

import contextlib
import json
import select
import socket
import struct
import threading
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

import gemini
from stand import SLOW

CUT = object()  # a step: reset the connection
HANG = object()  # a step: say no more until the other side leaves
HANG_SECONDS = 60
KEY_HEADER = "x-goog-api-key"
OTHER_CREDENTIALS = ("authorization", "x-api-key", "api-key", "cookie", "openai-organization", "openai-project")
QUERY_CREDENTIALS = ("key", "access_token")


class Left(Exception):
    """The other side left."""


@dataclass
class Request:
    method: str
    target: str
    headers: list
    body: bytes
    connection: int
    began: float
    status: int = 0
    ended: float = None
    left: float = None
    bytes_sent: int = 0
    parsed: dict = field(default_factory=dict)

    def header(self, name, default=None):
        for each, value in self.headers:
            if each.lower() == name.lower():
                return value
        return default

    @property
    def path(self):
        return unquote(urlsplit(self.target).path)

    @property
    def query(self):
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def key(self):
        return self.header(KEY_HEADER)

    @property
    def verb(self):
        last = self.path.rsplit("/", 1)[-1]
        return last.rpartition(":")[2] if ":" in last else ""

    @property
    def model(self):
        return self.path.rsplit("/", 1)[-1].partition(":")[0]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def wants_sse(self):
        return self.query.get("alt") == "sse"

    def credentials(self):
        found = [name.lower() for name, _ in self.headers if name.lower() == KEY_HEADER]
        found += [name.lower() for name, _ in self.headers if name.lower() in OTHER_CREDENTIALS]
        return found + [f"?{name}=" for name in self.query if name in QUERY_CREDENTIALS]


@dataclass
class Reply:
    """An HTTP answer as steps: bytes to send, seconds to wait, something to call, CUT or HANG.

    framing: "length" (Content-Length, as if nothing were cut), "chunked" (a chunk a step), "close".
    """

    status: int = 200
    steps: tuple = ()
    headers: tuple = (("Content-Type", "application/json; charset=UTF-8"),)
    framing: str = "length"
    before: object = 0  # seconds, CUT or HANG before the first byte
    gzip: bool = False

    def render(self, _request):
        return self


class Answer:
    """A model's answer as a list of GenerateContentResponse objects (or raw bytes), framed as the call
    asks: SSE, a JSON array, or one object that holds them all."""

    def __init__(self, *events, gap=0, end=None, before=0, gzip=False):
        self.events, self.gap, self.end = events, gap, end
        self.before, self.gzip = before, gzip

    def render(self, request):
        if request.verb != "streamGenerateContent":
            body = gemini.pretty(gemini.whole(self.events))
            steps = [self.gap * max(len(self.events) - 1, 0)] if self.gap else []
            steps += [body] if self.end is None else [body[: len(body) // 2], self.end]
            return Reply(steps=tuple(steps), before=self.before, gzip=self.gzip,
                         framing="length" if self.end is None else "chunked")
        frame = gemini.sse_frame if request.wants_sse else gemini.array_frame
        steps = []
        for at, event in enumerate(self.events):
            if at and self.gap:
                steps.append(self.gap)
            steps.append(frame(event, at))
        if self.end is CUT:
            steps.append(0.1)  # a reset at once could overtake what was said before
        if self.end is not None:
            steps.append(self.end)
        elif not request.wants_sse:
            steps.append(gemini.array_end(len(self.events)))
        kind = "text/event-stream" if request.wants_sse else "application/json; charset=UTF-8"
        headers = (("Content-Type", kind), ("Content-Disposition", "attachment"),
                   ("Vary", "Origin"), ("Server", "scaffolding on HTTPServer2"))
        return Reply(steps=tuple(steps), headers=headers, framing="chunked", before=self.before,
                     gzip=self.gzip)


class Later:
    """A stream of events whose steps are bytes, or functions that give them when it is their turn."""

    def __init__(self, steps):
        self.steps = steps

    def render(self, _request):
        return Reply(steps=tuple(self.steps), headers=(("Content-Type", "text/event-stream"),), framing="chunked")


def text(*pieces, **options):
    """An answer that says `pieces`, one an event."""
    return Answer(*gemini.text_events(*pieces), **options)


def json_reply(value, status=200, **options):
    return Reply(status=status, steps=(gemini.pretty(value),), **options)


class Upstream:
    def __init__(self, tls=None):
        """tls: an SSLContext, to be asked by https."""
        self._tls = tls
        self.requests = []
        self.faults = []
        self.forbidden = []  # texts that must never arrive here: client tokens
        self.models = gemini.model_objects("gemini-3.8-flash", "gemini-3.6-flash",
                                           "gemini-3.5-flash-lite", "gemini-2.5-pro",
                                           "gemini-embedding-2", "gemini-embedding-001")
        self.page_size_max = 1000
        self.connections = 0
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._once, self._always = [], []
        self._open = set()
        self._stopping = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/v1beta"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    # --- what a test says -----------------------------------------------------------------------

    def script(self, *replies, **match):
        with self._lock:
            self._once += [(match, reply) for reply in replies]

    def always(self, reply, **match):
        with self._lock:
            self._always.insert(0, (match, reply))

    def reset(self):
        with self._lock:
            self._once, self._always = [], []
            self.requests = []

    # --- what a test asks -----------------------------------------------------------------------

    @property
    def calls(self):
        """Requests that are calls of a model, in order of arrival."""
        return [request for request in list(self.requests) if request.verb]

    @property
    def last(self):
        return self.calls[-1]

    def keys_used(self):
        return Counter(request.key for request in self.calls)

    def wait(self, condition, seconds=20 * SLOW):
        """Waits until condition() is true; it is looked at whenever something happened here."""
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"upstream: not within {seconds:g} s")
            with self._lock:
                self._changed.wait(min(left, 0.05))

    # --- serving --------------------------------------------------------------------------------

    def close(self):
        self._stopping = True
        # A shutdown wakes the thread in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            sockets = list(self._open)
        for each in sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._thread.join(5)

    def _accept(self):
        while not self._stopping:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
                self.connections += 1
                number = self.connections
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection, number):
        try:
            with self._shaken(connection) as talk, talk.makefile("rb") as reader:
                while self._one(talk, reader, number):
                    pass
        except (OSError, ValueError, Left):
            pass
        finally:
            connection.close()

    @contextlib.contextmanager
    def _shaken(self, connection):
        """The connection, or what TLS makes of it."""
        talk = connection
        try:
            if self._tls:
                talk = self._tls.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._open.add(talk)
            yield talk
        finally:
            with self._lock:
                self._open -= {connection, talk}
            talk.close()

    def _one(self, connection, reader, number):
        request = read_request(reader, number)
        if request is None:
            return False
        with self._lock:
            self.requests.append(request)
            self._changed.notify_all()
        try:
            reply = self._pick(request).render(request)
            request.status = reply.status
            return send_reply(connection, request, reply)
        except Left:
            request.left = time.monotonic()
            raise
        finally:
            request.ended = time.monotonic()
            with self._lock:
                self._changed.notify_all()

    def _pick(self, request):
        credentials = request.credentials()
        if credentials != [KEY_HEADER]:
            self.faults.append(f"{request.method} {request.target}: credentials {credentials}")
            return gemini_reply(gemini.MULTIPLE_CREDENTIALS)
        everything = repr((request.target, request.headers)).encode() + request.body
        for word in self.forbidden:
            if word.encode() in everything:
                self.faults.append(f"{request.method} {request.target}: holds the client's token")
        with self._lock:
            reply = self._take_scripted(request)
        if callable(reply):
            reply = reply(request)
        return reply or self._default(request)

    def _take_scripted(self, request):
        for at, (match, reply) in enumerate(self._once):
            if fits(request, match):
                del self._once[at]
                return reply
        for match, reply in self._always:
            if fits(request, match):
                return reply
        return None

    def _default(self, request):
        if request.method == "GET" and request.path.endswith("/models"):
            return self._models_page(request)
        known = {model["name"]: model for model in self.models}
        model = known.get(f"models/{request.model}")
        if model is None:
            return gemini_reply(gemini.model_not_found(request.model))
        if request.method == "GET":
            return json_reply(model)
        maker = DEFAULTS.get(request.verb)
        return maker(request) if maker else gemini_reply(gemini.NOT_FOUND)

    def _models_page(self, request):
        size = min(int(request.query.get("pageSize", "50")), self.page_size_max)
        start = int(request.query.get("pageToken") or "0")
        page = {"models": self.models[start:start + size]}
        if start + size < len(self.models):
            page["nextPageToken"] = str(start + size)
        return json_reply(page)


def gemini_reply(error):
    """An error of the module `gemini`: (status, body)."""
    status, body = error
    return json_reply(body, status)


def embeddings(request):
    count = len(request.json.get("requests", []))
    vectors = [{"values": [0.25 * at, 0.5, -0.125]} for at in range(count)]
    return json_reply({"embeddings": vectors})


DEFAULTS = {
    "generateContent": lambda _: text("Hello", " from", " Gemini"),
    "streamGenerateContent": lambda _: text("Hello", " from", " Gemini"),
    "countTokens": lambda _: json_reply({"totalTokens": 7, "promptTokensDetails": [
        {"modality": "TEXT", "tokenCount": 7}]}),
    "embedContent": lambda _: json_reply({"embedding": {"values": [0.1, 0.2, 0.3]}}),
    "batchEmbedContents": embeddings,
}


def fits(request, match):
    return all(getattr(request, name) == value for name, value in match.items())


# --- HTTP ---------------------------------------------------------------------------------------


def read_request(reader, number):
    line = reader.readline(65536)
    if not line.strip():
        return None
    began = time.monotonic()
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers = []
    while True:
        line = reader.readline(1 << 20)
        if line in (b"\r\n", b"\n", b""):
            break
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name.strip(), value.strip()))
    request = Request(method, target, headers, b"", number, began)
    request.body = read_body(reader, request)
    return request


def read_body(reader, request):
    if "chunked" in (request.header("Transfer-Encoding") or "").lower():
        body = b""
        while size := int(reader.readline(64).split(b";")[0], 16):
            body += reader.read(size)
            reader.readline(8)
        reader.readline(8)
        return body
    return reader.read(int(request.header("Content-Length") or 0))


def send_reply(connection, request, reply):
    """Sends it all; True when the connection can be used again."""
    step(connection, request, reply.before)
    gzip = reply.gzip and "gzip" in (request.header("Accept-Encoding") or "")
    packer = zlib.compressobj(wbits=31) if gzip else None
    steps = [packed(packer, each) for each in reply.steps] + ([packer.flush()] if packer else [])
    connection.sendall(head_of(reply, steps, gzip))
    for each in steps:
        each = each() if callable(each) else each
        if reply.framing == "chunked" and isinstance(each, bytes):
            each = b"%x\r\n%s\r\n" % (len(each), each) if each else b""
        step(connection, request, each)
    if reply.framing == "chunked":
        connection.sendall(b"0\r\n\r\n")
    return reply.framing != "close"


def packed(packer, each):
    if packer is None or not isinstance(each, bytes):
        return each
    return packer.compress(each) + packer.flush(zlib.Z_SYNC_FLUSH)


def head_of(reply, steps, gzip):
    lines = [f"HTTP/1.1 {reply.status} {gemini.REASONS.get(reply.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if gzip:
        lines.append("Content-Encoding: gzip")
    if reply.framing == "length":
        lines.append(f"Content-Length: {sum(len(s) for s in steps if isinstance(s, bytes))}")
    elif reply.framing == "chunked":
        lines.append("Transfer-Encoding: chunked")
    else:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def step(connection, request, each):
    if isinstance(each, bytes):
        try:
            connection.sendall(each)
        except OSError as error:
            raise Left from error
        request.bytes_sent += len(each)
    elif each is CUT:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise OSError("cut")
    elif each is HANG:
        watch(connection, HANG_SECONDS)
    elif callable(each):
        each()
    elif each:
        watch(connection, each)


def watch(connection, seconds):
    """Waits; raises Left as soon as the other side closes."""
    readable, _, _ = select.select([connection], [], [], seconds)
    if readable:
        try:
            if connection.recv(1, socket.MSG_PEEK):
                time.sleep(seconds)
                return
        except OSError:
            pass
        raise Left
