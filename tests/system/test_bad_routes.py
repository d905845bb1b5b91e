"""Bad input on every public route: a 4xx in the route's dialect that names the fault, nothing sent upstream, no key
touched. The routes are read from the program's own tables, so that none can be forgotten."""

import json
import re
import socket

import httpx
import pytest

from stand import HERE, SLOW, TOKEN
from upstream_files import Resources

ROOT = HERE.parents[1]
MODEL = "gemini-3.8-flash"
HI = [{"role": "user", "parts": [{"text": "Hi"}]}]
CHAT = [{"role": "user", "content": "Hi"}]


# --- the tables of the program --------------------------------------------------------------------


def public_routes():
    text = (ROOT / "fcgi" / "routes.c").read_text()
    text = text[text.index("app_routes[] = {"):]
    text = re.sub(r'V1_NATIVE\("(\w+)"\)', r'{ANY, "/v1/\1", ACCESS_CLIENT, DIALECT_GEMINI, x}, '
                  r'{ANY, "/v1/\1/{rest...}", ACCESS_CLIENT, DIALECT_GEMINI, x}', text)
    text = re.sub(r'ABSENT\("([^"]+)"', r'{ANY, "\1", ACCESS_CLIENT, DIALECT_OPENAI, x', text)
    rows = re.findall(r'\{(\w+), "(/[^"]*)",\s*(ACCESS_\w+),\s*(DIALECT_\w+)', text)
    return [row for row in rows if row[1] != "/health"]


def native_methods():
    text = (ROOT / "fcgi" / "api" / "native_path.c").read_text()
    text = text[text.index("methods[] = {"):text.index("/* --- a path in parts")]
    rows = re.findall(r'\{([A-Z_ |]+), "([^"]+)", NATIVE_(\w+)\}', text)
    assert len(rows) == text.count("NATIVE_")
    return rows


def a_path(pattern):
    """A path that the pattern takes."""
    known = {"{model}": MODEL, "{model...}": MODEL, "{verb}": "generateContent", "{version}": "v1beta",
             "{path...}": "jobs", "{rest...}": "files/abc"}
    if pattern.startswith("/ws"):
        known["{rest...}"] = "google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
    elif "openai" in pattern:
        known["{rest...}"] = "chat/completions"
    elif pattern.startswith("/v1/models/{model}/operations"):
        known["{rest...}"] = "abc"
    elif re.match(r"/v1/\w+/\{rest", pattern):
        known["{rest...}"] = "abc"
    for name, value in known.items():
        pattern = pattern.replace(name, value)
    assert "{" not in pattern, pattern
    return pattern


def test_the_tables_are_read():
    patterns = {row[1] for row in public_routes()}
    assert {"/v1/chat/completions", "/v1/cachedContents/{rest...}", "/upload/{version}/{rest...}", "/v1/moderations",
            "/ws/{rest...}", "/v1alpha/models/{model}:{verb}"} <= patterns
    assert len(patterns) > 60 and len(native_methods()) > 80


# --- how a fault is told --------------------------------------------------------------------------


def told(path, dialect, answer):
    """The error's message, when it is told as the dialect tells it; else an AssertionError."""
    assert 400 <= answer.status_code < 500, answer.status_code
    assert answer.headers["content-type"].startswith("application/json")
    error = answer.json()["error"]
    if re.search(r"/v1(beta|alpha)?/interactions", path):
        assert isinstance(error["code"], str) and "status" not in error
    elif dialect == "DIALECT_GEMINI":
        assert error["code"] == answer.status_code and error["status"].isupper()
    else:
        assert isinstance(error["type"], str) and "param" in error
    return f"{error['message']} {error.get('param') or ''}"


