"""Google's own layer in OpenAI's dialect: passed to it with keys that it takes, answered by us with the others."""

import json
from collections import Counter

import openai
import pytest

import gemini
from stand import TOKEN, sse_data, wait_until
from stored import logged, statuses_logged
from upstream import Reply, gemini_reply
from upstream_files import Resources

MODEL = "gemini-3.8-flash"
CHAT = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
PREFIXES = ["/openai/v1", "/v1beta/openai", "/gemini/v1beta/openai"]


def traffic_keys(count):
    return [f"AIzaSy{'T' * 29}{number:04d}" for number in range(count)]


def bound_keys(count):
    return [f"AQ.Bound_{number:04d}_k9Qw3ZrT7uLp2VbN5mXc" for number in range(count)]


@pytest.fixture(autouse=True)
def seen(upstream):
    """What reaches the layer, which takes a bearer that is no AQ. key, and only there."""
    found = []
    check = upstream._pick

    def pick(request):
        if "/openai/" not in request.path:
            return check(request)
        assert request.credentials() == ["authorization"], request.credentials()
        assert TOKEN not in repr(request.headers)
        found.append(request)
        key = request.header("Authorization").removeprefix("Bearer ")
        if scripted := upstream._take_scripted(request):
            return scripted
        if key.startswith("AQ."):
            return gemini_reply(gemini.KEY_INVALID)
        return upstream._default(request)

    upstream._pick = pick
    Resources(upstream)
    return found


@pytest.fixture
def layer(make_stand):
    return make_stand(keys=traffic_keys(3))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_bytes_pass_to_googles_layer(layer, seen, prefix):
    odd = '{ "model":"gemini-3.8-flash", "messages" :[],\n "x":1.0000000000000000001 }'
    answer = layer.post(f"{prefix}/chat/completions", odd)
    assert answer.json() == {"object": "layer", "path": "chat/completions", "got": odd}
    assert seen[-1].path == "/v1beta/openai/chat/completions"
    assert seen[-1].header("Authorization").removeprefix("Bearer ") in layer.keys


@pytest.mark.parametrize("method,path", [("GET", "models"), ("GET", f"models/{MODEL}"), ("POST", "embeddings"),
                                         ("POST", "images/generations"), ("GET", "files"), ("POST", "batches"),
                                         ("GET", "batches/b1"), ("POST", "videos"), ("DELETE", "files/f1")])
def test_what_the_layer_has_is_passed(layer, seen, method, path):
    bodies = {"embeddings": {"model": MODEL, "input": "Hi"}, "images/generations": {"prompt": "A cat"}}
    body = json.dumps(bodies.get(path, {"x": 1})) if method == "POST" else None
    answer = layer.request(method, f"/openai/v1/{path}", body, TOKEN)
    assert answer.json() == {"object": "layer", "path": path, "got": body or ""}
    assert (seen[-1].method, len(seen)) == (method, 1)


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


def test_paths_that_are_none(layer, seen):
    assert layer.get("/openai/v1/files/a%2Fb").status_code == 400
    assert not seen


# --- keys that the layer refuses ------------------------------------------------------------------


