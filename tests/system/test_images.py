"""/v1/images: one call for each image, sizes, addresses, edits by form, refusals."""

import base64
import json
import re
import threading

import httpx
import openai
import pytest

import gemini
from upstream import HANG, Answer, Later, gemini_reply, json_reply, text

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"\r\n--boundary\r\n"
JPEG = b"\xff\xd8\xff\xe0" + b"jpeg" * 40
PATH, EDITS = "/v1/images/generations", "/v1/images/edits"
MODEL = "gemini-3.1-flash-image"


@pytest.fixture(autouse=True)
def drawing(upstream):
    upstream.models += gemini.model_objects(MODEL, "gemini-2.5-flash-image")


def drawn(data=PNG, say=None, kind="image/png"):
    parts = [{"text": say}] if say else []
    parts.append({"inlineData": {"mimeType": kind, "data": base64.b64encode(data).decode()}})
    return Answer(gemini.event(*parts, finish="STOP", counts=gemini.usage(7, 1290)))


def ask(stand, **fields):
    return stand.post(PATH, {"prompt": "A lake"} | fields)


def test_an_image(stand, upstream):
    upstream.script(drawn(say="A calm lake."))
    answer = ask(stand).json()
    (entry,) = answer["data"]
    assert base64.b64decode(entry["b64_json"]) == PNG and entry["revised_prompt"] == "A calm lake."
    assert answer["created"] > 1700000000
    assert answer["usage"]["input_tokens"] == 7 and answer["usage"]["total_tokens"] == 1297
    assert upstream.last.model == MODEL
    sent = upstream.last.json
    assert sent["contents"] == [{"role": "user", "parts": [{"text": "A lake"}]}]
    assert sent["generationConfig"] == {"responseModalities": ["TEXT", "IMAGE"]}
    assert sent["safetySettings"]


def test_several_images_on_different_keys(stand, upstream):
    upstream.always(drawn())
    assert len(ask(stand, n=3).json()["data"]) == 3
    assert len(upstream.calls) == 3 and len(upstream.keys_used()) == 3


def test_one_of_several_is_refused(stand, upstream):
    upstream.always(drawn())
    upstream.script(Answer(gemini.event(finish="IMAGE_SAFETY")))
    assert len(ask(stand, n=3).json()["data"]) == 2


@pytest.mark.parametrize("size,config", [
    ("1024x1024", {"aspectRatio": "1:1"}), ("1792x1024", {"aspectRatio": "16:9"}), ("1024x1792", {"aspectRatio": "9:16"}),
    ("1536x1024", {"aspectRatio": "3:2"}), ("1024x1536", {"aspectRatio": "2:3"}), ("256x256", {"aspectRatio": "1:1"}),
    ("2048x2048", {"aspectRatio": "1:1", "imageSize": "2K"}), ("4096x2304", {"aspectRatio": "16:9", "imageSize": "4K"}),
    ("21:9", {"aspectRatio": "21:9"}), ("auto", None)])
def test_sizes(stand, upstream, size, config):
    upstream.always(drawn())
    assert ask(stand, size=size).status_code == 200
    assert upstream.last.json["generationConfig"].get("imageConfig") == config


def test_an_older_model_has_one_resolution(stand, upstream):
    upstream.always(drawn())
    assert ask(stand, size="2048x2048", model="gemini-2.5-flash-image").status_code == 200
    assert upstream.last.model == "gemini-2.5-flash-image"
    assert upstream.last.json["generationConfig"]["imageConfig"] == {"aspectRatio": "1:1"}


def test_parameters_in_the_prompt(stand, upstream):
    upstream.always(drawn())
    assert len(ask(stand, prompt="A lake {n:2} {ratio:16:9}").json()["data"]) == 2
    sent = upstream.last.json
    assert sent["contents"][0]["parts"][0]["text"] == "A lake"
    assert sent["generationConfig"]["imageConfig"]["aspectRatio"] == "16:9"


@pytest.mark.parametrize("model", ["dall-e-3", "gpt-image-1", "imagen-4.0-generate-001"])
def test_names_of_others_lead_to_the_setting(stand, upstream, model):
    upstream.always(drawn())
    assert ask(stand, model=model).status_code == 200
    assert upstream.last.model == MODEL