class Faults:
    """Looks at one answer after the other and tells of all that were wrong at the end."""

    def __init__(self, stand, upstream):
        self.stand, self.upstream, self.found, self.seen = stand, upstream, [], 0
        self.client = httpx.Client(timeout=30 * SLOW)

    def ask(self, method, path, body, token=TOKEN, headers=None):
        """On a connection that is kept: there are many."""
        headers = ({"Authorization": f"Bearer {token}"} if token else {}) | (headers or {})
        content = body if isinstance(body, bytes) else None if method == "GET" else json.dumps(body).encode()
        return self.client.request(method, self.stand.url + path, content=content,
                                   headers={"Content-Type": "application/json"} | headers)

    def post(self, path, body, token=TOKEN, headers=None):
        return self.ask("POST", path, body, token, headers)

    def look(self, what, path, dialect, answer, words=()):
        self.seen += 1
        try:
            message = told(path, dialect, answer)
            assert not words or any(word in message for word in words), message
            assert not self.upstream.requests, "it was sent upstream"
        except (AssertionError, KeyError, ValueError) as error:
            self.found.append(f"{what} {path}: {error!r:.300} {answer.status_code} {answer.text[:200]}")
            self.upstream.requests.clear()

    def end(self, least):
        self.client.close()
        assert not self.found, "\n".join(self.found)
        assert self.seen >= least
        health = self.stand.get("/health").json()["keys"]
        assert health["ready"] == health["total"]
        assert not re.search("effect=(?!success|none)", self.stand.log())


@pytest.fixture
def faults(stand, upstream):
    Resources(upstream)
    return Faults(stand, upstream)


def first_method(methods):
    return "POST" if methods in ("ANY", "HTTP_POST") else methods.removeprefix("HTTP_")


# --- every route ----------------------------------------------------------------------------------


def test_without_a_token(faults, stand):
    for methods, pattern, access, dialect in public_routes():
        if pattern.startswith("/ws"):
            continue
        path = a_path(pattern)
        for token in (None, "wrong", TOKEN + "x"):
            answer = faults.ask(first_method(methods), path, {}, token)
            assert answer.status_code == 401, (path, answer.text)
            faults.look("no token", path, dialect, answer, ["token"])
    faults.end(180)


ODD_IDS = ["..", ".", "%2e%2e", "a%2Fb", "a%252Fb", "a%00b", "a%0Ab", "a%0D%0AX-Evil:%20yes", "a%5Cb", "a%20b", "%zz", "%",
           "a%7Fb", "a%C3b", "a%22b", "x" * 600]


def send_raw(stand, method, path):
    """As it is: no client tidies the path up."""
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-goog-api-key: {TOKEN}\r\n"
    body = "\r\n" if method == "GET" else "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_connection(("127.0.0.1", stand.port), timeout=30) as connection:
        connection.sendall((head + body).encode("latin-1"))
        got = b""
        while piece := connection.recv(65536):
            got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), head.lower(), body


def test_ids_that_are_none(stand, upstream, faults):
    seen = 0
    for methods, pattern, *_ in public_routes():
        if "{" not in pattern or pattern.startswith(("/ws", "/v1/fine", "/v1/dash", "/dash")):
            continue
        method = first_method(methods)
        for odd in ODD_IDS:
            path = a_path(pattern)
            place = path.rfind(MODEL) if MODEL in path else path.rfind("/") + 1
            end = place + len(MODEL) if MODEL in path else len(path)
            status, head, body = send_raw(stand, method, path[:place] + odd + path[end:])
            if not odd.replace("%2e", ".").strip("."):
                assert odd not in [request.path.rsplit("/", 1)[-1] for request in upstream.requests]
                upstream.requests.clear()  # another path, to which the web server has tidied this one
                upstream.faults.clear()
                continue
            assert 400 <= status < 500, (method, path, odd, status, body[:200])
            assert b"x-evil" not in head, (path, odd)
            assert not upstream.requests, (path, odd)
            seen += 1
    assert seen > 400
    faults.look("and one that is known", "/v1beta/files/a%20b", "DIALECT_GEMINI", stand.get("/v1beta/files/a%20b"), ["name"])
    faults.end(1)


