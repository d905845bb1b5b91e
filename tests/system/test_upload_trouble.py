"""Uploads and forms when something goes wrong on the way, or is odd from the start."""

import socket

import pytest

from test_files import send, start, uploaded
from upstream import CUT, Reply, json_reply
from upstream_files import Resources


@pytest.fixture
def google(upstream):
    return Resources(upstream)


def test_any_process_goes_on_with_an_upload(make_stand, upstream, google):
    stand = make_stand(procs=3)
    for _ in range(4):
        url = start(stand).headers["x-goog-upload-url"]
        pieces = [b"piece %d;" % number for number in range(6)]
        for number, piece in enumerate(pieces):
            offset = sum(map(len, pieces[:number]))
            assert send(url, b"", offset, "query").headers["x-goog-upload-size-received"] == str(offset)
            command = "upload, finalize" if number == 5 else "upload"
            made = send(url, piece, offset, command)
            assert made.status_code == 200, made.text
        assert google.contents[made.json()["file"]["name"]] == b"".join(pieces)


def test_a_client_that_leaves_in_the_middle_of_a_piece(stand, upstream, google):
    """What Google has got is what it tells; from there the upload goes on."""
    url = start(stand).headers["x-goog-upload-url"]
    path = url.removeprefix(stand.url)
    with socket.create_connection(("127.0.0.1", stand.port)) as client:
        client.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Goog-Upload-Command: upload, finalize\r\n"
                       "X-Goog-Upload-Offset: 0\r\nContent-Length: 3000000\r\n\r\n".encode() + b"x" * 1_000_000)
    received = int(send(url, b"", 0, "query").headers["x-goog-upload-size-received"])
    assert received == 0  # the upstream of the tests takes whole pieces only
    made = send(url, b"y" * 3000, received)
    assert made.status_code == 200 and made.json()["file"]["sizeBytes"] == "3000"
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_an_upstream_that_dies_in_the_middle_of_a_piece(stand, upstream, google):
    url = start(stand).headers["x-goog-upload-url"]
    upstream.always(Reply(before=CUT), body=b"abc")
    broken = send(url, b"abc", 0, "upload")
    assert 500 <= broken.status_code < 600 and broken.json()["error"]["status"]
    assert send(url, b"", 0, "query").headers["x-goog-upload-size-received"] == "0"
    assert send(url, b"abcdef", 0).json()["file"]["sizeBytes"] == "6"
    assert stand.get("/health").json()["keys"]["ready"] == 3


@pytest.mark.parametrize("status,word", [(404, "NOT_FOUND"), (410, "FAILED_PRECONDITION")])
@pytest.mark.parametrize("command", ["upload", "upload, finalize", "query"])
def test_an_upload_that_google_has_forgotten(stand, upstream, google, status, word, command):
    """Google's answer is the client's; what Google does not know is not asked for again, and no key is at fault."""
    url = start(stand).headers["x-goog-upload-url"]
    assert send(url, b"abc", 0, "upload").status_code == 200
    told = {"error": {"code": status, "message": "The upload session is over.", "status": word}}
    upstream.always(json_reply(told, status), body=b"" if command == "query" else b"def")
    before = len(upstream.requests)
    gone = send(url, b"" if command == "query" else b"def", 3, command)
    assert (gone.status_code, gone.json()) == (status, told)
    assert len(upstream.requests) == before + 1
    again = send(url, b"ghi", 3)
    assert again.status_code == 404 and again.json()["error"]["status"] == "NOT_FOUND"
    assert "no such upload" in again.json()["error"]["message"] and len(upstream.requests) == before + 1
    other = uploaded(stand)
    assert google.contents[other] == b"abcdef"
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_an_upload_that_fails_for_a_while_goes_on(stand, upstream, google):
    url = start(stand).headers["x-goog-upload-url"]
    upstream.script(json_reply({"error": {"code": 400, "message": "no", "status": "INVALID_ARGUMENT"}}, 400))
    assert send(url, b"abc").status_code == 400
    assert send(url, b"abc").status_code == 200


def test_empty_files_and_names_in_any_writing(stand, upstream, google):
    name = uploaded(stand, data=b"")
    assert google.items[name][1]["sizeBytes"] == "0"
    for title in ("Müller & Söhne.pdf", "会議の記録.mp3", "a\"b\\c.txt", "🎧.wav"):
        answer = stand.post("/upload/v1beta/files", {"file": {"displayName": title}}, headers={
            "X-Goog-Upload-Protocol": "resumable", "X-Goog-Upload-Command": "start",
            "X-Goog-Upload-Header-Content-Length": "1", "X-Goog-Upload-Header-Content-Type": "text/plain"})
        assert answer.status_code == 200 and upstream.requests[-1].json["file"]["displayName"] == title
        assert send(answer.headers["x-goog-upload-url"], b"x").status_code == 200


def form(*parts, boundary=b"b"):
    rows = [b"--" + boundary + b"\r\n" + head + b"\r\n\r\n" + data + b"\r\n" for head, data in parts]
    return b"".join(rows) + b"--" + boundary + b"--\r\n"


MODEL = (b'Content-Disposition: form-data; name="model"', b"whisper-1")
WAV = b"RIFF" + bytes(60)


def heard(stand, body):
    return stand.post("/v1/audio/transcriptions", body, headers={"Content-Type": "multipart/form-data; boundary=b"})


@pytest.mark.parametrize("name", ["会議の記録.wav", "Müller.wav", "a\\\"b.wav", "..\\..\\etc.wav", "🎧.wav", "", "x" * 4000 + ".wav"])
def test_names_of_recordings_in_any_writing(stand, upstream, name):
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"; filename*=UTF-8\'\'x.wav'.encode()
    assert heard(stand, form(MODEL, (head, WAV))).json()["text"] == "Hello from Gemini"


def test_forms_that_want_too_much(stand, upstream):
    sound = (b'Content-Disposition: form-data; name="file"; filename="a.wav"', WAV)
    field = (b'Content-Disposition: form-data; name="x"', b"")
    long = (b'Content-Disposition: form-data; name="x"; y="' + b"z" * 1_000_000 + b'"', b"")
    for body, word in ((form(MODEL, sound, *[field] * 10_000), "too many parts"), (form(MODEL, long, sound), "headers"),
                       (form(MODEL, (field[0], b"x" * 300_000), sound), "too long"), (form(MODEL, sound)[:-30], "cut short")):
        answer = heard(stand, body)
        assert answer.status_code == 400 and word in answer.json()["error"]["message"], answer.text
    assert not upstream.requests


def test_as_many_inputs_as_openai_takes(stand, upstream):
    texts = [str(number) for number in range(2048)]
    answer = stand.post("/v1/embeddings", {"model": "gemini-embedding-001", "input": texts})
    assert answer.status_code == 200 and [each["index"] for each in answer.json()["data"]] == list(range(2048))
    assert sorted(len(call.json["requests"]) for call in upstream.calls) == [48] + [100] * 20
    before = len(upstream.requests)
    for wrong in ([*texts, "one more"], "", [""], ["a", ""], []):
        answer = stand.post("/v1/embeddings", {"model": "gemini-embedding-001", "input": wrong})
        assert answer.status_code == 400 and answer.json()["error"]["param"].startswith("input"), answer.text
    assert len(upstream.requests) == before