def address(stand, **fields):
    (entry,) = ask(stand, **({"response_format": "url"} | fields)).json()["data"]
    assert "b64_json" not in entry
    return entry["url"]


def shelf(stand):
    return stand.data / "images"


@pytest.mark.parametrize("fields", [{}, {"model": "dall-e-3", "response_format": None}])
def test_addresses_are_ours(stand, upstream, fields):
    upstream.always(drawn())
    url = address(stand, **fields)
    assert url.startswith(stand.url + "/image/") and url.endswith(".png")
    answer = httpx.get(url)  # without a token: the signature is the credential
    assert answer.status_code == 200 and answer.content == PNG
    head = answer.headers
    assert head["Content-Type"] == "image/png" and head["X-Content-Type-Options"] == "nosniff"
    assert head["Content-Length"] == str(len(PNG)) and "sandbox" in head["Content-Security-Policy"]
    seconds = int(re.fullmatch(r"private, max-age=(\d+), immutable", head["Cache-Control"])[1])
    assert 3500 < seconds <= 3600
    probe = httpx.head(url)
    assert probe.status_code == 200 and probe.content == b"" and probe.headers["Content-Length"] == str(len(PNG))
    assert len(list(shelf(stand).iterdir())) == 1


def test_addresses_cannot_be_made_up(stand, upstream):
    upstream.always(drawn(kind="image/jpeg"))
    url = address(stand)
    assert url.endswith(".jpg")
    root, signature, name = url.rsplit("/", 2)
    later = str(int(name.split("-")[0]) + 9) + "-" + name.split("-")[1]
    for wrong in (f"{root}/{signature}/{later}", f"{root}/{'0' * 64}/{name}", f"{root}/{signature}/..%2Fsecret.key",
                  f"{root}/{signature}/%2e%2e", f"{root}/{signature}/{name}%00", f"{root}/{signature[:-1]}/{name}",
                  f"{root}/{signature.upper()}/{name}", f"{root}/{signature}/{name}.png"):
        answer = httpx.get(wrong)
        assert answer.status_code in (400, 404), wrong  # 400 is the web server's own
        assert answer.status_code == 400 or answer.json()["error"]["message"]
    for listing in (root, root + "/", f"{root}/{signature}", f"{root}/{signature}/"):
        assert httpx.get(listing).status_code == 404
    assert httpx.post(url).status_code == 405
    assert httpx.get(url).content == PNG


def test_addresses_are_as_the_client_sees_us(make_stand, upstream):
    stand = make_stand(TRUSTED_PROXIES=["127.0.0.1"], procs=2)
    upstream.always(drawn())
    outside = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "ai.example", "X-Forwarded-Prefix": "/gemini"}
    answer = stand.post(PATH, {"prompt": "A lake", "response_format": "url"}, headers=outside).json()
    url = answer["data"][0]["url"]
    assert url.startswith("https://ai.example/gemini/image/")
    inside = url.replace("https://ai.example/gemini", stand.url)
    for _ in range(6):  # whichever of the two processes is asked
        assert httpx.get(inside).content == PNG


def test_images_that_have_ended_are_removed(stand, upstream):
    upstream.always(drawn())
    url = address(stand)
    (kept,) = shelf(stand).iterdir()
    ended = shelf(stand) / ("1000000000-" + kept.name.split("-")[1])
    ended.write_bytes(PNG)
    stand.gbctl("maintain", "--force")
    assert not ended.exists() and kept.exists() and httpx.get(url).status_code == 200


@pytest.mark.parametrize("case", ["switched off", "full", "no folder", "svg"])
def test_without_a_place_the_image_is_the_address(make_stand, upstream, case):
    stand = make_stand(IMAGE_STORE_MB="0" if case == "switched off" else "1")
    kind = "image/svg+xml" if case == "svg" else "image/png"
    if case == "no folder":
        shelf(stand).write_bytes(b"in the way")
    elif case == "full":
        shelf(stand).mkdir()
        (shelf(stand) / "9999999999-abc.png").write_bytes(bytes(1 << 20))
    upstream.always(drawn(kind=kind))
    head, _, data = address(stand).partition(",")
    assert head == f"data:{kind};base64" and base64.b64decode(data) == PNG
    assert ("image.not_put" in stand.log()) == (case != "switched off")


def events_of(answer):
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]