@pytest.mark.parametrize("line", [b"/v1beta/files/a\x00b", b"/v1beta/files/a\rb", b"/v1beta/files/a\nb",
                                  b"/v1beta/files/a\r\nX-Evil: yes\r\nb", b"/v1beta/files/a b", b"/v1beta/files/\xff"])
def test_raw_control_characters(stand, upstream, line):
    data = b"GET " + line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-goog-api-key: " + TOKEN.encode() + b"\r\n\r\n"
    with socket.create_connection(("127.0.0.1", stand.port), timeout=30) as connection:
        connection.sendall(data)
        got = b""
        while piece := connection.recv(65536):
            got += piece
    assert got.startswith(b"HTTP/1.") and 400 <= int(got.split(b" ", 2)[1]) < 500, got[:200]
    assert not upstream.requests


def exchange_raw(stand, data):
    with socket.create_connection(("127.0.0.1", stand.port), timeout=30) as connection:
        connection.sendall(data.encode("latin-1"))
        got = b""
        while piece := connection.recv(65536):
            got += piece
    return got


CALL = f"POST /v1beta/models/{MODEL}:generateContent HTTP/1.1\r\nHost: x\r\nx-goog-api-key: {TOKEN}\r\n"
SECOND = CALL + "Content-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize("rest", [
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Content-Length: 0\r\nContent-Length: 90\r\n\r\n",
    "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length: 0x5\r\n\r\n"])
def test_what_two_parsers_could_read_differently(stand, upstream, rest):
    got = exchange_raw(stand, CALL + "Connection: close\r\n" + rest + SECOND)
    assert got.startswith(b"HTTP/1.") and int(got.split(b" ", 2)[1]) == 400
    assert got.count(b"HTTP/1.") == 1 and not upstream.requests


