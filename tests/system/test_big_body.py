"""Bodies of a hundred megabytes: in a file, not in memory; sent again when a key fails. A chat's are translated."""

import hashlib
import json
import subprocess

import pytest

import gemini
from stand import SLOW, TOKEN
from test_files import memory
from upstream import gemini_reply
from upstream_files import Resources

MODEL = "gemini-3.8-flash"
MEDIA_PATH = f"/v1beta/models/{MODEL}"


@pytest.fixture
def large(tmp_path):
    def make(megabytes, extra=""):
        path = tmp_path / "body.json"
        with open(path, "w") as body:
            body.write('{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"video/mp4","data":"')
            for number in range(megabytes):
                body.write(f"{number:04x}" * (1 << 18))
            body.write('"}},{"text":"What?"}]}]' + extra + "}")
        return path
    return make


def post(stand, path, verb="generateContent"):
    done = subprocess.run(["curl", "-s", "-H", "Content-Type: application/json", "-H", f"x-goog-api-key: {TOKEN}",
                           "--data-binary", f"@{path}", "-w", "\n%{http_code}", f"{stand.url}{MEDIA_PATH}:{verb}"],
                          capture_output=True, text=True, timeout=300)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def test_a_hundred_megabytes(make_stand, upstream, large):
    stand = make_stand(MAX_REQUEST_BODY=str(120 << 20), SAFETY_SETTINGS="[]")
    path = large(100)
    assert post(stand, large(1))[0] == 200
    path = large(100)
    before, ours = memory(stand, "VmHWM"), memory(stand, "RssAnon")
    upstream.script(gemini_reply(gemini.INTERNAL))
    status, body = post(stand, path)
    assert status == 200, body
    grown = memory(stand, "VmHWM") - before
    print(f"100 MiB: {ours:.1f} MiB of our own before, {grown:.1f} more at the peak")
    assert ours + grown < 16 or SLOW > 1  # a sanitizer has memory of its own
    sent = [hashlib.sha256(call.body).digest() for call in upstream.calls[-2:]]
    assert sent == [hashlib.sha256(path.read_bytes()).digest()] * 2
    assert not list((stand.data / "tmp").iterdir())


def test_a_chat_with_fifty_megabytes_of_images(make_stand, upstream, tmp_path):
    """Through the whole program: at most three times the body."""
    megabytes, images = 50, 10
    stand = make_stand(MAX_REQUEST_BODY=str(60 << 20))
    path, data = tmp_path / "chat.json", "iVBORw0KGgoA" * (megabytes * (1 << 20) // images // 12)
    parts = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}] * images
    path.write_text(json.dumps({"model": MODEL, "messages": [{"role": "user", "content": parts}]}))
    assert stand.chat().status_code == 200
    before = memory(stand, "VmHWM")
    done = subprocess.run(["curl", "-s", "-H", "Content-Type: application/json", "-H", f"Authorization: Bearer {TOKEN}",
                           "--data-binary", f"@{path}", f"{stand.url}/v1/chat/completions"],
                          capture_output=True, text=True, timeout=300)
    assert json.loads(done.stdout)["choices"][0]["message"]["content"] == "Hello from Gemini"
    grown = memory(stand, "VmHWM") - before
    print(f"{megabytes} MiB of images in a chat: {grown:.1f} MiB more at the peak")
    assert grown < 3 * megabytes or SLOW > 1  # a sanitizer has memory of its own
    sent = upstream.last.json["contents"][0]["parts"]
    assert [part["inlineData"]["data"] == data for part in sent] == [True] * images


@pytest.mark.parametrize("verb", ["generateContent", "streamGenerateContent?alt=sse", "countTokens"])
def test_what_settings_add_to_a_large_body(make_stand, upstream, large, verb):
    safety = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}]
    stand = make_stand(SAFETY_SETTINGS=safety)
    path = large(8, ',"generationConfig":{"temperature":0.5}, "tools":[{"googleSearch":{}}]')
    status, body = post(stand, path, verb)
    assert status == 200, body
    sent, client = upstream.last.json, json.loads(path.read_text())
    if verb != "countTokens":
        assert sent.pop("safetySettings") == safety
        assert sent["generationConfig"].items() >= client["generationConfig"].items()
        sent["generationConfig"] = client["generationConfig"]
    assert sent == client


def test_the_clients_own_stay_in_a_large_body(make_stand, upstream, large):
    stand = make_stand(SAFETY_SETTINGS=[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}])
    path = large(4, ',"safetySettings":[],"generationConfig":{"thinkingConfig":{}}')
    assert post(stand, path)[0] == 200
    assert upstream.last.json["safetySettings"] == []


def test_a_reference_at_the_end_of_a_large_body(stand, upstream, large):
    google = Resources(upstream)
    made = [stand.post("/v1beta/cachedContents", {"model": MODEL}).json()["name"] for _ in range(3)]
    for name in made:
        assert post(stand, large(3, f', "cached_content" : "{name}"'))[0] == 200
        assert upstream.last.key == google.owner(name)


def test_too_large(make_stand, upstream, large):
    stand = make_stand(MAX_REQUEST_BODY=str(2 << 20))
    status, body = post(stand, large(4))
    assert (status, json.loads(body)["error"]["code"]) == (413, 413)
    assert not upstream.requests


def test_a_large_body_that_is_cut(stand, upstream, tmp_path):
    path = tmp_path / "cut"
    path.write_text('{"contents":[{"parts":[{"text":"' + "x" * (3 << 20))
    assert post(stand, path)[0] == 400
    assert not upstream.requests