def test_a_stream(stand, upstream):
    upstream.always(drawn())
    answer = ask(stand, stream=True, n=2)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.text.splitlines().count("event: image_generation.completed") == 2
    events = events_of(answer)
    assert sorted(event["index"] for event in events) == [0, 1] and len(upstream.keys_used()) == 2
    for event in events:
        assert event["type"] == "image_generation.completed" and event["usage"]["total_tokens"] == 1297
        assert base64.b64decode(event["b64_json"]) == PNG


def test_a_stream_of_addresses(stand, upstream):
    upstream.always(drawn())
    events = events_of(ask(stand, stream=True, n=2, response_format="url"))
    assert [event["index"] for event in events] == [0, 1] and all(event["url"].startswith("http") for event in events)
    (event,) = events_of(ask(stand, stream=True, response_format="url"))
    assert "index" not in event


IMAGEN = "imagen-4.0-generate-001"


def predicted(*predictions):
    return json_reply({"predictions": list(predictions)})


def prediction(data=PNG):
    return {"mimeType": "image/png", "bytesBase64Encoded": base64.b64encode(data).decode()}


@pytest.fixture
def imagen(upstream):
    """A base that has it still."""
    made = gemini.model_objects(IMAGEN)
    made[0]["supportedGenerationMethods"] = ["predict"]
    upstream.models += made
    return upstream


def drawn_by_imagen(request):
    return predicted(*[prediction(PNG + bytes([at])) for at in range(request.json["parameters"]["sampleCount"])])


def test_imagen(stand, imagen):
    imagen.always(drawn_by_imagen, verb="predict")
    answer = ask(stand, model=IMAGEN, n=6, size="1536x1024").json()
    assert [len(base64.b64decode(each["b64_json"])) for each in answer["data"]] == [len(PNG) + 1] * 6
    assert sorted(call.json["parameters"]["sampleCount"] for call in imagen.calls) == [2, 4]
    assert imagen.last.path.endswith(f"/models/{IMAGEN}:predict")
    assert imagen.last.json["instances"] == [{"prompt": "A lake"}]
    assert imagen.last.json["parameters"]["aspectRatio"] == "4:3"
    url = address(stand, model=IMAGEN)
    assert httpx.get(url).content == PNG + b"\0"


def test_imagen_as_the_setting(make_stand, imagen):
    stand = make_stand(CREATE_IMAGE_MODEL=IMAGEN)
    imagen.always(drawn_by_imagen, verb="predict")
    assert len(ask(stand, model="dall-e-2", n=2, response_format="b64_json").json()["data"]) == 2
    assert imagen.last.verb == "predict" and len(imagen.calls) == 1


@pytest.mark.parametrize("reply,made", [
    (predicted({"raiFilteredReason": "Unsafe words (58061214)"}), 0), (json_reply({}), 0),
    (predicted(prediction(), {"raiFilteredReason": "Unsafe"}), 1)])
def test_imagen_refuses(make_stand, imagen, reply, made):
    stand = make_stand(CREATE_IMAGE_MODEL=IMAGEN)
    imagen.always(reply)
    answer = ask(stand, n=2)
    assert answer.status_code == (200 if made else 400)
    if made:
        assert len(answer.json()["data"]) == made
    else:
        assert answer.json()["error"]["code"] == "moderation_blocked"
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_imagen_does_not_edit(make_stand, imagen):
    stand = make_stand(CREATE_IMAGE_MODEL=IMAGEN)
    answer = edit(stand, [("image", ("a.png", PNG, "image/png"))])
    assert answer.status_code == 400 and answer.json()["error"]["param"] == "model"
    assert not imagen.calls


def tried(data):
    return {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(data).decode()}, "thought": True}


