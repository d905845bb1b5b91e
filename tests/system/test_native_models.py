"""Which models a client may name in Google's dialect, by which names, and what it is shown of them."""

import json

import pytest

from conftest import google_client
from stand import TOKEN, wait_until
from upstream import json_reply
from upstream_files import Resources

FLASH, LITE = "gemini-3.8-flash", "gemini-3.5-flash-lite"
ALIASES = {"old-*": FLASH, "team-model": LITE}
HI = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


@pytest.fixture
def aliased(make_stand, upstream):
    return make_stand(MODEL_ALIASES=ALIASES, ALLOWED_TOKENS=[TOKEN], OPENAI_LAYER="pass")


def limited(stand, models):
    token = stand.gbctl("token", "new", "--name", "limited", "--models", models).stdout.strip()
    wait_until(lambda: stand.get("/health").status_code == 200 and
               stand.get("/v1beta/models", token=token).status_code == 200, 20, "known")
    return token


BODIES = {
    "generateContent": HI, "streamGenerateContent": HI, "countTokens": HI,
    "embedContent": {"model": "models/old-1", "content": {"parts": [{"text": "Hi"}]}},
    "batchEmbedContents": {"requests": [{"model": "models/old-1", "content": {"parts": [{"text": "a"}]}}] * 3},
    "batchGenerateContent": {"batch": {"displayName": "models/old-1", "inputConfig": {"requests": {"requests": [
        {"request": HI | {"model": "models/old-1"}, "metadata": {"model": "old-1"}}]}}}},
    "asyncBatchEmbedContent": {"batch": {"inputConfig": {"requests": {"requests": [
        {"request": {"model": "models/old-1", "content": {}}}]}}}},
    "predict": {"instances": [{"prompt": "old-1", "model": "old-1"}]},
    "predictLongRunning": {"instances": [{"prompt": "old-1"}]},
}


@pytest.mark.parametrize("prefix", ["/v1beta", "/gemini/v1beta", "/v1", "/v1alpha"])
@pytest.mark.parametrize("verb", BODIES)
def test_an_alias_counts_for_every_verb(aliased, upstream, verb, prefix):
    Resources(upstream)
    upstream.always(json_reply({"candidates": []}), verb="predict")
    answer = aliased.post(f"{prefix}/models/old-1:{verb}", BODIES[verb])
    assert answer.status_code < 500, answer.text
    sent = upstream.requests[-1]
    version = "/v1alpha" if prefix == "/v1alpha" else "/v1beta"
    assert sent.path == f"{version}/models/{FLASH}:{verb}"
    text = sent.body.decode()
    assert '"model": "models/old-1"' not in text and '"model":"models/old-1"' not in text
    if verb == "batchEmbedContents":
        assert [each["model"] for each in sent.json["requests"]] == [f"models/{FLASH}"] * 3
    if verb == "batchGenerateContent":
        one = sent.json["batch"]["inputConfig"]["requests"]["requests"][0]
        assert (one["request"]["model"], one["metadata"]["model"]) == (f"models/{FLASH}", "old-1")
        assert sent.json["batch"]["displayName"] == "models/old-1"
    if verb == "predict":
        assert sent.json == BODIES[verb]


def test_an_alias_counts_in_bodies(aliased, upstream):
    google = Resources(upstream)
    client = google_client(aliased)
    cache = client.caches.create(model="old-1", config={"contents": "long text"})
    assert google.items[cache.name][1]["model"] == f"models/{FLASH}"
    one = client.interactions.create(model="team-model", input="Hi, old-1")
    assert google.items[f"interactions/{one.id}"][1]["model"] == LITE
    assert upstream.requests[-1].json["input"] == "Hi, old-1"
    counted = {"generateContentRequest": HI | {"model": "models/old-1"}}
    assert aliased.post("/v1beta/models/old-1:countTokens", counted).status_code == 200
    assert upstream.last.json["generateContentRequest"]["model"] == f"models/{FLASH}"
    answer = aliased.post("/openai/v1/embeddings", {"model": "team-model", "input": "old-1"})
    upstream.faults.clear()  # that layer takes keys as bearer tokens
    assert answer.status_code != 404
    assert upstream.requests[-1].json == {"model": LITE, "input": "old-1"}


def test_other_bytes_stay_as_they_are(aliased, upstream):
    odd = ('{ "requests" :[ {"model" : "models\\/old-7","content":{"parts":[{"text":"\\u00fc 1.0000000000000000001"}]},'
           '"x":9007199254740993} ]\n}')
    aliased.post("/v1beta/models/old-7:batchEmbedContents", odd)
    assert upstream.last.body.decode() == odd.replace("models\\/old-7", f"models/{FLASH}")