def ask_everything(stand, upstream, prefix):
    upstream.models += gemini.model_objects("gemini-3.1-flash-image")
    client = openai.OpenAI(base_url=stand.url + prefix, api_key=TOKEN, max_retries=0)
    answer = client.chat.completions.create(**CHAT)
    assert answer.choices[0].message.content == "Hello from Gemini"
    assert upstream.last.path == f"/v1beta/models/{MODEL}:generateContent"
    stream = client.chat.completions.create(**CHAT, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == "Hello from Gemini"
    assert client.embeddings.create(model="gemini-embedding-001", input="Hi").data[0].embedding
    assert upstream.last.verb == "batchEmbedContents"
    assert MODEL in [each.id for each in client.models.list()]
    assert client.models.retrieve(MODEL).id == MODEL
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing-1")
    for path, field in (("images/generations", "prompt"), ("audio/speech", "input"), ("audio/transcriptions", "Content-Type"),
                        ("audio/translations", "Content-Type"), ("images/edits", "prompt"), ("completions", "prompt")):
        error = stand.post(f"{prefix}/{path}", {})
        assert error.status_code in (400, 415) and set(error.json()["error"]) == {"message", "type", "param", "code"}
        assert error.json()["error"]["param"] == field, path


@pytest.mark.parametrize("prefix", PREFIXES)
def test_keys_that_the_layer_refuses_are_translated_for(make_stand, upstream, seen, prefix):
    stand = make_stand(keys=bound_keys(2))
    ask_everything(stand, upstream, prefix)
    assert not seen
    assert stand.get("/health").json()["keys"]["ready"] == 2


def test_it_can_be_translated_always(make_stand, upstream, seen):
    ask_everything(make_stand(keys=traffic_keys(2), OPENAI_LAYER="translate"), upstream, "/openai/v1")
    assert not seen


def test_what_the_layer_lacks_is_translated_for_every_key(layer, upstream, seen):
    answer = layer.post("/openai/v1/completions", {"model": MODEL, "prompt": "Hi"})
    assert answer.json()["choices"][0]["text"] == "Hello from Gemini" and not seen


def test_it_can_be_passed_always(make_stand, seen):
    stand = make_stand(keys=bound_keys(2), OPENAI_LAYER="pass")
    assert stand.post("/openai/v1/chat/completions", CHAT).status_code >= 400
    assert seen and seen[0].header("Authorization").startswith("Bearer AQ.")


def test_each_key_in_its_turn(make_stand, upstream, seen):
    """Every key serves its share, passed to or translated for by its kind."""
    traffic, bound = traffic_keys(2), bound_keys(2)
    stand = make_stand(keys=[traffic[0], bound[0], traffic[1], bound[1]])
    for number in range(16):
        body = CHAT | {"messages": [{"role": "user", "content": f"Question {number}"}]}
        assert stand.post("/openai/v1/chat/completions", body).status_code == 200
    passed = Counter(request.header("Authorization").removeprefix("Bearer ") for request in seen)
    assert set(passed) == set(traffic) and set(upstream.keys_used()) == set(bound)
    assert all(3 <= count <= 5 for count in [*passed.values(), *upstream.keys_used().values()]), (passed, upstream.keys_used())


@pytest.mark.parametrize("size", [10, 600_000])
def test_a_second_attempt_may_be_the_turn_of_the_other_kind(make_stand, upstream, seen, size):
    """Google's quota of the one is used up: the other answers, and all stands under one row of the log."""
    stand = make_stand(keys=traffic_keys(1) + bound_keys(1))
    upstream.always(gemini_reply(gemini.QUOTA_DAY), path="/v1beta/openai/chat/completions")
    text = "long " * (size // 5)
    for _ in range(2):
        answer = stand.post("/openai/v1/chat/completions", CHAT | {"messages": [{"role": "user", "content": text}]})
        assert answer.json()["choices"][0]["message"]["content"] == "Hello from Gemini"
        assert upstream.last.json["contents"][0]["parts"] == [{"text": text}]
    assert len(seen) == 1
    wait_until(lambda: len(statuses_logged(stand)) == 2, what="the rows")
    requests = logged(stand, "SELECT id, attempts, status FROM requests")
    assert sorted(request[1:] for request in requests) == [(1, 200), (2, 200)]
    for number, attempts, _ in requests:
        numbers = logged(stand, "SELECT number FROM attempts WHERE request_id = ? ORDER BY number", number)
        assert numbers == [(each,) for each in range(1, attempts + 1)]


def test_a_dead_layer_is_nobodys_key(make_stand, upstream):
    """What the layer says of a key that it takes counts as ever."""
    stand = make_stand(keys=traffic_keys(1))
    upstream.always(gemini_reply(gemini.QUOTA_DAY), path="/v1beta/openai/chat/completions")
    answer = stand.post("/openai/v1/chat/completions", CHAT)
    assert answer.status_code == 429 and answer.headers["Retry-After"]