@pytest.mark.parametrize("wanted,told", [(0, 0), (1, 1), (3, 2)])
def test_tries_are_seen_while_the_image_is_made(stand, upstream, wanted, told):
    rest = threading.Event()

    def until_seen():
        assert told == 0 or rest.wait(20)
        return gemini.sse_frame(gemini.event({"inlineData": {"mimeType": "image/png", "data": base64.b64encode(PNG).decode()}},
                                             finish="STOP", counts=gemini.usage(7, 1290)), 2)

    upstream.script(Later([gemini.sse_frame(gemini.event(tried(PNG + b"1")), 0),
                           gemini.sse_frame(gemini.event(tried(PNG + b"2")), 1), until_seen]))
    body = {"prompt": "A lake", "stream": True, "partial_images": wanted}
    events = []
    with stand.stream(PATH, body) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                events.append(json.loads(line[6:]))
                if len(events) == told:
                    rest.set()
    kinds = [event["type"].partition(".")[2] for event in events]
    assert kinds == ["partial_image"] * told + ["completed"]
    assert [event["partial_image_index"] for event in events[:-1]] == list(range(told))
    assert [base64.b64decode(event["b64_json"]) for event in events] == [PNG + b"1", PNG + b"2"][:told] + [PNG]
    assert events[-1]["usage"]["total_tokens"] == 1297
    assert upstream.last.verb == "streamGenerateContent"
    assert ("thinkingConfig" in upstream.last.json["generationConfig"]) == (wanted > 0)


def trying(*tries, end=()):
    """An image that is tried, seen in tries, and made at last, or what `end` says."""
    made = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(PNG + tries[-1]).decode()}}
    last = gemini.sse_frame(gemini.event(made, finish="STOP", counts=gemini.usage(7, 1290)), len(tries))
    return Later([gemini.sse_frame(gemini.event(tried(PNG + each)), at) for at, each in enumerate(tries)] +
                 list(end or [last]))


@pytest.mark.parametrize("path", [PATH, EDITS])
def test_tries_of_several_images_are_told_apart(stand, upstream, path):
    """Both are being made at the same time: neither ends before a try of each was seen."""
    seen, rest = set(), threading.Event()

    def wait():
        assert rest.wait(20)
        return b""

    upstream.script(trying(b"a1", b"a2"), trying(b"b1", b"b2", b"b3"))
    for _, reply in upstream._once:
        reply.steps.insert(len(reply.steps) - 1, wait)
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    body = {"prompt": "A lake", "stream": True, "n": 2, "partial_images": 2} | ({"images": [{"image_url": url}]} if path == EDITS else {})
    events = []
    with stand.stream(path, body) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            if line.startswith("data: "):
                events.append(json.loads(line[6:]))
                seen.add(events[-1]["index"])
                if len(seen) == 2:
                    rest.set()
    kind = "image_edit" if path == EDITS else "image_generation"
    drawn_as = {}
    for image in (0, 1):
        mine = [event for event in events if event["index"] == image]
        assert [event["type"] for event in mine] == [f"{kind}.partial_image"] * 2 + [f"{kind}.completed"]
        assert [event["partial_image_index"] for event in mine[:2]] == [0, 1]
        tries = [base64.b64decode(event["b64_json"])[len(PNG):] for event in mine]
        drawn_as[tries[0][:1]] = tries
    assert drawn_as == {b"a": [b"a1", b"a2", b"a2"], b"b": [b"b1", b"b2", b"b3"]}
    assert len(events) == 6 and len(upstream.keys_used()) == 2


def test_an_image_of_a_stream_that_is_not_made(stand, upstream):
    """Others count, as without a stream."""
    upstream.script(Answer(gemini.event(finish="IMAGE_SAFETY")), trying(b"a1"), trying(b"b1", end=[gemini.sse_frame(
        gemini.event(finish="IMAGE_SAFETY"), 1)]))
    answer = ask(stand, stream=True, n=3, partial_images=1)
    kinds = [event["type"].partition(".")[2] for event in events_of(answer)]
    assert answer.status_code == 200 and kinds.count("completed") == 1 and len(upstream.calls) == 3
    assert "error" not in answer.text and kinds.count("partial_image") == 2


def test_a_stream_of_which_no_image_is_made(stand, upstream):
    refused = Answer(gemini.event(finish="IMAGE_SAFETY"))
    upstream.script(refused, refused)
    answer = ask(stand, stream=True, n=2)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "moderation_blocked"
    upstream.script(*[trying(b"a1", end=[gemini.sse_frame(gemini.event(finish="IMAGE_SAFETY"), 1)]) for _ in range(2)])
    answer = ask(stand, stream=True, n=2, partial_images=1)
    assert answer.status_code == 200 and "event: error" in answer.text
    events = events_of(answer)
    assert [event.get("type", "error") for event in events] == ["image_generation.partial_image"] * 2 + ["error"]
    assert events[-1]["error"]["message"]
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_who_leaves_a_stream_of_images_ends_all_of_them(stand, upstream):
    upstream.always(trying(b"a1", end=[HANG]))
    with stand.stream(PATH, {"prompt": "A lake", "stream": True, "n": 3, "partial_images": 1}) as answer:
        lines = answer.iter_lines()  # kept: the connection ends with it
        next(lines)
        upstream.wait(lambda: len(upstream.calls) == 3, 20)
    upstream.wait(lambda: all(call.left for call in upstream.calls), 20)


