"""Files: the upload protocol, use, lists, deletion; each file with the key that holds it."""

import contextlib
import hashlib
import io
import json
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from google.genai import errors, types

from conftest import google_client
from stand import ADMIN_TOKEN, SLOW, TOKEN, wait_until
from stored import stored
from upstream import Reply, Upstream, json_reply
from upstream_files import Resources

MODEL = "gemini-3.8-flash"
OTHER = "client-token-of-the-tests-0002"
START = {"X-Goog-Upload-Protocol": "resumable", "X-Goog-Upload-Command": "start",
         "X-Goog-Upload-Header-Content-Length": "6", "X-Goog-Upload-Header-Content-Type": "text/plain"}


@pytest.fixture
def google(upstream):
    return Resources(upstream)


@pytest.fixture
def spread(make_stand):
    """Each upload goes to the next key."""
    return make_stand(FILES_SAME_KEY_MINUTES="0")


def upload(client, text="hello", mime_type="text/plain"):
    return client.files.upload(file=io.BytesIO(text.encode()), config={"mime_type": mime_type})


def start(stand, token=TOKEN, headers=None, prefix=""):
    answer = stand.post(prefix + "/upload/v1beta/files", {"file": {"display_name": "a"}}, token,
                        headers=START | (headers or {}))
    assert answer.status_code == 200, answer.text
    return answer


def send(url, data, offset=0, command="upload, finalize"):
    headers = {"X-Goog-Upload-Offset": str(offset), "X-Goog-Upload-Command": command}
    return httpx.post(url, content=data, headers=headers, timeout=30)


def uploaded(stand, token=TOKEN, data=b"abcdef"):
    answer = send(start(stand, token).headers["x-goog-upload-url"], data)
    assert answer.status_code == 200, answer.text
    return answer.json()["file"]["name"]


def fetch(stand, method, path, token=TOKEN, **options):
    return stand.request(method, path, None, token, **options)


def prompt(*names):
    parts = [{"fileData": {"fileUri": f"https://generativelanguage.googleapis.com/v1beta/{name}",
                           "mimeType": "text/plain"}} for name in names]
    return {"contents": [{"role": "user", "parts": parts + [{"text": "Compare."}]}]}


# --- the SDK --------------------------------------------------------------------------------------


def test_the_sdk_uploads_uses_and_deletes(stand, upstream, google):
    client = google_client(stand)
    made = upload(client)
    assert made.state == types.FileState.ACTIVE
    assert google.contents[made.name] == b"hello"
    answer = client.models.generate_content(model=MODEL, contents=["What?", made])
    assert answer.text == "Hello from Gemini"
    assert upstream.last.key == google.owner(made.name)
    assert client.files.get(name=made.name).name == made.name
    assert client.files.download(file=made.name) == b"hello"
    assert [each.name for each in client.files.list()] == [made.name]
    client.files.delete(name=made.name)
    assert not google.items and list(client.files.list()) == []