def test_an_upgrade_to_websocket(stand, upstream):
    head = "GET /ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent HTTP/1.1\r\nHost: x\r\n"
    got = exchange_raw(stand, head + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 501") and b"WebSocket" in got and not upstream.requests


# --- bodies ---------------------------------------------------------------------------------------

# Path: a body that is fine, and for each field what it must not be; None stands for a field that is left out.
TEXTS = ["text", 5, True]
CONFIG = [("generationConfig", "text"), ("generationConfig", [1])] + [
    ("generationConfig." + name, value) for name, values in {
        "temperature": ["hot", -1, 9, [], True], "topP": [2, -0.1, {}], "candidateCount": [0, 1.5, "two"],
        "maxOutputTokens": [0, -5, 1.5, "many"], "topK": ["x", -1], "stopSequences": [5, {}],
        "responseModalities": [5], "responseSchema": ["x", 5], "thinkingConfig": ["x"], "seed": [1.5]}.items()
    for value in values]
GENERATE = [("contents", None), ("contents", []), ("contents", ["text"]), ("systemInstruction", "text"), ("tools", "text"),
            ("tools", ["text"]), ("toolConfig", []), ("safetySettings", "text"), ("cachedContent", 5),
            *[("contents", each) for each in TEXTS], *CONFIG]
ROWS = {
    "models/*:generateContent": ({"contents": HI}, GENERATE),
    "models/*:streamGenerateContent": ({"contents": HI}, GENERATE),
    "models/*:countTokens": ({"contents": HI}, [("contents", None), ("contents", "text"), ("contents", [5])]),
    "models/*:embedContent": ({"content": HI[0]}, [("content", None), ("content", "text"), ("content", [])]),
    "models/*:batchEmbedContents": ({"requests": [{"content": HI[0]}]},
                                    [("requests", None), ("requests", []), ("requests", "x"), ("requests", [1])]),
    "models/*:batchGenerateContent": ({"batch": {}}, [("batch", None), ("batch", "x"), ("batch", [])]),
    "models/*:asyncBatchEmbedContent": ({"batch": {}}, [("batch", None), ("batch", 5)]),
    "models/*:predict": ({"instances": [{}]}, [("instances", None), ("instances", "x"), ("instances", []), ("parameters", 5)]),
    "models/*:predictLongRunning": ({"instances": [{}]}, [("instances", None), ("instances", [1]), ("parameters", "x")]),
    "cachedContents": ({"model": MODEL}, [("model", None), ("model", 5), ("contents", "x"), ("ttl", 5), ("expireTime", [])]),
    "cachedContents/*": ({"ttl": "5s"}, [("ttl", 5), ("expireTime", {})]),
    "files": ({"file": {}}, [("file", "x"), ("file", [])]),
    "files:register": ({"uris": ["gs://a/b"]}, [("uris", None), ("uris", 5), ("uris", [5])]),
    "fileSearchStores": ({"displayName": "a"}, [("displayName", 5)]),
    "interactions": ({"model": MODEL, "input": "Hi"}, [
        ("model", None), ("model", 5), ("input", None), ("input", 5), ("stream", "yes"), ("stream", 1), ("store", "x"),
        ("background", "x"), ("previous_interaction_id", 5), ("generation_config", "x"), ("tools", 5)]),
    "decisions": ({"model": MODEL}, [("model", None), ("model", [])]),
}
# Methods whose body has nothing that they cannot do without: it must be JSON if there is one.
FREE = {"models/*/operations/*:cancel", "batches/*", "batches/*:*", "operations/*:cancel", "fileSearchStores/*",
        "fileSearchStores/*:*", "fileSearchStores/*/documents:*", "tunedModels", "tunedModels/*",
        "tunedModels/*:streamGenerateContent", "tunedModels/*:*", "tunedModels/*/permissions", "tunedModels/*/permissions/*",
        "interactions/*/cancel", "agents", "agents/*", "environments", "environments/*", "environments/*:*", "credentials",
        "credentials/*", "triggers", "triggers/*", "triggers/*:*", "triggers/*/executions", "webhooks", "webhooks/*",
        "webhooks/*:*", "voices", "voices/*", "auth_tokens"}
NO_OBJECT = {"text": b"hello", "half": b'{"contents":', "two": b"{}{}", "list": b"[1]", "string": b'"hi"', "null": b"null",
             "comment": b"{/* no */}", "brackets": b'{"contents":[}]', "deep": b'{"a":' + b"[" * 300 + b"]" * 300 + b"}",
             "more": b'{"a":1}}'}


def taking_bodies():
    for methods, pattern, _ in native_methods():
        if any(word in methods for word in ("POST", "PATCH", "EDIT", "SUB")):
            yield ("PATCH" if methods in ("EDIT", "HTTP_PATCH") else "POST"), pattern


def test_no_method_lacks_a_row():
    patterns = {pattern for _, pattern in taking_bodies()}
    assert patterns == set(ROWS) | FREE and not set(ROWS) & FREE


def filled(pattern):
    return "/v1beta/" + pattern.replace("models/*:", f"models/{MODEL}:").replace(":*", ":act").replace("*", "abc")


def with_field(body, field, value):
    body = json.loads(json.dumps(body))
    outer, _, inner = field.partition(".")
    if value is None:
        body.pop(field, None)
    elif inner:
        body[outer] = {inner: value}
    else:
        body[field] = value
    return body


def test_fields_of_google_dialect(make_stand, upstream):
    stand = make_stand(FILES_USER_ISOLATION_ENABLED="false")
    Resources(upstream)
    faults = Faults(stand, upstream)
    for method, pattern in taking_bodies():
        path = filled(pattern)
        body, fields = ROWS.get(pattern, ({}, []))
        for field, value in fields:
            answer = faults.ask(method, path, with_field(body, field, value), TOKEN)
            faults.look(f"{field}={value}", path, "DIALECT_GEMINI", answer, [field])
        for name, text in NO_OBJECT.items():
            faults.look(name, path, "DIALECT_GEMINI", faults.ask(method, path, text, TOKEN), ["JSON"])
        answer = faults.ask(method, path, b'{"contents":1}', TOKEN, headers={"Content-Type": "image/png"})
        faults.look("content type", path, "DIALECT_GEMINI", answer, ["Content-Type"])
    faults.end(500)


def test_snake_case_is_looked_at_too(faults, stand):
    path = filled("models/*:generateContent")
    for field, value in (("generation_config", 5), ("system_instruction", "x"), ("safety_settings", "x")):
        faults.look(field, path, "DIALECT_GEMINI", faults.post(path, {"contents": HI, field: value}), [field])
    answer = faults.post(path, {"contents": HI, "generation_config": {"max_output_tokens": -1}})
    faults.look("max_output_tokens", path, "DIALECT_GEMINI", answer, ["max_output_tokens"])
    faults.end(4)


def test_what_google_takes_is_not_refused(stand, upstream):
    path = filled("models/*:generateContent")
    for body in ({"contents": HI[0]}, {"contents": HI, "generationConfig": {"temperature": "0.5", "topK": 40.0, "seed": None}},
                 {"contents": HI, "tools": {"googleSearch": {}}, "toolConfig": None, "unknown": 5},
                 {"contents": HI, "generationConfig": {"stopSequences": "x", "future": {}}}):
        assert stand.post(path, body).status_code == 200, body
    for kind in ("application/json; charset=utf-8", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded"):
        assert stand.post(path, json.dumps({"contents": HI}), headers={"Content-Type": kind}).status_code == 200


OPENAI = {
    "chat/completions": ({"model": MODEL, "messages": CHAT},
                         [("model", None), ("model", 5), ("messages", None), ("messages", "x"), ("stream", "yes")]),
    "embeddings": ({"model": MODEL, "input": "Hi"}, [("model", None), ("model", []), ("input", None), ("input", 5)]),
    "images/generations": ({"prompt": "a cat"}, [("prompt", None), ("prompt", 5)]),
}


@pytest.mark.parametrize("prefix", ["/openai/v1", "/v1beta/openai", "/gemini/v1beta/openai", "/v1", "/hf/v1"])
def test_fields_of_openais_dialect(faults, stand, prefix):
    for path, (body, fields) in OPENAI.items():
        path = f"{prefix}/{path}"
        for field, value in fields:
            answer = faults.post(path, with_field(body, field, value))
            faults.look(f"{field}={value}", path, "DIALECT_OPENAI", answer, [field])
        for name in ("text", "half", "two", "list", "null"):
            faults.look(name, path, "DIALECT_OPENAI", faults.post(path, NO_OBJECT[name]), ["JSON"])
    faults.end(20)


# --- content types --------------------------------------------------------------------------------

WRONG_TYPES = ("image/png", "multipart/form-data; boundary=b", "application/octet-stream", "text/html", "application/jsonx")
FORM_ROUTES = ("images/edits", "audio/transcriptions", "audio/translations")
VERTEX_VERBS = ("generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents")
OPENAI_BODIES = {"audio/speech": {"model": "tts-1", "input": "Hi", "voice": "alloy"}, "completions": {"model": MODEL, "prompt": "Hi"},
                 "images/edits": {"prompt": "A boat", "images": [{"image_url": "data:image/png;base64,iVBORw0KGgo="}]}}


def absent():
    text = (ROOT / "fcgi" / "routes.c").read_text()
    return set(re.findall(r'ABSENT\("([^"]+)"', text)) | {"/v1beta", "/download/{version}/{rest...}"}


def below(pattern):
    """Google's methods that a route takes, each as a path with its method and its row."""
    stem = pattern.partition("{")[0]
    collection = stem.removeprefix("/v1/").strip("/")
    for method, each in taking_bodies():
        path = filled(each).removeprefix("/v1beta/")
        if "{verb}" in pattern:
            if each.startswith("models/*:") and ("vertex" not in pattern or path.split(":")[1] in VERTEX_VERBS):
                yield method, pattern.replace("{model}:{verb}", path.removeprefix("models/")), each
        elif stem.startswith("/v1/models"):
            if "/operations/" in each:
                yield method, "/v1/" + path, each
        elif not pattern.startswith("/v1/"):
            yield method, stem + path, each
        elif path.startswith(collection + "/") if "{" in pattern else path == collection:
            yield method, "/v1/" + path, each


def typed_routes():
    """Each route that reads a body: pattern, method, path, dialect, a body that is fine, what it must be told as."""
    for methods, pattern, _, dialect in public_routes():
        if methods == "HTTP_GET" or pattern in absent() or pattern.startswith("/ws"):
            continue
        if "/upload/" in pattern:
            yield pattern, "POST", a_path(pattern.replace("{rest...}", "files")), dialect, {"file": {}}, "application/json"
        elif "openai" in pattern or (dialect == "DIALECT_OPENAI" and "{" not in pattern and "files" not in pattern
                                     and "batches" not in pattern):
            for each in [*OPENAI, *OPENAI_BODIES, *FORM_ROUTES[1:]] if "openai" in pattern else [pattern.partition("v1/")[2]]:
                wanted = "multipart/form-data" if each in FORM_ROUTES else "application/json"
                body = OPENAI_BODIES.get(each) or OPENAI.get(each, ({},))[0]
                yield pattern, "POST", pattern.replace("{rest...}", each), dialect, body, wanted
        else:
            for method, path, each in below(pattern):
                yield pattern, method, path, "DIALECT_GEMINI", ROWS.get(each, ({},))[0], "application/json"


def test_wrong_content_types(make_stand, upstream):
    """With a body that would do, so that nothing but its kind is wrong."""
    stand = make_stand(FILES_USER_ISOLATION_ENABLED="false")
    Resources(upstream)
    faults, asked = Faults(stand, upstream), set()
    for number, (pattern, method, path, dialect, body, wanted) in enumerate(typed_routes()):
        asked.add(pattern)
        many = dialect == "DIALECT_OPENAI" or "upload" in pattern
        for kind in WRONG_TYPES if many else [WRONG_TYPES[number % len(WRONG_TYPES)]]:
            if wanted.startswith("multipart") and kind.startswith(wanted):
                continue
            headers = {"Content-Type": kind, "x-goog-api-key": TOKEN} | (RESUMABLE if "upload" in pattern else {})
            answer = faults.ask(method, path, body, None, headers=headers)
            edits = ["application/json"] if path.endswith("images/edits") else []  # takes either
            faults.look(kind, path, dialect, answer, [wanted, *edits])
            if answer.status_code != 415 or "Content-Type" not in answer.text:
                faults.found.append(f"{kind} {path}: {answer.status_code} {answer.text}")
    wanting = {row[1] for row in public_routes() if row[0] != "HTTP_GET" and not row[1].startswith("/ws")}
    nothing_posted = {"/v1/batches", "/v1/operations", "/v1/files/{rest...}", "/v1/decisions/{rest...}"}
    assert wanting - absent() - asked == nothing_posted
    faults.end(400)


def test_wrong_content_types_of_what_is_passed(make_stand, upstream):
    faults = Faults(make_stand(OPENAI_LAYER="pass"), upstream)
    for path in [*OPENAI, "completions", "audio/speech"]:
        for kind in WRONG_TYPES:
            body = OPENAI_BODIES.get(path) or OPENAI[path][0]
            answer = faults.post(f"/openai/v1/{path}", body, headers={"Content-Type": kind})
            faults.look(kind, "/openai/v1/" + path, "DIALECT_OPENAI", answer, ["application/json"])
    faults.end(25)


def test_content_types_that_are_taken(stand, upstream):
    """What curl, fetch and browsers say where nobody has told them, and none at all."""
    for kind in ("", "application/json; charset=utf-8", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "text/json",
                 "APPLICATION/JSON", "application/vnd.api+json"):
        for path in ("/v1/chat/completions", "/openai/v1/chat/completions", "/v1/embeddings"):
            answer = stand.post(path, json.dumps(OPENAI[path.partition("v1/")[2]][0]), headers={"Content-Type": kind})
            assert answer.status_code == 200, (kind, path, answer.text)


# --- uploads --------------------------------------------------------------------------------------

RESUMABLE = {"X-Goog-Upload-Protocol": "resumable", "X-Goog-Upload-Command": "start"}
MULTIPART = {"X-Goog-Upload-Protocol": "multipart", "Content-Type": "multipart/related; boundary=X"}
WHOLE = b'--X\r\nContent-Type: application/json\r\n\r\n{"file":{}}\r\n--X\r\nContent-Type: text/plain\r\n\r\nhi\r\n--X--\r\n'
BAD_UPLOADS = [
    (RESUMABLE, b"hello", "JSON"), (RESUMABLE, b'{"file":', "JSON"), (RESUMABLE, b'{"file":5}', "file"),
    (RESUMABLE | {"X-Goog-Upload-Header-Content-Length": "many"}, b"{}", "X-Goog-Upload-Header-Content-Length"),
    (RESUMABLE | {"X-Goog-Upload-Header-Content-Length": "-5"}, b"{}", "X-Goog-Upload-Header-Content-Length"),
    (RESUMABLE | {"X-Goog-Upload-Header-Content-Length": "99999999999999"}, b"{}", "X-Goog-Upload-Header-Content-Length"),
    (RESUMABLE | {"X-Goog-Upload-Command": "dance"}, b"{}", "X-Goog-Upload-Command"),
    (RESUMABLE | {"X-Goog-Upload-Protocol": "pigeon"}, b"{}", "X-Goog-Upload-Protocol"),
    (MULTIPART, WHOLE[:-12], "multipart"), (MULTIPART, WHOLE[:40], "multipart"), (MULTIPART, b"", "multipart"),
    (MULTIPART | {"Content-Type": "multipart/related"}, WHOLE, "boundary"),
    (MULTIPART | {"Content-Type": "text/plain"}, WHOLE, "Content-Type"),
]


def test_uploads(faults, stand):
    for prefix in ("/upload/v1beta", "/gemini/upload/v1beta", "/upload/v1alpha"):
        for headers, body, word in BAD_UPLOADS:
            answer = faults.post(f"{prefix}/files", body, headers=headers)
            faults.look(f"{headers} {body}", prefix, "DIALECT_GEMINI", answer, [word])
        for path in ("/files?uploadType=pigeon", "/models", "/files/abc", "/fileSearchStores/abc", "/nothing"):
            faults.look(path, prefix + path, "DIALECT_GEMINI", faults.post(prefix + path, b"x"))
        for session in ("nothing", "x" * 5000, "..", "a/b", "%25"):
            answer = faults.post(f"{prefix}/files?upload_id={session}", b"x", token=None,
                                headers={"X-Goog-Upload-Command": "upload"})
            faults.look(session, prefix, "DIALECT_GEMINI", answer)
    faults.end(60)


def test_a_session_with_odd_headers(stand, upstream):
    google = Resources(upstream)
    url = stand.post("/upload/v1beta/files", b"{}", headers=RESUMABLE).headers["x-goog-upload-url"].removeprefix(stand.url)
    upstream.requests.clear()
    for headers, word in (({"X-Goog-Upload-Command": "upload", "X-Goog-Upload-Offset": "x"}, "Offset"),
                          ({"X-Goog-Upload-Command": "upload", "X-Goog-Upload-Offset": "-1"}, "Offset"),
                          ({"X-Goog-Upload-Command": "dance"}, "Command"), ({"Content-Range": "bytes x-y/z"}, "Content-Range")):
        answer = stand.post(url, b"abc", headers=headers)
        assert answer.status_code == 400 and word in answer.json()["error"]["message"], answer.text
    assert not upstream.requests and not google.items
