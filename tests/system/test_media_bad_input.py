"""Bad input on the routes for embeddings, images and audio: a 4xx in OpenAI's shape that names the field,
nothing sent upstream, no key touched. One table; one stand takes all of it."""

import base64
import json

import httpx
import pytest

from stand import SLOW, TOKEN

EMBED, DRAW, EDIT = "/v1/embeddings", "/v1/images/generations", "/v1/images/edits"
SPEECH, HEARD, TRANSLATED = "/v1/audio/speech", "/v1/audio/transcriptions", "/v1/audio/translations"
WHOLE = {EMBED: {"model": "gemini-embedding-001", "input": "Hi"}, DRAW: {"prompt": "A lake"},
         EDIT: {"prompt": "A boat", "images": [{"image_url": "data:image/png;base64,iVBORw0KGgo="}]},
         SPEECH: {"model": "tts-1", "input": "Hi", "voice": "alloy"}}
MISSING = object()
DEEP = json.loads("[" * 60 + "]" * 60)

# route, field, values that it cannot have; the error names the field, or what stands after it
FIELDS = [
    (EMBED, "model", [MISSING, None, "", 5, [], {}, True, "m" * 300, "a/../b", "a b", "a\r\nb"]),
    (EMBED, "input", [MISSING, None, "", 5, True, {}, [], [1, 2], [[1, 2]], [None], [""], ["a", ""], ["a", 5], ["a", {}], [DEEP],
                      ["a"] * 2049]),
    (EMBED, "dimensions", [0, -1, 1.5, "3", [], {}, True, 99999, 2 ** 70]),
    (EMBED, "encoding_format", ["hex", "", 5, [], {}, False]),
    (EMBED, "task_type", ["SING", "", 5, []]),
    (DRAW, "prompt", [MISSING, None, "", 5, [], {}, ["a"], True, "x" * 40000, "{n:2}{ratio:1:1}"]),
    (DRAW, "n", [0, -1, 11, 1.5, "two", [], {}, True, 2 ** 40]),
    (DRAW, "size", ["big", "0x0", "1x", "x1", "10x-5", "99999x1", "1:7", 5, [], {}, "9" * 100]),
    (DRAW, "response_format", ["file", "", 5, [], {}]),
    (DRAW, "stream", ["perhaps", 5, [], {}]),
    (DRAW, "partial_images", [-1, 4, 1.5, "many", [], {}, True]),
    (DRAW, "model", [5, [], {}, "m" * 300, "gemini-x/../y", "gemini a"]),
    (DRAW, "quality", [5, [], {}, "q" * 100]),
    (DRAW, "background", [5, [], {}, "b" * 100]),
    (DRAW, "mask", ["x"]),
    (EDIT, "prompt", [MISSING, None, "", 5, []]),
    (EDIT, "images", [5, "a", {}, [{}], [5], [None], [{"image_url": 5}], [{"image_url": "https://example.com/a.png"}],
                      [{"image_url": "file:///etc/passwd"}], [{"image_url": "data:,"}],
                      [{"image_url": "data:text/plain;base64,aGk="}], [{"image_url": "data:image/png;base64,%%%"}]]),
    (EDIT, "image", [MISSING]),
    (SPEECH, "input", [MISSING, None, "", 5, [], {}, True, "x" * 4097]),
    (SPEECH, "voice", ["", 5, [], {}, {"id": 5}, {"id": ""}]),
    (SPEECH, "model", [5, [], {}, "m" * 300, "gemini-a/../b"]),
    (SPEECH, "response_format", ["midi", "", "MP3", 5, [], {}]),
    (SPEECH, "stream_format", ["ws", "", 5, [], {}]),
    (SPEECH, "speed", [0, 0.2, 4.1, -1, "fast", [], {}, True]),
    (SPEECH, "instructions", [5, [], {}, "x" * 5000]),
]
# Another field may be the one to name.
NAMED = {(EDIT, "images"): ("images", "image")}


def body_with(route, field, value):
    body = dict(WHOLE[route])
    if route == EDIT and field == "image":
        body.pop("images")
    if value is MISSING:
        body.pop(field, None)
    else:
        body[field] = value
    return body


@pytest.fixture
def client(stand):
    """Asks many times over one connection."""
    with httpx.Client(base_url=stand.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30 * SLOW) as made:
        yield made


def untouched(stand, upstream):
    assert not upstream.calls
    assert stand.get("/health").json()["keys"]["ready"] == 3


@pytest.mark.parametrize("route", [EMBED, DRAW, EDIT, SPEECH])
def test_fields(stand, client, upstream, route):
    for each, field, values in FIELDS:
        for value in values if each == route else []:
            answer = client.post(route, json=body_with(route, field, value))
            what = f"{route} {field}={value!r:.80}"
            assert answer.status_code in (400, 404), f"{what}: {answer.status_code} {answer.text[:300]}"
            error = answer.json()["error"]
            assert error["type"] == "invalid_request_error" and error["message"], what
            names = NAMED.get((route, field), (field,))
            assert (error["param"] or "").split("[")[0] in names, f"{what}: {error}"
    untouched(stand, upstream)


@pytest.mark.parametrize("route", [EMBED, DRAW, EDIT, SPEECH])
def test_bodies_that_are_no_json(stand, upstream, route):
    for body in (b"", b"null", b"[]", b'"a"', b"5", b"{", b'{"input":', b'{"a":1}x', b"\xff\xfe", b"{}\0", b"a=b&c=d"):
        answer = stand.post(route, body)
        assert answer.status_code == 400 and answer.json()["error"]["type"] == "invalid_request_error", body
    untouched(stand, upstream)