@pytest.mark.parametrize("reply,code", [(Answer(gemini.event(finish="IMAGE_SAFETY")), "moderation_blocked"),
                                        (Answer(gemini.BLOCKED), "moderation_blocked"), (text("No."), "no_image")])
def test_a_stream_that_is_refused(stand, upstream, reply, code):
    upstream.always(reply)
    answer = ask(stand, stream=True)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == code
    assert len(upstream.calls) == 1 and stand.get("/health").json()["keys"]["ready"] == 3


@pytest.mark.parametrize("reply,code", [
    (Answer(gemini.event(finish="IMAGE_SAFETY")), "moderation_blocked"),
    (Answer(gemini.event(finish="IMAGE_PROHIBITED_CONTENT")), "moderation_blocked"),
    (Answer(gemini.BLOCKED), "moderation_blocked"), (text("I would rather not."), "no_image")])
def test_refusals(stand, upstream, reply, code):
    upstream.always(reply)
    answer = ask(stand)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == code and error["message"]
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_a_failing_upstream(stand, upstream):
    upstream.always(gemini_reply(gemini.QUOTA_DAY))
    answer = ask(stand, n=2)
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0


def edit(stand, files, **fields):
    return stand.request("POST", EDITS, None, "client-token-of-the-tests-0001", files=files,
                         data={"prompt": "Add a boat"} | fields)


def test_an_edit(stand, upstream):
    upstream.always(drawn())
    answer = edit(stand, [("image", ("a.png", PNG, "image/png"))], size="1024x1024", n="1")
    assert answer.status_code == 200, answer.text
    parts = upstream.last.json["contents"][0]["parts"]
    assert parts[0]["inlineData"]["mimeType"] == "image/png"
    assert base64.b64decode(parts[0]["inlineData"]["data"]) == PNG
    assert parts[1] == {"text": "Add a boat"}


def test_several_images_to_edit(stand, upstream):
    upstream.always(drawn())
    files = [("image[]", ("a", PNG, "application/octet-stream")), ("image[]", ("b.jpg", JPEG, "image/jpeg"))]
    assert edit(stand, files, stream="true").text.startswith("event: image_edit.completed")
    kinds = [part["inlineData"]["mimeType"] for part in upstream.last.json["contents"][0]["parts"][:2]]
    assert kinds == ["image/png", "image/jpeg"]


def test_an_edit_as_json(stand, upstream):
    upstream.always(drawn())
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    answer = stand.post(EDITS, {"prompt": "Add a boat", "images": [{"image_url": url}]})
    assert answer.status_code == 200, answer.text
    assert len(upstream.last.json["contents"][0]["parts"]) == 2


