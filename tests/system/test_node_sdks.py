"""The vendors' own SDKs for Node."""

import json
import os
import shutil
import subprocess

import pytest

import gemini
from stand import HERE, SLOW, TOKEN
from upstream import Answer, text

NODE = HERE / "node"
if not shutil.which("node") or not (NODE / "node_modules" / "openai").exists():
    pytest.skip("node or the packages of tests/system/node are not installed", allow_module_level=True)

QUESTION = [{"role": "user", "parts": [{"text": "Weather in Bern?"}]}]
CALL = Answer(gemini.event(gemini.call("get_weather", {"city": "Bern"}, "c2ln"), finish="STOP"))


def run(stand, script, scenario, *arguments):
    environment = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    done = subprocess.run(["node", str(NODE / script), stand.url, TOKEN, scenario, *arguments], capture_output=True, text=True,
                          timeout=60 * SLOW, stdin=subprocess.DEVNULL, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_openai_chat(stand, upstream):
    answer = run(stand, "sdk_openai.mjs", "chat")
    assert (answer["text"], answer["reason"]) == ("Hello from Gemini", "stop")
    assert answer["usage"]["total_tokens"] == 8
    assert upstream.last.verb == "generateContent"
    assert upstream.last.json["contents"] == QUESTION


def test_openai_stream(stand, upstream):
    assert run(stand, "sdk_openai.mjs", "stream") == {"text": "Hello from Gemini", "total": 8}
    assert upstream.last.verb == "streamGenerateContent"
    assert upstream.last.json["contents"] == QUESTION


def test_openai_tools(stand, upstream):
    upstream.script(CALL, text("Clear."))
    assert run(stand, "sdk_openai.mjs", "tools")["text"] == "Clear."
    turns = upstream.last.json["contents"]
    assert turns[1]["parts"][0]["thoughtSignature"]
    assert "clear" in json.dumps(turns[2]["parts"][0]["functionResponse"]["response"])


def test_openai_streamed_tools(stand, upstream):
    upstream.script(CALL)
    assert run(stand, "sdk_openai.mjs", "streamedTools") == {
        "name": "get_weather", "args": {"city": "Bern"}, "reason": "tool_calls"}
    declared, = upstream.last.json["tools"][0]["functionDeclarations"]
    assert (declared["name"], declared["parametersJsonSchema"]["required"]) == ("get_weather", ["city"])


def test_openai_models(stand, upstream):
    answer = run(stand, "sdk_openai.mjs", "models")
    assert "gemini-3.8-flash" in answer["ids"]
    assert answer["one"] == "gemini-3.8-flash"


def test_openai_error(stand, upstream):
    answer = run(stand, "sdk_openai.mjs", "error")
    assert (answer["status"], answer["name"]) == (404, "NotFoundError")
    assert upstream.last.model == "gemini-none"


def test_google_chat(stand, upstream):
    assert run(stand, "sdk_google.mjs", "chat") == {"text": "Hello from Gemini", "total": 8}


def test_google_stream(stand, upstream):
    assert run(stand, "sdk_google.mjs", "stream") == {"pieces": ["Hello", " from", " Gemini"]}


def test_google_tools(stand, upstream):
    upstream.script(CALL, text("Clear."))
    assert run(stand, "sdk_google.mjs", "tools") == {"name": "get_weather", "args": {"city": "Bern"}, "text": "Clear."}


def test_google_models(stand, upstream):
    answer = run(stand, "sdk_google.mjs", "models")
    assert "models/gemini-3.8-flash" in answer["names"]
    assert answer["one"] == "models/gemini-3.8-flash"


def test_google_counts_and_embeds(stand, upstream):
    assert run(stand, "sdk_google.mjs", "count") == {"total": 7, "vectors": 2}


def test_google_error(stand, upstream):
    answer = run(stand, "sdk_google.mjs", "error")
    assert answer["status"] == 404
