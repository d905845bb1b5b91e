"""Links to images, audio and files in a chat: left to Google, fetched here, or refused."""

import base64
import threading
import urllib.request

import pytest

from loopback import LoopbackServer, QuietHandler

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
PDF = b"%PDF-1.7 a paper"
MODEL = "gemini-3.8-flash"
ELSEWHERE = "http://pictures.example.net"
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
    **{f"/large-{i}": (200, "image/png", PNG + bytes(1500)) for i in range(1, 4)},
    "/first": (200, "image/png", PNG + b"1"),
    "/second": (200, "image/png", PNG + b"2"),
    "/metadata": (302, "http://169.254.169.254/latest/meta-data/", b""),
}


class SiteHandler(QuietHandler):
    def do_GET(self):
        site = self.server.owner
        site.asked.append((self.path, dict(self.headers)))
        path = self.path.removeprefix(ELSEWHERE)
        if path in ("/first", "/second"):
            site.meeting.wait()
        status, kind, body = PAGES[path]
        self.answer(status, body, **{"Location" if status == 302 else "Content_Type": kind})

    def do_POST(self):  # as a proxy, to the test's upstream
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        self.server.owner.relayed += 1
        with urllib.request.urlopen(urllib.request.Request(self.path, self.body(), headers)) as answer:
            self.answer(200, answer.read(), Content_Type=answer.headers["Content-Type"])


class Site(LoopbackServer):
    def __init__(self):
        self.asked, self.relayed = [], 0
        self.meeting = threading.Barrier(2, timeout=20)
        super().__init__(SiteHandler)


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


def test_several_are_fetched_at_the_same_time(stand, upstream, site):
    # Each is held back until the other one has been asked for.
    assert ask(stand, image(site.url + "/first"), image(site.url + "/second")).status_code == 200
    assert parts_of(upstream)[1:] == [inline("image/png", PNG + b"1"), inline("image/png", PNG + b"2")]


def test_together_they_are_bounded(make_stand, upstream, site):
    stand = make_stand(MEDIA_FETCH_ALLOWED_HOSTS=["127.0.0.1"], MAX_REQUEST_BODY="4096")
    links = [image(site.url + path) for path in ("/large-1", "/large-2", "/large-3")]
    assert ask(stand, *links[:2]).status_code == 200
    answer = ask(stand, *links)
    assert answer.status_code == 400
    assert "large" in answer.json()["error"]["message"]
    assert len(upstream.calls) == 1


def test_repeated_ones_are_bounded_too(make_stand, upstream, site):
    stand = make_stand(MEDIA_FETCH_ALLOWED_HOSTS=["127.0.0.1"], MAX_REQUEST_BODY="4096")
    link = image(site.url + "/large-1")
    assert ask(stand, link, link).status_code == 200
    answer = ask(stand, *[link] * 10)
    assert answer.status_code == 400
    assert "large" in answer.json()["error"]["message"]
    assert len(upstream.calls) == 1 and len(site.asked) == 2


def test_there_are_not_any_number_of_them(stand, upstream, site):
    answer = ask(stand, *[image(f"{site.url}/a.png?{i}") for i in range(1001)])
    assert answer.status_code == 400
    assert "1000" in answer.json()["error"]["message"] and "[1001]" in answer.json()["error"]["param"]
    assert not site.asked and not upstream.calls


def test_one_that_does_not_come_is_named(stand, upstream, site):
    answer = ask(stand, image(site.url + "/a.png"), image(site.url + "/gone"), image(site.url + "/moved"))
    assert answer.status_code == 400
    assert "content[2]" in answer.json()["error"]["param"] or "content.2" in answer.json()["error"]["param"]


def test_through_the_proxies_where_the_setting_says_so(make_stand, upstream, site):
    stand = make_stand(PROXIES=[site.url], MEDIA_FETCH_BY_PROXIES="true")
    assert ask(stand, image(ELSEWHERE + "/a.png")).status_code == 200
    assert [path for path, _ in site.asked] == [ELSEWHERE + "/a.png"]
    assert site.relayed == 1
    assert parts_of(upstream)[1] == inline("image/png", PNG)
    for inside in ("http://localhost/a.png", "http://printer/a.png", "http://127.1/a.png", "http://[::1]/a.png"):
        answer = ask(stand, image(inside))
        assert answer.status_code == 400
        assert "not in the public internet" in answer.json()["error"]["message"]
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
