"""Vercel's AI SDK with its provider for servers that speak as OpenAI does."""

import json
import os
import shutil
import subprocess

import pytest

import gemini
from stand import HERE, SLOW, TOKEN
from upstream import Answer, text

NODE = HERE / "node"
if not shutil.which("node") or not (NODE / "node_modules" / "@ai-sdk" / "openai-compatible").exists():
    pytest.skip("node or the packages of tests/system/node are not installed", allow_module_level=True)

FIRST = Answer(gemini.event({"text": "A capital?", "thought": True}),
               gemini.event(gemini.call("capital_of", {"country": "Switzerland"}, "c2lnMQ=="), finish="STOP"))
SECOND = Answer(gemini.event(gemini.call("get_weather", {"city": "Bern"}, "c2lnMg=="), finish="STOP"))
RAN = [["capital_of", {"country": "Switzerland"}], ["get_weather", {"city": "Bern"}]]


def run(stand, scenario):
    environment = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    done = subprocess.run(["node", str(NODE / "sdk_ai.mjs"), stand.url, TOKEN, scenario], capture_output=True,
                          text=True, timeout=60 * SLOW, stdin=subprocess.DEVNULL,
                          env=environment | {"AI_SDK_LOG_WARNINGS": "false"})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def calls_and_results(upstream):
    """What the last request told of the conversation's calls: names, answers, signatures in order."""
    parts = [part for turn in upstream.last.json["contents"] for part in turn["parts"]]
    calls = [(part["functionCall"]["name"], part["functionCall"]["args"]) for part in parts if "functionCall" in part]
    results = [part["functionResponse"]["name"] for part in parts if "functionResponse" in part]
    signatures = [part["thoughtSignature"] for part in parts if "functionCall" in part]
    return calls, results, signatures


def test_text(stand, upstream):
    answer = run(stand, "text")
    assert (answer["text"], answer["finishReason"]) == ("Hello from Gemini", "stop")
    assert answer["usage"]["totalTokens"] == 8
    assert upstream.last.json["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]


@pytest.mark.parametrize("scenario, verb", [("loop", "generateContent"), ("streamedLoop", "streamGenerateContent")])
def test_a_loop_of_tools(stand, upstream, scenario, verb):
    upstream.script(FIRST, SECOND, text("Clear", " in Bern."))
    answer = run(stand, scenario)
    assert answer["text"] == "Clear in Bern."
    assert answer["steps"] == ["tool-calls", "tool-calls", "stop"]
    assert answer["ran"] == RAN
    assert [call.verb for call in upstream.calls] == [verb] * 3
    calls, results, signatures = calls_and_results(upstream)
    assert [list(each) for each in calls] == RAN
    assert results == ["capital_of", "get_weather"]
    assert signatures == ["c2lnMQ==", "c2lnMg=="]
    declared = upstream.last.json["tools"][0]["functionDeclarations"]
    assert sorted(each["name"] for each in declared) == ["capital_of", "get_weather"]


def test_a_stream_tells_of_thoughts_and_usage(stand, upstream):
    upstream.script(FIRST, SECOND, text("Clear."))
    answer = run(stand, "streamedLoop")
    assert answer["reasoning"] == "A capital?"
    assert answer["total"] == 3 * 8 or answer["total"] == 8 + 8 + 6
    assert "error" not in answer["kinds"]
    assert upstream.last.json["generationConfig"]["thinkingConfig"]["includeThoughts"] is True


def test_an_answer_that_goes_on(stand, upstream):
    upstream.script(Answer(gemini.event({"text": "One, "}, finish="CONTINUATION", continuationToken="dA==")),
                    text("two."))
    assert run(stand, "text")["text"] == "One, two."
    first, second = upstream.calls
    assert (first.key, first.json | {"continuationToken": "dA=="}) == (second.key, second.json)


def test_a_fake_stream(make_stand, upstream):
    stand = make_stand(FAKE_STREAM_ENABLED="true", FAKE_STREAM_EMPTY_DATA_INTERVAL_SECONDS="0.1")
    upstream.script(FIRST, SECOND, text("Clear.", before=0.5))
    answer = run(stand, "streamedLoop")
    assert (answer["text"], answer["ran"]) == ("Clear.", RAN)
    assert {call.verb for call in upstream.calls} == {"generateContent"}


def test_an_error(stand, upstream):
    assert run(stand, "error")["status"] == 404
    assert len(upstream.calls) == 1
