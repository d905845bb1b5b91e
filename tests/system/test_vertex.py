"""Vertex AI Express, with its own keys; Google's own layer in OpenAI's dialect."""

import json

import pytest

from stand import TOKEN, sse_data
from upstream import Reply
from upstream_files import Resources

MODEL = "gemini-3.8-flash"
PLAIN = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
VERTEX_KEYS = ["AQ.Vertex_0001_k9Qw3ZrT7uLp2VbN5mXc", "AQ.Vertex_0002_k9Qw3ZrT7uLp2VbN5mXc"]


@pytest.fixture
def vertex(make_stand, upstream):
    base = f"http://127.0.0.1:{upstream.port}/v1beta1/publishers/google"
    return make_stand(VERTEX_API_KEYS=VERTEX_KEYS, VERTEX_EXPRESS_BASE_URL=base)


def test_calls_go_to_vertex_with_its_own_keys(vertex, upstream):
    for verb in ("generateContent", "streamGenerateContent?alt=sse", "countTokens"):
        for number in range(2):
            asked = {"contents": [{"role": "user", "parts": [{"text": f"{verb} {number}"}]}]}
            answer = vertex.post(f"/vertex-express/v1beta/models/{MODEL}:{verb}", asked)
            assert answer.status_code == 200
    assert set(upstream.keys_used()) == set(VERTEX_KEYS)
    assert all(call.path.startswith(f"/v1beta1/publishers/google/models/{MODEL}:") for call in upstream.calls)


def test_the_other_routes_never_use_vertex_keys(vertex, upstream):
    for _ in range(6):
        vertex.post(f"/v1beta/models/{MODEL}:generateContent", PLAIN)
    assert not set(upstream.keys_used()) & set(VERTEX_KEYS)


def test_a_failing_vertex_key_is_tried_around(vertex, upstream):
    import gemini
    from upstream import gemini_reply
    upstream.always(gemini_reply(gemini.KEY_INVALID), key=VERTEX_KEYS[0])
    for _ in range(3):
        assert vertex.post(f"/vertex-express/v1beta/models/{MODEL}:generateContent", PLAIN).status_code == 200


def test_models_and_unknown_verbs(vertex, upstream):
    listed = vertex.get("/vertex-express/v1beta/models").json()["models"]
    assert f"models/{MODEL}" in [each["name"] for each in listed]
    content = {"content": PLAIN["contents"][0]}
    assert vertex.post(f"/vertex-express/v1beta/models/{MODEL}:embedContent", content).status_code == 200
    before = len(upstream.calls)
    assert vertex.post(f"/vertex-express/v1beta/models/{MODEL}:nothing", {}).status_code == 404
    assert len(upstream.calls) == before


def test_without_vertex_keys(stand, upstream):
    answer = stand.post(f"/vertex-express/v1beta/models/{MODEL}:generateContent", PLAIN)
    assert (answer.status_code, answer.json()["error"]["status"]) == (503, "UNAVAILABLE")
    assert not upstream.requests


# --- Google's layer -------------------------------------------------------------------------------


@pytest.fixture
def layer(make_stand, upstream):
    """The scripted upstream takes a bearer here, and only here."""
    seen = []
    check = upstream._pick

    def pick(request):
        if "/openai/" not in request.path:
            return check(request)
        assert request.credentials() == ["authorization"], request.credentials()
        assert TOKEN not in repr(request.headers)
        seen.append(request)
        return upstream._take_scripted(request) or upstream._default(request)

    upstream._pick = pick
    Resources(upstream)
    stand = make_stand()
    stand.seen = seen
    return stand


@pytest.mark.parametrize("prefix", ["/openai/v1", "/v1beta/openai"])
def test_bytes_pass_to_googles_layer(layer, upstream, prefix):
    odd = '{ "model":"gemini-3.8-flash", "messages" :[],\n "x":1.0000000000000000001 }'
    answer = layer.post(f"{prefix}/chat/completions", odd)
    assert answer.json() == {"object": "layer", "path": "chat/completions", "got": odd}
    assert layer.seen[-1].path == "/v1beta/openai/chat/completions"
    assert layer.seen[-1].header("Authorization").startswith("Bearer AQ.Test_")


def test_a_stream_passes_through(layer, upstream):
    chunk = b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'
    upstream.script(Reply(steps=(chunk, 0.05, chunk, b"data: [DONE]\n\n"), framing="chunked",
                          headers=(("Content-Type", "text/event-stream"),)))
    answer = layer.post("/openai/v1/chat/completions", {"model": MODEL, "messages": [], "stream": True})
    assert answer.content == chunk * 2 + b"data: [DONE]\n\n"
    assert sse_data(answer.text)[-1] == "[DONE]"


def test_errors_of_the_layer_pass_as_they_are(layer, upstream):
    body = [{"error": {"code": 400, "message": "bad field", "status": "INVALID_ARGUMENT"}}]
    upstream.script(Reply(status=400, steps=(json.dumps(body).encode(),)))
    answer = layer.post("/openai/v1/embeddings", {"model": MODEL, "input": "Hi"})
    assert (answer.status_code, answer.json()) == (400, body)


def test_paths_that_are_none(layer, upstream):
    assert layer.get("/openai/v1/models/a%2Fb").status_code == 400
    assert not layer.seen


def test_the_layer_can_be_translated_instead(make_stand, upstream):
    stand = make_stand(OPENAI_LAYER="translate")
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    answer = stand.post("/openai/v1/chat/completions", body)
    assert answer.json()["choices"][0]["message"]["content"] == "Hello from Gemini"
    assert upstream.last.path == f"/v1beta/models/{MODEL}:generateContent"
    assert MODEL in [each["id"] for each in stand.get("/openai/v1/models").json()["data"]]
    vectors = stand.post("/openai/v1/embeddings", {"model": "gemini-embedding-001", "input": "Hi"}).json()["data"]
    assert vectors[0]["embedding"]
    assert upstream.last.verb == "batchEmbedContents"
    for path in ("images/generations", "audio/speech"):
        assert stand.post(f"/v1beta/openai/{path}", {}).status_code == 400
