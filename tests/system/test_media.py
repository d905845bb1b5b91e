"""Links to images, audio and files in a chat: left to Google, fetched here, or refused."""

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
PDF = b"%PDF-1.7 a paper"
MODEL = "gemini-3.8-flash"
PAGES = {
    "/a.png": (200, "image/png", PNG),
    "/nameless": (200, "application/octet-stream", PNG),
    "/paper": (200, "application/pdf", PDF),
    "/tune.mp3": (200, "audio/mpeg", b"ID3 a tune"),
    "/page": (200, "text/html", b"<html>no picture</html>"),
    "/empty": (200, "image/png", b""),
    "/large": (200, "image/png", PNG + bytes(2 << 20)),
    "/gone": (404, "text/plain", b"gone"),
    "/moved": (302, "/a.png", b""),
    "/metadata": (302, "http://169.254.169.254/latest/meta-data/", b""),
}


class Site:
    def __init__(self):
        site = self
        self.asked = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                site.asked.append((self.path, dict(self.headers)))
                status, kind, body = PAGES[self.path]
                self.send_response(status)
                self.send_header("Location" if status == 302 else "Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def site():
    made = Site()
    yield made
    made.close()


@pytest.fixture
def stand(make_stand):
    return make_stand(MEDIA_FETCH_ALLOWED_HOSTS=["127.0.0.1"], MEDIA_FETCH_MAX_MB="1")


def ask(stand, *parts, model=MODEL):
    content = [{"type": "text", "text": "What is it?"}, *parts]
    return stand.post("/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": content}]})


def image(url):
    return {"type": "image_url", "image_url": {"url": url}}


def parts_of(upstream):
    return upstream.last.json["contents"][0]["parts"]


def inline(kind, data):
    return {"inlineData": {"mimeType": kind, "data": base64.b64encode(data).decode()}}


@pytest.mark.parametrize("path", ["/a.png", "/nameless", "/moved"])
def test_an_image_is_fetched(stand, upstream, site, path):
    assert ask(stand, image(site.url + path)).status_code == 200
    assert parts_of(upstream)[1] == inline("image/png", PNG)
    for _, headers in site.asked:
        assert "Authorization" not in headers
        assert not any(name.lower().startswith("x-goog") for name in headers)


def test_other_kinds_are_fetched(stand, upstream, site):
    audio = {"type": "audio_url", "audio_url": {"url": site.url + "/tune.mp3"}}
    paper = {"type": "file", "file": {"file_url": site.url + "/paper"}}
    assert ask(stand, audio, paper).status_code == 200
    assert parts_of(upstream)[1:] == [inline("audio/mpeg", PAGES["/tune.mp3"][2]), inline("application/pdf", PDF)]


def test_the_same_link_is_fetched_once(stand, upstream, site):
    link = image(site.url + "/a.png")
    assert ask(stand, link, link).status_code == 200
    assert parts_of(upstream)[1:] == [inline("image/png", PNG)] * 2
    assert len(site.asked) == 1


@pytest.mark.parametrize("path, says", [
    ("/gone", "404"), ("/page", "another kind"), ("/empty", "empty"), ("/large", "larger"),
    ("/metadata", "not in the public internet")])
def test_what_cannot_be_used_names_the_field(stand, upstream, site, path, says):
    answer = ask(stand, image(site.url + path))
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert says in error["message"]
    assert error["param"].startswith("messages[0].content[1]") or error["param"].startswith("messages.0.content.1")
    assert not upstream.calls


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "169.254.169.254", "10.0.0.1"])
def test_private_hosts_are_never_asked(make_stand, upstream, site, host):
    stand = make_stand()
    answer = ask(stand, image(f"http://{host}:{site.server.server_port}/a.png"))
    assert answer.status_code == 400
    assert not site.asked
    assert not upstream.calls


def test_public_https_links_are_left_to_google(stand, upstream):
    url = "https://example.com/cat.png"
    assert ask(stand, image(url)).status_code == 200
    assert parts_of(upstream)[1]["fileData"] == {"mimeType": "image/png", "fileUri": url}