def url_safe(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def broken_into_lines(data):
    return base64.encodebytes(data).decode().replace("\n", "\r\n ")


def escaped(data):
    return base64.b64encode(data).decode().replace("+", "%2B").replace("/", "%2f").replace("=", "%3D")


@pytest.mark.parametrize("write", [url_safe, broken_into_lines, escaped])
@pytest.mark.parametrize("more", [0, 1, 2])
def test_an_edit_as_json_in_any_writing_of_base64(stand, upstream, write, more):
    """Google takes the plain one only, with its padding."""
    upstream.always(drawn())
    image = PNG + bytes(range(256)) * 3 + bytes([0xfb, 0xff])[:more]
    assert write(image) != base64.b64encode(image).decode() and {"+", "/"} <= set(base64.b64encode(image).decode())
    body = {"prompt": "Add a boat", "images": [{"image_url": "data:image/png;base64," + write(image)}]}
    answer = stand.post(EDITS, body)
    assert answer.status_code == 200, answer.text
    sent = upstream.last.json["contents"][0]["parts"][0]["inlineData"]
    assert sent == {"mimeType": "image/png", "data": base64.b64encode(image).decode()}


BAD = {
    "no prompt": ({"prompt": None}, "prompt"), "an empty prompt": ({"prompt": ""}, "prompt"),
    "a prompt that is no text": ({"prompt": [1]}, "prompt"), "only parameters": ({"prompt": "{n:2}"}, "prompt"),
    "a long prompt": ({"prompt": "a" * 40000}, "prompt"), "n 0": ({"n": 0}, "n"), "n 11": ({"n": 11}, "n"),
    "n as a list": ({"n": [1]}, "n"), "half an image": ({"n": 1.5}, "n"), "a size in words": ({"size": "big"}, "size"),
    "a size of 0": ({"size": "0x10"}, "size"), "a huge size": ({"size": "99999x1"}, "size"), "a size as a number": ({"size": 5}, "size"),
    "a negative size": ({"size": "-1x5"}, "size"), "another format": ({"response_format": "file"}, "response_format"),
    "a stream in words": ({"stream": "perhaps"}, "stream"), "a model that is no text": ({"model": {}}, "model"),
    "quality as a number": ({"quality": 1}, "quality"), "a mask": ({"mask": "x"}, "mask"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_names_the_field(stand, upstream, name):
    fields, param = BAD[name]
    answer = ask(stand, **fields)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param
    assert not upstream.calls


BAD_FORMS = {
    "no image": ([("x", (None, "y"))], {}, "image"), "no picture": ([("image", ("a.png", b"hello", "image/png"))], {}, "image"),
    "an empty file": ([("image", ("a.png", b"", "image/png"))], {}, "image"),
    "a mask": ([("image", ("a.png", PNG)), ("mask", ("m.png", PNG))], {}, "mask"),
    "another file": ([("image", ("a.png", PNG)), ("song", ("a.mp3", b"x"))], {}, "song"),
    "n in words": ([("image", ("a.png", PNG))], {"n": "two"}, "n"),
    "too many": ([("image[]", ("a.png", PNG))] * 17, {}, "image"),
    "no text": ([("image", ("a.png", PNG)), ("user", (None, b"\xff\xfe"))], {}, "user"),
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_bad_forms_name_the_field(stand, upstream, name):
    files, fields, param = BAD_FORMS[name]
    answer = edit(stand, files, **fields)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param
    assert not upstream.calls


def test_forms_that_are_none(stand, upstream):
    body = (b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nA\r\n--b\r\n'
            b'Content-Disposition: form-data; name="image"; filename="a"\r\n\r\n' + PNG)
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    for size in (len(body), len(body) // 2, 10, 0):
        answer = stand.post(EDITS, body[:size], headers=kind)
        assert answer.status_code == 400 and answer.json()["error"]["message"]
    assert stand.post(EDITS, body, headers={"Content-Type": "multipart/form-data"}).status_code == 400
    assert stand.post(EDITS, body, headers={"Content-Type": "text/plain"}).status_code == 415
    assert stand.post(PATH, body, headers=kind).status_code == 415
    assert not upstream.calls


def test_the_sdk(openai_sdk, upstream):
    upstream.always(drawn())
    made = openai_sdk.images.generate(prompt="A lake", model="gpt-image-1", size="1024x1024", n=2)
    assert [base64.b64decode(each.b64_json) for each in made.data] == [PNG, PNG]
    made = openai_sdk.images.edit(image=[("a.png", PNG), ("b.png", PNG)], prompt="Add a boat", model="gpt-image-1")
    assert base64.b64decode(made.data[0].b64_json) == PNG
    url = openai_sdk.images.generate(prompt="A lake", model="dall-e-3").data[0].url
    assert httpx.get(url).content == PNG
    events = list(openai_sdk.images.generate(prompt="A lake", model="gpt-image-1", stream=True))
    assert [event.type for event in events] == ["image_generation.completed"]
    upstream.script(Answer(gemini.event(tried(PNG)), drawn().events[0]))
    events = list(openai_sdk.images.edit(image=("a.png", PNG), prompt="A boat", model="gpt-image-1", stream=True, partial_images=1))
    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]
    upstream.always(Answer(gemini.event(finish="IMAGE_SAFETY")))
    with pytest.raises(openai.BadRequestError) as refused:
        openai_sdk.images.generate(prompt="A lake", model="gpt-image-1")
    assert refused.value.code == "moderation_blocked"