def form(*parts, end=b"--b--\r\n"):
    """Of (name, file name or None, bytes)."""
    body = b""
    for name, file, data in parts:
        extra = f'; filename="{file}"' if file is not None else ""
        body += f'--b\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + data + b"\r\n"
    return body + end


WAV = b"RIFF" + bytes(60)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SOUND, PICTURE = ("file", "a.wav", WAV), ("image", "a.png", PNG)
WORDS, MODEL = ("prompt", None, b"A boat"), ("model", None, b"whisper-1")
FORMS = [
    (EDIT, form(PICTURE), "prompt"), (EDIT, form(WORDS), "image"), (EDIT, form(WORDS, ("image", "a.png", b"")), "image"),
    (EDIT, form(WORDS, ("image", None, PNG)), None), (EDIT, form(WORDS, ("image", "a.svg", b"<svg/>")), "image"),
    (EDIT, form(WORDS, PICTURE, ("mask", "m.png", PNG)), "mask"), (EDIT, form(WORDS, PICTURE, ("n", None, b"0")), "n"),
    (EDIT, form(WORDS, PICTURE, ("n", None, b"1e3")), "n"), (EDIT, form(WORDS, PICTURE, ("size", None, b"..")), "size"),
    (EDIT, form(WORDS, PICTURE, ("stream", None, b"so")), "stream"), (EDIT, form(WORDS, *[PICTURE] * 17), "image"),
    (EDIT, form(WORDS, PICTURE, ("user", None, b"\xff")), "user"), (EDIT, form(WORDS, PICTURE, ("x", "x.bin", b"x")), "x"),
    (HEARD, form(MODEL), "file"), (HEARD, form(MODEL, ("file", None, WAV)), "file"), (HEARD, form(MODEL, ("file", "a.wav", b"")), "file"),
    (HEARD, form(MODEL, ("file", "a.txt", b"hello")), "file"), (HEARD, form(SOUND), "model"),
    (HEARD, form(SOUND, ("model", None, b"")), "model"), (HEARD, form(SOUND, ("model", None, b"gemini-a/../b")), "model"),
    (HEARD, form(SOUND, ("model", None, b"m" * 300)), "model"), (HEARD, form(SOUND, MODEL, ("response_format", None, b"doc")), "response_format"),
    (HEARD, form(SOUND, MODEL, ("temperature", None, b"hot")), "temperature"), (HEARD, form(SOUND, MODEL, ("temperature", None, b"3")), "temperature"),
    (HEARD, form(SOUND, MODEL, ("temperature", None, b"nan")), "temperature"), (HEARD, form(SOUND, MODEL, ("language", None, b"de\n.")), "language"),
    (HEARD, form(SOUND, MODEL, ("stream", None, b"so")), "stream"), (HEARD, form(SOUND, MODEL, ("prompt", None, b"p" * 20000)), "prompt"),
    (HEARD, form(SOUND, MODEL, ("prompt", None, b"\xff")), "prompt"), (HEARD, form(SOUND, MODEL, ("prompt", None, b"a\0b")), "prompt"),
]
HEAD = {"Content-Type": "multipart/form-data; boundary=b"}


def test_forms(stand, client, upstream):
    rows = FORMS + [(TRANSLATED, body, param) for route, body, param in FORMS if route == HEARD]
    for route, body, param in rows:
        answer = client.post(route, content=body, headers=HEAD)
        what = f"{route} {param} {body[-120:]}"
        assert answer.status_code == 400, f"{what}: {answer.status_code} {answer.text[:300]}"
        error = answer.json()["error"]
        assert error["message"] and (param is None or error["param"] == param), f"{what}: {error}"
    untouched(stand, upstream)


def test_forms_cut_short(stand, client, upstream):
    for route, whole in ((EDIT, form(WORDS, PICTURE)), (HEARD, form(MODEL, SOUND)), (TRANSLATED, form(MODEL, SOUND))):
        for size in list(range(0, len(whole) - 8, 13)) + [len(whole) - 8]:
            answer = client.post(route, content=whole[:size], headers=HEAD)
            assert answer.status_code == 400 and answer.json()["error"]["message"], (route, size)
        for kind, status in (("multipart/form-data", 400), ("multipart/form-data; boundary=", 400), ("multipart/mixed; boundary=b", 415),
                             ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("multipart/form-data; boundary=c", 400)):
            answer = client.post(route, content=whole, headers={"Content-Type": kind})
            assert answer.status_code == status and answer.json()["error"]["message"], (route, kind, answer.text)
    untouched(stand, upstream)


def test_who_may_not(stand, upstream):
    for route in (EMBED, DRAW, EDIT, SPEECH, HEARD, TRANSLATED):
        assert stand.post(route, b"{}", token=None).status_code == 401
        assert stand.post(route, b"{}", token="wrong").status_code == 401
        for method in ("GET", "PUT", "DELETE"):
            answer = stand.request(method, route, None, TOKEN)
            assert answer.status_code == 405 and "POST" in answer.headers["Allow"]
    untouched(stand, upstream)


def test_forms_that_are_too_large(make_stand, upstream):
    stand = make_stand(MAX_REQUEST_BODY="50000")
    large = base64.b64encode(bytes(60000))
    for route, body, head in ((EMBED, b'{"input":"' + large + b'"}', {}), (HEARD, form(MODEL, ("file", "a.wav", WAV + large)), HEAD),
                              (EDIT, form(WORDS, ("image", "a.png", PNG + large)), HEAD)):
        answer = stand.post(route, body, headers=head)
        assert answer.status_code == 413 and answer.json()["error"]["message"]
    untouched(stand, upstream)
