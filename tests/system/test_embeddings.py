"""/v1/embeddings: the official SDK's base64, long lists over several keys, names, vectors of length 1."""

import base64
import math
import struct

import openai
import pytest

import gemini
from stand import wait_until
from stored import logged, statuses_logged
from upstream import gemini_reply, json_reply

MODEL = "gemini-embedding-001"
PATH = "/v1/embeddings"


def numbered(request):
    """Vectors that tell which text they are of: (cos n, sin n)."""
    vectors = []
    for each in request.json["requests"]:
        number = int(each["content"]["parts"][0]["text"])
        vectors.append({"values": [math.cos(number), math.sin(number)]})
    return json_reply({"embeddings": vectors})


def ask(stand, **fields):
    return stand.post(PATH, {"model": MODEL, "input": "Hi"} | fields)


def close(one, other):
    return len(one) == len(other) and all(abs(a - b) < 1e-6 for a, b in zip(one, other))


def test_a_text(stand, upstream):
    answer = ask(stand).json()
    assert answer["object"] == "list" and answer["model"] == MODEL
    (entry,) = answer["data"]
    assert entry["object"] == "embedding" and entry["index"] == 0
    assert answer["usage"]["prompt_tokens"] == answer["usage"]["total_tokens"] > 0
    assert upstream.last.path.endswith(f"/models/{MODEL}:batchEmbedContents")
    assert upstream.last.json == {"requests": [
        {"model": f"models/{MODEL}", "content": {"parts": [{"text": "Hi"}]}}]}


def test_base64_is_little_endian_float32(stand, upstream):
    upstream.script(json_reply({"embeddings": [{"values": [0.6, -0.8]}]}))
    answer = ask(stand, encoding_format="base64").json()
    assert close(struct.unpack("<2f", base64.b64decode(answer["data"][0]["embedding"])), [0.6, -0.8])


def test_vectors_have_length_one(stand, upstream):
    upstream.script(json_reply({"embeddings": [{"values": [3, 4]}]}), json_reply({"embeddings": [{"values": [0, 0]}]}))
    assert close(ask(stand, dimensions=2).json()["data"][0]["embedding"], [0.6, 0.8])
    assert upstream.last.json["requests"][0]["outputDimensionality"] == 2
    assert ask(stand).json()["data"][0]["embedding"] == [0, 0]


def test_a_unit_vector_keeps_its_digits(stand, upstream):
    upstream.script(json_reply({"embeddings": [{"values": [0.6000000238418579, -0.800000011920929]}]}))
    assert "0.6000000238418579" in ask(stand).text


@pytest.mark.parametrize("count", [1, 100, 101, 350])
def test_long_lists_keep_their_order(stand, upstream, count):
    upstream.always(numbered)
    answer = ask(stand, input=[str(number) for number in range(count)]).json()
    assert [entry["index"] for entry in answer["data"]] == list(range(count))
    for number, entry in enumerate(answer["data"]):
        assert close(entry["embedding"], [math.cos(number), math.sin(number)])
    assert len(upstream.calls) == math.ceil(count / 100)
    assert len(upstream.keys_used()) == min(3, len(upstream.calls))


def test_a_chunk_that_fails_goes_to_another_key(stand, upstream):
    upstream.always(numbered)
    upstream.script(gemini_reply(gemini.QUOTA_MINUTE))
    answer = ask(stand, input=[str(number) for number in range(250)])
    assert answer.status_code == 200 and len(answer.json()["data"]) == 250


def test_no_key_is_left(stand, upstream):
    upstream.always(gemini_reply(gemini.QUOTA_DAY))
    answer = ask(stand, input=[str(number) for number in range(150)])
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["error"]["type"] in ("rate_limit_error", "insufficient_quota")


def test_googles_refusal_comes_through(stand, upstream):
    upstream.script(gemini_reply(gemini.BAD_FIELD))
    answer = ask(stand)
    assert answer.status_code == 400
    assert "Unknown name" in answer.json()["error"]["message"]