def test_two_uploads_are_used_in_one_prompt(make_stand, upstream, google):
    stand = make_stand(keys=20, procs=2)
    clients = [google_client(stand) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:  # the first ones of a turn, at the same moment
        made = list(pool.map(upload, clients))
    made += [upload(clients[0]), upload(clients[1])]
    assert len({google.owner(each.name) for each in made}) == 1
    answer = clients[0].models.generate_content(model=MODEL, contents=["Compare.", *made])
    assert answer.text == "Hello from Gemini"
    assert upstream.last.key == google.owner(made[0].name)


def test_callers_have_keys_of_their_own(make_stand, upstream, google):
    tokens = [f"client-token-of-the-tests-10{number:02d}" for number in range(6)]
    stand = make_stand(keys=20, ALLOWED_TOKENS=tokens)
    upstream.forbidden += tokens
    owners = [google.owner(uploaded(stand, token)) for token in tokens * 2]
    assert owners[:6] == owners[6:]
    assert len(set(owners)) > 2


@pytest.mark.parametrize("protocol", ["resumable", "raw"])
def test_a_turn_passes_to_another_key_when_its_own_cannot_serve(stand, upstream, google, protocol):
    def once():
        if protocol == "resumable":
            return uploaded(stand)
        return stand.post("/upload/v1beta/files", b"raw", headers={
            "X-Goog-Upload-Protocol": "raw", "Content-Type": "text/plain"}).json()["file"]["name"]

    first = google.owner(once())
    assert google.owner(once()) == first
    number = stand.keys.index(first) + 1
    stand.gbctl("keys", "pause", str(number))
    wait_until(lambda: stand.get("/health").json()["keys"]["ready"] == 2, 20, "paused")
    second = google.owner(once())
    assert second != first
    stand.gbctl("keys", "resume", str(number))
    wait_until(lambda: stand.get("/health").json()["keys"]["ready"] == 3, 20, "resumed")
    assert google.owner(once()) == second


def test_files_of_two_keys_in_one_prompt_conflict(spread, upstream, google):
    stand = spread
    first, second = uploaded(stand), uploaded(stand)
    assert google.owner(first) != google.owner(second)
    before = len(upstream.requests)
    answer = stand.post(f"/v1beta/models/{MODEL}:generateContent", prompt(first, second))
    assert answer.status_code == 409
    assert first in answer.json()["error"]["message"] and second in answer.json()["error"]["message"]
    assert len(upstream.requests) == before


def test_two_files_of_one_key_in_one_prompt(make_stand, upstream, google):
    stand = make_stand(keys=1)
    first, second = uploaded(stand), uploaded(stand)
    assert stand.post(f"/v1beta/models/{MODEL}:generateContent", prompt(first, second)).status_code == 200


@pytest.mark.parametrize("member", ["fileData", "file_data"])
@pytest.mark.parametrize("verb", ["generateContent", "streamGenerateContent?alt=sse", "countTokens"])
def test_each_spelling_and_verb_finds_the_files_key(spread, upstream, google, member, verb):
    stand = spread
    names = [uploaded(stand) for _ in range(3)]
    for name in names * 2:
        uri = "fileUri" if member == "fileData" else "file_uri"
        body = {"contents": [{"parts": [{member: {uri: f"https:\\/\\/generativelanguage.googleapis.com/v1beta/{name}"}}]}]}
        text = json.dumps(body).replace("\\\\/", "\\/")
        assert stand.post(f"/v1beta/models/{MODEL}:{verb}", text).status_code == 200
        assert upstream.last.key == google.owner(name)


def test_a_chat_in_openais_dialect_goes_to_the_files_key_too(make_stand, upstream, google):
    stand = make_stand(ALLOWED_TOKENS=[TOKEN, OTHER], FILES_SAME_KEY_MINUTES="0")
    upstream.forbidden.append(OTHER)
    for name in [uploaded(stand) for _ in range(3)]:
        part = {"type": "image_url", "image_url": {"url": google.items[name][1]["uri"]}}
        body = {"model": MODEL, "messages": [{"role": "user", "content": [part]}]}
        assert stand.post("/v1/chat/completions", body).status_code == 200
        assert (upstream.last.key, name in upstream.last.body.decode()) == (google.owner(name), True)
        before = len(upstream.requests)
        assert stand.post("/v1/chat/completions", body, OTHER).status_code == 403
        assert len(upstream.requests) == before


# --- records ---------------------------------------------------------------------------------------


def records(stand):
    return {name for name, in stored(stand, "SELECT name FROM pins WHERE kind = 'file'")}


def test_records_of_files_that_google_has_dropped(make_stand, upstream, google):
    """FILES_CLEANUP_ENABLED: off means off; on, the running program deletes them, and no others."""
    stand = make_stand(FILES_CLEANUP_ENABLED="false")
    gone, there = uploaded(stand), uploaded(stand)
    assert records(stand) == {gone, there}
    stand.stop()
    with contextlib.closing(sqlite3.connect(stand.data / "gemini-balance.db")) as store, store:
        assert store.execute("UPDATE pins SET expires_ms = 1000 WHERE name = ?", (gone,)).rowcount == 1
    stand.gbctl("maintain", "--force")  # every job, at once
    assert records(stand) == {gone, there}
    stand.settings["FILES_CLEANUP_ENABLED"] = "true"
    stand.start()
    wait_until(lambda: records(stand) == {there}, 20, "cleaned up")
    assert fetch(stand, "GET", f"/v1beta/{there}").json()["name"] == there


# --- the protocol ---------------------------------------------------------------------------------


def test_addresses_are_ours_and_hold_no_token(stand, upstream, google):
    answer = start(stand)
    for name in ("x-goog-upload-url", "x-goog-upload-control-url"):
        assert answer.headers[name].startswith(stand.url + "/upload/v1beta/files?upload_id=")
        assert TOKEN not in answer.headers[name]
    assert answer.headers["x-goog-upload-status"] == "active"
    assert answer.headers["x-goog-upload-chunk-granularity"] == "262144"


def test_chunks_query_and_cancel(stand, upstream, google):
    url = start(stand).headers["x-goog-upload-url"]
    first = send(url, b"abc", 0, "upload")
    assert (first.status_code, first.headers["x-goog-upload-status"]) == (200, "active")
    asked = send(url, b"", 3, "query")
    assert asked.headers["x-goog-upload-size-received"] == "3"
    last = send(url, b"def", 3)
    assert last.headers["x-goog-upload-status"] == "final"
    assert google.contents[last.json()["file"]["name"]] == b"abcdef"
    other = start(stand).headers["x-goog-upload-url"]
    assert send(other, b"", 0, "cancel").headers["x-goog-upload-status"] == "cancelled"


def older_start(stand, token=TOKEN):
    answer = stand.post("/upload/v1beta/files?uploadType=resumable", {"file": {}}, token,
                        headers={"X-Upload-Content-Type": "text/plain", "X-Upload-Content-Length": "6"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["location"].startswith(stand.url + "/upload/v1beta/files?uploadType=resumable&upload_id=")
    return answer.headers["location"]


def put(url, data, span=None, method="PUT", **headers):
    headers |= {"Content-Range": f"bytes {span}"} if span else {}
    return httpx.request(method, url, content=data, headers=headers, timeout=30)


def test_the_older_dialect(stand, upstream, google):
    url = older_start(stand)
    assert put(url, b"", "*/6").status_code == 308
    first = put(url, b"abc", "0-2/6")
    assert (first.status_code, first.headers["range"]) == (308, "bytes=0-2")
    assert put(url, b"", "*/6").headers["range"] == "bytes=0-2"
    last = put(url, b"def", "3-5/6")
    name = last.json()["file"]["name"]
    assert google.contents[name] == b"abcdef"
    assert google.items[name][1]["mimeType"] == "text/plain"
    assert fetch(stand, "GET", f"/v1beta/{name}").status_code == 200
    assert len({call.key for call in upstream.requests}) == 1
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_the_older_dialect_in_one_piece_and_its_end(stand, upstream, google):
    assert put(older_start(stand), b"abcdef").json()["file"]["sizeBytes"] == "6"
    url = older_start(stand)
    before = len(upstream.requests)
    assert put(url, b"", method="DELETE").status_code == 499
    assert len(upstream.requests) == before + 1
    assert put(url + "x", b"", "*/6").status_code == 404
    media = stand.post("/upload/v1beta/files?uploadType=media", b"plain", headers={"Content-Type": "text/plain"})
    assert google.contents[media.json()["file"]["name"]] == b"plain"


def test_what_is_uploaded_in_one_request_is_not_uploaded_twice(stand, upstream, google):
    upstream.always(json_reply({"error": {"code": 500, "message": "x", "status": "INTERNAL"}}, 500))
    for kind in ("media", "multipart"):
        before = len(upstream.requests)
        answer = stand.post(f"/upload/v1beta/files?uploadType={kind}", b"--X\r\n\r\n\r\n--X--",
                            headers={"Content-Type": "multipart/related; boundary=X"})
        assert (answer.status_code, len(upstream.requests)) == (500, before + 1)


def test_finalize_alone(stand, upstream, google):
    url = start(stand).headers["x-goog-upload-url"]
    send(url, b"abcdef", 0, "upload")
    assert send(url, b"", 6, "finalize").json()["file"]["sizeBytes"] == "6"


def test_raw_and_multipart(stand, upstream, google):
    headers = {"X-Goog-Upload-Protocol": "raw", "Content-Type": "text/plain"}
    raw = stand.post("/upload/v1beta/files", b"raw bytes", headers=headers)
    assert google.contents[raw.json()["file"]["name"]] == b"raw bytes"
    body = (b'--X\r\nContent-Type: application/json\r\n\r\n{"file":{}}\r\n'
            b"--X\r\nContent-Type: text/plain\r\n\r\nparts\r\n--X--\r\n")
    parts = stand.post("/upload/v1beta/files?uploadType=multipart", body,
                       headers={"Content-Type": "multipart/related; boundary=X"})
    name = parts.json()["file"]["name"]
    assert google.contents[name] == b"parts"
    assert fetch(stand, "GET", f"/v1beta/{name}").status_code == 200


def test_download_and_its_range(stand, upstream, google):
    name = uploaded(stand)
    for path in (f"/v1beta/{name}:download?alt=media", f"/download/v1beta/{name}:download?alt=media"):
        whole = fetch(stand, "GET", path)
        assert (whole.status_code, whole.content) == (200, b"abcdef")
    part = fetch(stand, "GET", f"/v1beta/{name}:download?alt=media", headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, b"bcd")
    assert part.headers["content-range"] == "bytes 1-3/6"


# --- downloads that lie elsewhere -----------------------------------------------------------------


class Elsewhere:
    """Another server than upstream, which must see neither key nor token."""

    def __init__(self, reply):
        self.seen = []
        self.server = Upstream()
        self.server._pick = lambda request: self.seen.append(request) or reply(request)
        self.url = f"http://127.0.0.1:{self.server.port}"


@pytest.fixture
def elsewhere():
    data = bytes(range(256)) * 4096

    def reply(request):
        wanted = request.header("Range")
        if "missing" in request.target:
            return Reply(status=404, steps=(b"<xml/>",))
        if "refused" in request.target:
            return Reply(status=403, steps=(b"<xml/>",), headers=(("Content-Type", "application/xml"),))
        if "again" in request.target:
            return Reply(status=302, steps=(), headers=(("Location", "/blob"),))
        if "loop" in request.target:
            return Reply(status=302, steps=(), headers=(("Location", "/loop"),))
        if wanted:
            return Reply(status=206, steps=(data[1:4],), headers=(("Content-Range", f"bytes 1-3/{len(data)}"),))
        return Reply(steps=(data,), headers=(("Content-Type", "video/mp4"), ("X-Goog-Hash", "md5=x")))

    made = Elsewhere(reply)
    made.data = data
    yield made
    made.server.close()


def sent_to(stand, upstream, google, location, **options):
    name = uploaded(stand)
    upstream.always(Reply(status=302, steps=(b"<html>moved</html>",), headers=(("Location", location),)),
                    verb="download")
    return fetch(stand, "GET", f"/v1beta/{name}:download?alt=media", **options)


@pytest.mark.parametrize("path", ["/blob?sig=1", "/again"])
def test_a_download_is_followed_to_another_host_without_the_key(make_stand, upstream, google, elsewhere, path):
    stand = make_stand(MEDIA_FETCH_ALLOWED_HOSTS=["localhost"])
    url = f"http://localhost:{elsewhere.server.port}{path}"
    answer = sent_to(stand, upstream, google, url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    assert answer.content == elsewhere.data
    part = sent_to(stand, upstream, google, url, headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, elsewhere.data[1:4])
    for request in elsewhere.seen:
        assert not request.credentials()
        assert not [name for name, _ in request.headers if name.lower().startswith("x-goog")]
        assert "AQ.Test" not in repr(request) and TOKEN not in repr(request)


def test_a_download_goes_on_at_upstream_with_the_key(stand, upstream, google):
    name = uploaded(stand)
    upstream.script(Reply(status=302, steps=(), headers=(("Location", f"/v1beta/{name}:download?alt=media&second"),)))
    assert fetch(stand, "GET", f"/v1beta/{name}:download?alt=media").content == b"abcdef"
    assert upstream.requests[-1].key == google.owner(name)


@pytest.mark.parametrize("location", [
    "http://localhost:{port}/blob", "http://[::1]:{port}/blob", "http://127.0.0.2:{port}/blob", "http://10.0.0.1/blob",
    "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "gopher://127.0.0.1/", "//localhost:{port}/blob",
    "http://127.0.0.1:1@localhost:{port}/", "http://\u0001", ""])
def test_a_download_is_not_followed_into_a_private_network(stand, upstream, google, elsewhere, location):
    answer = sent_to(stand, upstream, google, location.format(port=elsewhere.server.port))
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, 502)
    assert not elsewhere.seen
    assert stand.get("/health").json()["keys"]["ready"] == 3


@pytest.mark.parametrize("path,status", [("/missing", 404), ("/refused", 502), ("/loop", 502)])
def test_what_another_host_says_is_not_the_keys_fault(make_stand, upstream, google, elsewhere, path, status):
    stand = make_stand(MEDIA_FETCH_ALLOWED_HOSTS=["localhost"])
    for _ in range(4):
        answer = sent_to(stand, upstream, google, f"http://localhost:{elsewhere.server.port}{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)
    assert stand.get("/health").json()["keys"]["ready"] == 3
    assert not stand.gbctl("keys", "list").stdout.count("dead")


def test_forwarded_headers_count_from_trusted_proxies_only(make_stand, upstream, google):
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "ai.example.org"}
    stand = make_stand(TRUSTED_PROXIES=["127.0.0.0/8"])
    url = start(stand, headers=told).headers["x-goog-upload-url"]
    assert url.startswith("https://ai.example.org/upload/v1beta/files?upload_id=")
    stand = make_stand(TRUSTED_PROXIES=["10.0.0.0/8"])
    assert start(stand, headers=told).headers["x-goog-upload-url"].startswith(stand.url + "/upload/")


def test_below_a_path_of_the_web_server(make_stand, upstream, google):
    stand = make_stand(front="socket", start=False)
    plain = stand.configuration
    stand.configuration = lambda: plain().replace('"/" => ((', '"/gb" => ((')
    stand.url += "/gb"
    stand.start()
    url = start(stand).headers["x-goog-upload-url"]
    assert url.startswith(stand.url + "/upload/v1beta/files?upload_id=")
    assert send(url, b"abcdef").json()["file"]["sizeBytes"] == "6"
    client = google_client(stand)
    assert client.files.get(name=upload(client).name).state == types.FileState.ACTIVE


def test_an_unknown_upload(stand, upstream, google):
    answer = send(stand.url + "/upload/v1beta/files?upload_id=nobodys", b"x")
    assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")
    assert not upstream.requests
    assert stand.post("/upload/v1beta/files", {}, token=None, headers=START).status_code == 401


# --- whose a file is ------------------------------------------------------------------------------


@pytest.mark.parametrize("use", ["GET", "DELETE", "download", "prompt", "list"])
def test_tokens_are_kept_apart(make_stand, upstream, google, use):
    stand = make_stand(ALLOWED_TOKENS=[TOKEN, OTHER])
    upstream.forbidden.append(OTHER)
    name = uploaded(stand)
    before = len(upstream.requests)
    if use == "list":
        assert fetch(stand, "GET", "/v1beta/files", OTHER).json() == {}
    elif use == "prompt":
        assert stand.post(f"/v1beta/models/{MODEL}:generateContent", prompt(name), OTHER).status_code == 403
    else:
        path = f"/v1beta/{name}:download?alt=media" if use == "download" else f"/v1beta/{name}"
        answer = fetch(stand, "GET" if use == "download" else use, path, OTHER)
        assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert len(upstream.requests) == before
    assert name in google.items
    assert fetch(stand, "GET", f"/v1beta/{name}", ADMIN_TOKEN).status_code == 200


def test_tokens_share_where_isolation_is_off(make_stand, upstream, google):
    stand = make_stand(ALLOWED_TOKENS=[TOKEN, OTHER], FILES_USER_ISOLATION_ENABLED="false")
    upstream.forbidden.append(OTHER)
    name = uploaded(stand)
    assert fetch(stand, "GET", f"/v1beta/{name}", OTHER).status_code == 200
    assert [each["name"] for each in fetch(stand, "GET", "/v1beta/files", OTHER).json()["files"]] == [name]


def test_a_list_is_merged_over_keys_in_pages(spread, upstream, google):
    stand = spread
    names = {uploaded(stand) for _ in range(7)}
    assert len({google.owner(name) for name in names}) == 3
    seen, token = [], ""
    for _ in range(10):
        page = fetch(stand, "GET", f"/v1beta/files?pageSize=2&pageToken={token}").json()
        seen += [each["name"] for each in page.get("files", [])]
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert sorted(seen) == sorted(names)
    client = google_client(stand)
    assert sorted(each.name for each in client.files.list(config={"page_size": 3})) == sorted(names)


def test_bad_page_tokens_and_sizes(stand, upstream, google):
    for query in ("pageToken=!!", "pageToken=eA==", "pageSize=many"):
        answer = fetch(stand, "GET", f"/v1beta/files?{query}")
        assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert not upstream.requests


def test_pins_survive_a_restart_and_serve_every_process(make_stand, upstream, google):
    stand = make_stand(procs=2, FILES_SAME_KEY_MINUTES="0")
    names = [uploaded(stand) for _ in range(4)]
    stand.restart()
    for name in names * 2:
        assert fetch(stand, "GET", f"/v1beta/{name}").status_code == 200


BAD_IDS = ["..", "a%2Fb", "a%252Fb", "a%00b", "a%0Ab", "a%0D%0Ab", "a%20b", "a%5Cb", "%2e%2e", "a?b/../c%00"]


@pytest.mark.parametrize("bad", BAD_IDS)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_ids_that_are_none(stand, upstream, google, bad, method):
    done = subprocess.run(["curl", "-s", "--path-as-is", "-X", method, "-H", f"x-goog-api-key: {TOKEN}",
                           "-w", "\n%{http_code}", f"{stand.url}/v1beta/files/{bad}"],
                          capture_output=True, text=True, timeout=30)
    assert 400 <= int(done.stdout.rsplit("\n", 1)[1]) < 500
    assert not upstream.requests


def test_wrong_methods(stand, upstream, google):
    answer = fetch(stand, "PUT", "/v1beta/files/abc")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, DELETE")
    assert fetch(stand, "GET", "/v1beta/nothing/here").status_code == 404
    assert not upstream.requests


# --- large ----------------------------------------------------------------------------------------


def memory(stand, field):
    """In MiB, of all responders: "VmHWM" at its peak, libraries included; "RssAnon" what is ours alone."""
    total = 0
    for pid in stand.pids():
        with open(f"/proc/{pid}/status") as status:
            total += next(int(line.split()[1]) for line in status if line.startswith(field))
    return total / 1024


@pytest.mark.parametrize("megabytes", [300])
def test_a_large_upload_is_never_held(make_stand, upstream, google, tmp_path, megabytes):
    stand = make_stand(MAX_REQUEST_BODY="1048576")
    path = tmp_path / "large"
    digest = hashlib.sha256()
    with open(path, "wb") as large:
        for number in range(megabytes):
            piece = number.to_bytes(4, "big") * (1 << 18)
            digest.update(piece)
            large.write(piece)
    uploaded(stand)
    before, ours = memory(stand, "VmHWM"), memory(stand, "RssAnon")
    url = start(stand).headers["x-goog-upload-url"]
    done = subprocess.run(["curl", "-s", "-X", "POST", "-T", str(path), "-H", "X-Goog-Upload-Offset: 0",
                           "-H", "X-Goog-Upload-Command: upload, finalize", url],
                          capture_output=True, text=True, timeout=300)
    made = json.loads(done.stdout)["file"]
    assert (made["sizeBytes"], made["sha256Hash"]) == (str(megabytes << 20), digest.hexdigest())
    grown = memory(stand, "VmHWM") - before
    # A sanitizer has memory of its own.
    assert SLOW > 1 or (grown < 4 and ours + grown < 16), (before, ours, grown)
    print(f"{megabytes} MiB: {ours:.1f} MiB of our own before, {grown:.1f} more at the peak")


def test_the_sdk_uploads_in_chunks(stand, upstream, google):
    data = bytes(range(256)) * (80 << 10)  # 20 MiB: three chunks
    client = google_client(stand)
    made = client.files.upload(file=io.BytesIO(data), config={"mime_type": "application/pdf"})
    assert made.size_bytes == len(data)
    assert google.items[made.name][1]["sha256Hash"] == hashlib.sha256(data).hexdigest()


def test_an_error_of_upstream_reaches_the_sdk(stand, upstream, google):
    client = google_client(stand)
    with pytest.raises(errors.ClientError) as caught:
        client.files.get(name="files/never-there")
    assert caught.value.code == 403
