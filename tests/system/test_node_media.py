"""What the vendors' SDKs for Node send beyond chats: embeddings, images, audio; the AI SDK's embedMany."""

import base64
import json
import math
import os
import shutil
import subprocess

import pytest

import gemini
from stand import HERE, SLOW, TOKEN
from upstream import Answer, json_reply, text

NODE = HERE / "node"
if not shutil.which("node") or not (NODE / "node_modules" / "openai").exists():
    pytest.skip("node or the packages of tests/system/node are not installed", allow_module_level=True)

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n and more").decode()


def run(stand, script, argument):
    environment = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    done = subprocess.run(["node", str(NODE / script), stand.url, TOKEN, argument], capture_output=True, text=True,
                          timeout=60 * SLOW, stdin=subprocess.DEVNULL, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def media(data, kind):
    return Answer(gemini.event({"inlineData": {"mimeType": kind, "data": data}}, finish="STOP"))


def numbered(request):
    numbers = [int(each["content"]["parts"][0]["text"]) for each in request.json["requests"]]
    return json_reply({"embeddings": [{"values": [math.cos(number), math.sin(number)]} for number in numbers]})


def test_embeddings(stand, upstream):
    upstream.always(numbered)
    answer = run(stand, "sdk_openai_media.mjs", "embeddings")
    assert (answer["count"], answer["index"]) == (150, 149)
    assert abs(answer["last"][0] - math.cos(149)) < 1e-6


def test_embed_many(stand, upstream):
    if not (NODE / "node_modules" / "ai").exists():
        pytest.skip("the AI SDK is not installed")
    upstream.always(numbered)
    answer = run(stand, "sdk_ai_embed.mjs", "250")
    assert answer["count"] == 250 and answer["tokens"] > 0
    assert abs(answer["last"][1] - math.sin(249)) < 1e-6


def test_images(stand, upstream):
    upstream.always(media(PNG, "image/png"))
    assert run(stand, "sdk_openai_media.mjs", "image") == [PNG, PNG]
    assert run(stand, "sdk_openai_media.mjs", "edit") == 1
    assert len(upstream.last.json["contents"][0]["parts"]) == 3
    assert run(stand, "sdk_openai_media.mjs", "imageStream") == ["image_generation.completed"]


def test_images_in_pieces_and_as_addresses(stand, upstream):
    part = {"inlineData": {"mimeType": "image/png", "data": PNG}}
    upstream.always(Answer(gemini.event(part | {"thought": True}), gemini.event(part | {"thought": True}),
                           gemini.event(part, finish="STOP")), verb="streamGenerateContent")
    upstream.always(media(PNG, "image/png"), verb="generateContent")
    events = run(stand, "sdk_openai_media.mjs", "partialImages")
    for image in (0, 1):
        assert [event for event in events if event[1] == image] == [
            ["image_generation.partial_image", image, 0, True], ["image_generation.partial_image", image, 1, True],
            ["image_generation.completed", image, None, True]]
    assert run(stand, "sdk_openai_media.mjs", "imageUrls") == [PNG, PNG]


def test_audio(stand, upstream):
    upstream.script(media(base64.b64encode(b"\0\1" * 500).decode(), "audio/L16;codec=pcm;rate=24000"))
    assert run(stand, "sdk_openai_media.mjs", "speech") == "RIFF"
    upstream.script(text("Hi."), text("Hello."))
    assert run(stand, "sdk_openai_media.mjs", "transcription") == "Hi."
    assert run(stand, "sdk_openai_media.mjs", "translation") == "Hello."


def test_what_is_not_there(stand, upstream):
    assert run(stand, "sdk_openai_media.mjs", "absent") == [[404, "invalid_request_error"]] * 3
    assert not upstream.requests


def test_models(stand, upstream):
    answer = run(stand, "sdk_openai_media.mjs", "models")
    assert set(answer["listed"]) >= {"gemini-3.8-flash", "gemini-embedding-2"}
    assert (answer["one"], answer["object"], answer["status"]) == (answer["listed"][0], "model", 404)