def test_too_few_vectors(stand, upstream):
    upstream.script(json_reply({"embeddings": [{"values": [1]}]}))
    answer = ask(stand, input=["a", "b"])
    assert answer.status_code == 502
    assert answer.json()["error"]["type"] == "server_error"


def test_names_of_openais_models(make_stand, upstream):
    stand = make_stand(EMBEDDING_MODEL_MAP={"text-embedding-3-*": MODEL})
    assert ask(stand, model="text-embedding-3-small").json()["model"] == "text-embedding-3-small"
    assert upstream.last.model == MODEL
    assert ask(stand, model="models/gemini-embedding-2").status_code == 200
    assert upstream.last.model == "gemini-embedding-2"


def test_filtered_models_are_refused(make_stand, upstream):
    stand = make_stand(FILTERED_MODELS=[MODEL])
    answer = ask(stand)
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "model_not_found"
    assert not upstream.requests


def test_task_types(stand, upstream):
    ask(stand, input_type="query")
    assert upstream.last.json["requests"][0]["taskType"] == "RETRIEVAL_QUERY"
    ask(stand, task_type="clustering", model="gemini-embedding-2")
    assert "taskType" not in upstream.last.json["requests"][0]


def test_under_hf_too(stand, upstream):
    assert stand.post("/hf/v1/embeddings", {"model": MODEL, "input": ["a"]}).status_code == 200


BAD = {
    "no model": ({"model": None}, "model"), "a model that is no text": ({"model": 5}, "model"),
    "a model with a slash": ({"model": "a/../b"}, "model"), "a model with a line": ({"model": "a\nb"}, "model"),
    "no input": ({"input": None}, "input"), "an empty text": ({"input": ""}, "input"),
    "an empty list": ({"input": []}, "input"), "a number": ({"input": 5}, "input"),
    "an object": ({"input": {}}, "input"), "tokens": ({"input": [1, 2, 3]}, "input"),
    "lists of tokens": ({"input": [[1, 2], [3]]}, "input"), "an empty text in a list": ({"input": ["a", ""]}, "input[1]"),
    "a null in a list": ({"input": ["a", None]}, "input[1]"), "too many": ({"input": ["a"] * 2049}, "input"),
    "dimensions 0": ({"dimensions": 0}, "dimensions"), "dimensions below 0": ({"dimensions": -1}, "dimensions"),
    "dimensions as text": ({"dimensions": "768"}, "dimensions"), "half a dimension": ({"dimensions": 1.5}, "dimensions"),
    "huge dimensions": ({"dimensions": 10 ** 9}, "dimensions"),
    "another encoding": ({"encoding_format": "hex"}, "encoding_format"),
    "an encoding that is no text": ({"encoding_format": 1}, "encoding_format"),
    "an unknown task": ({"input_type": "baking"}, "input_type"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_names_the_field(stand, upstream, name):
    fields, param = BAD[name]
    answer = ask(stand, **fields)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["param"] == param and param.split("[")[0] in error["message"] or "tokens" in error["message"]
    assert not upstream.requests
    assert stand.get("/health").json()["keys"]["ready"] == 3


def test_it_is_logged_once_with_all_its_attempts(stand, upstream):
    upstream.always(numbered)
    assert ask(stand, input=[str(number) for number in range(250)]).status_code == 200
    wait_until(lambda: statuses_logged(stand), what="the log's row")
    assert statuses_logged(stand) == [200]
    assert logged(stand, "SELECT count(*) FROM attempts") == [(3,)]


def test_the_sdk(openai_sdk, upstream):
    upstream.always(numbered)
    answer = openai_sdk.embeddings.create(model=MODEL, input=["1", "2"])
    assert upstream.last.json["requests"][1]["content"]["parts"][0]["text"] == "2"
    assert close(answer.data[1].embedding, [math.cos(2), math.sin(2)])
    assert close(openai_sdk.embeddings.create(model=MODEL, input="3", encoding_format="float").data[0].embedding,
                 [math.cos(3), math.sin(3)])
    with pytest.raises(openai.BadRequestError) as refused:
        openai_sdk.embeddings.create(model=MODEL, input=[[1, 2]])
    assert refused.value.param == "input"
