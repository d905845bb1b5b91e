"""Vertex AI Express, with its own keys."""

import pytest

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
