"""Image hosts: addresses in images and chats; when the host fails an image is put here, in a chat it is inline."""

import base64

import httpx
import pytest

import gemini
from loopback import LoopbackServer, QuietHandler
from upstream import Answer

PNG = b"\x89PNG\r\n\x1a\n and more"
ADDRESS = "https://images.example/a.png"


class HostHandler(QuietHandler):
    def do_POST(self):
        host = self.server.owner
        host.uploads.append((self.path, dict(self.headers), self.body()))
        self.answer(host.status, host.body)

    do_PUT = do_POST


class Host(LoopbackServer):
    """An image host that takes uploads, or fails as a test says."""

    def __init__(self):
        self.status, self.body, self.uploads = 200, b'{"success":true,"result":["%s"]}' % ADDRESS.encode(), []
        super().__init__(HostHandler)


@pytest.fixture
def host():
    made = Host()
    yield made
    made.close()


def settings_of(host, provider):
    return {
        "smms": {"SMMS_API_URL": host.url + "/api/v2/upload", "SMMS_SECRET_TOKEN": "smms-secret-0001"},
        "picgo": {"PICGO_API_URL": host.url + "/api/1/upload", "PICGO_API_KEY": "picgo-secret-0001"},
        "cloudflare_imgbed": {"CLOUDFLARE_IMGBED_URL": host.url + "/upload", "CLOUDFLARE_IMGBED_AUTH_CODE": "code-secret"},
        "aliyun_oss": {"OSS_ENDPOINT": host.url, "OSS_BUCKET_NAME": "bucket", "OSS_ACCESS_KEY": "id-0001",
                       "OSS_ACCESS_KEY_SECRET": "oss-secret-0001", "OSS_REGION": "x"},
    }[provider] | {"UPLOAD_PROVIDER": provider}


def drawn():
    part = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(PNG).decode()}}
    return Answer(gemini.event(part, finish="STOP"))


def image(stand):
    answer = stand.post("/v1/images/generations", {"prompt": "A lake", "response_format": "url"})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"][0]["url"]


@pytest.mark.parametrize("provider,body,address", [
    ("smms", b'{"success":true,"code":"success","data":{"url":"https://images.example/a.png","path":"/a.png"}}', ADDRESS),
    ("smms", b'{"success":false,"code":"image_repeated","images":"https://images.example/a.png"}', ADDRESS),
    ("picgo", b'{"status_code":200,"image":{"url":"https://images.example/a.png"}}', ADDRESS),
    ("cloudflare_imgbed", b'[{"src":"/file/a.png"}]', "{url}/file/a.png"), ("aliyun_oss", b"", "{url}/bucket/")])
def test_addresses_are_the_hosts(make_stand, upstream, host, provider, body, address):
    stand = make_stand(**settings_of(host, provider))
    host.body = body
    upstream.always(drawn())
    assert image(stand).startswith(address.format(url=host.url))
    (path, headers, sent), = host.uploads
    assert PNG in sent
    if provider == "smms":
        assert (path, headers["Authorization"]) == ("/api/v2/upload", "Basic smms-secret-0001") and b'name="smfile"' in sent
    assert "secret" not in stand.log()


def test_chats_get_addresses_too(make_stand, upstream, host):
    stand = make_stand(**settings_of(host, "picgo"))
    upstream.models += gemini.model_objects("gemini-3.1-flash-image")
    upstream.always(drawn())
    answer = stand.chat(model="gemini-3.1-flash-image").json()
    assert f"({ADDRESS})" in answer["choices"][0]["message"]["content"]


@pytest.mark.parametrize("status,body", [(500, b"oops"), (200, b"not JSON"), (200, b'{"success":false}'), (403, b"{}")])
def test_when_a_host_fails_the_address_is_ours(make_stand, upstream, host, status, body):
    stand = make_stand(**settings_of(host, "picgo"))
    host.status, host.body = status, body
    upstream.always(drawn())
    url = image(stand)
    assert url.startswith(stand.url + "/image/") and httpx.get(url).content == PNG
    assert len(host.uploads) == 1
    assert "image.not_put" in stand.log()
    upstream.models += gemini.model_objects("gemini-3.1-flash-image")
    content = stand.chat(model="gemini-3.1-flash-image").json()["choices"][0]["message"]["content"]
    assert "(data:image/png;base64," in content and len(host.uploads) == 2


@pytest.mark.parametrize("provider", ["smms", "cloudflare_imgbed", "aliyun_oss"])
def test_when_another_host_fails(make_stand, upstream, host, provider):
    stand = make_stand(**settings_of(host, provider))
    host.status, host.body = 403, b'{"success":false,"code":"unauthorized","message":"no"}'
    upstream.always(drawn())
    url = image(stand)
    assert url.startswith(stand.url + "/image/") and httpx.get(url).content == PNG
    assert len(host.uploads) == 1 and "secret" not in stand.log().replace("secret=", "")


def test_base64_is_not_uploaded(make_stand, upstream, host):
    stand = make_stand(**settings_of(host, "picgo"))
    upstream.always(drawn())
    assert stand.post("/v1/images/generations", {"prompt": "A lake", "response_format": "b64_json"}).status_code == 200
    assert not host.uploads