@pytest.mark.parametrize("verb", BODIES)
def test_a_model_that_a_token_may_not_use(stand, upstream, verb):
    token = limited(stand, LITE)
    before = len(upstream.requests)
    body = json.dumps(BODIES[verb]).replace("old-1", FLASH)
    answer = stand.post(f"/v1beta/models/{FLASH}:{verb}", body, token=token)
    assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")
    assert FLASH in answer.json()["error"]["message"]
    assert len(upstream.requests) == before


@pytest.mark.parametrize("path,body", [
    ("/v1beta/cachedContents", {"model": f"models/{FLASH}"}),
    ("/v1beta/interactions", {"model": FLASH, "input": "Hi"}),
    ("/v1beta/decisions", {"model": FLASH, "input": []}),
    ("/openai/v1/chat/completions", {"model": FLASH, "messages": []}),
    (f"/v1beta/models/{LITE}:batchEmbedContents", {"requests": [{"model": f"models/{FLASH}"}]}),
    (f"/v1beta/models/{LITE}:countTokens", {"generateContentRequest": {"model": f"models/{FLASH}"}})])
def test_a_model_in_the_body_that_a_token_may_not_use(stand, upstream, path, body):
    token = limited(stand, LITE)
    before = len(upstream.requests)
    answer = stand.post(path, body, token=token)
    assert answer.status_code == 404 and FLASH in answer.json()["error"]["message"]
    assert len(upstream.requests) == before


ANTHROPIC = {"anthropic-version": "2023-06-01"}
LISTS = [("/v1/models", {}, "data", "id"), ("/hf/v1/models", {}, "data", "id"),
         ("/v1/models", ANTHROPIC, "data", "id"), ("/v1/models?client_version=1", {}, "models", "slug"),
         ("/v1/models", {"x-goog-api-client": "x"}, "models", "name"), ("/v1beta/models", {}, "models", "name"),
         ("/gemini/v1beta/models", {}, "models", "name"), ("/v1alpha/models", {}, "models", "name"),
         ("/vertex-express/v1beta/models", {}, "models", "name")]


def test_lists_show_what_the_token_may_use(make_stand, upstream):
    stand = make_stand(MODEL_ALIASES=ALIASES, SEARCH_MODELS=[FLASH, LITE], FILTERED_MODELS=["gemini-2.5-pro"],
                       VERTEX_API_KEYS=["AQ.Vertex_0001_k9Qw3ZrT7uLp2VbN5mXc"])
    tokens = {wanted: limited(stand, wanted) for wanted in (LITE, "team-model", "gemini-embedding-*", "none")}
    for path, headers, member, name in LISTS:
        def shown(token):
            listed = stand.get(path, token=token, headers=headers).json().get(member, [])
            return {each[name].removeprefix("models/") for each in listed}

        everything = shown(TOKEN)
        assert {FLASH, LITE, "team-model"} <= everything and "gemini-2.5-pro" not in everything, path
        assert shown(tokens[LITE]) == {each for each in everything if each.startswith(LITE) or each == "team-model"}, path
        assert shown(tokens["team-model"]) == {"team-model"}, path
        assert shown(tokens["gemini-embedding-*"]) == {each for each in everything if "embedding" in each}, path
        assert not shown(tokens["none"]), path


def test_single_models_show_what_the_token_may_use(stand, upstream):
    token = limited(stand, LITE)
    before = len(upstream.requests)
    for path, headers, *_ in LISTS:
        base, _, query = path.partition("?")
        if query:
            continue
        answer = stand.get(f"{base}/{FLASH}", token=token, headers=headers)
        assert answer.status_code == 404 and FLASH in answer.text, (path, answer.text)
    assert len(upstream.requests) == before
    for path, headers, *_ in LISTS:
        base, _, query = path.partition("?")
        if not query:
            assert LITE in stand.get(f"{base}/{LITE}", token=token, headers=headers).text, path


def test_pages(stand, upstream):
    everything = [each["name"] for each in stand.get("/v1beta/models").json()["models"]]
    assert len(everything) > 4
    seen, token = [], ""
    for _ in range(len(everything)):
        page = stand.get(f"/v1beta/models?pageSize=2&pageToken={token}").json()
        assert len(page["models"]) <= 2
        seen += [each["name"] for each in page["models"]]
        token = page.get("nextPageToken")
        if not token:
            break
    assert seen == everything
    client = google_client(stand)
    assert [each.name for each in client.models.list(config={"page_size": 2})] == everything
    for query in ("pageSize=many", "pageSize=-1", "pageToken=x", "pageToken=-1", "pageToken=99999"):
        answer = stand.get(f"/v1beta/models?{query}")
        assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
        assert query.split("=")[0] in answer.json()["error"]["message"]
