"""Lists of models: all pages of upstream, kept for a while, filtered, in both shapes."""

import openai
import pytest

import gemini
from upstream import gemini_reply

MANY = gemini.model_objects(*[f"gemini-test-{number:03d}" for number in range(120)])


def listings(upstream):
    return [request for request in upstream.requests if request.path.endswith("/models")]


def test_all_pages_in_openais_shape(stand, upstream):
    upstream.models, upstream.page_size_max = MANY, 50
    for prefix in ("/v1", "/hf/v1"):
        answer = stand.get(prefix + "/models").json()
        assert answer["object"] == "list"
        ids = [model["id"] for model in answer["data"]]
        assert {model["name"].removeprefix("models/") for model in MANY} <= set(ids)
        assert len(ids) == len(set(ids))
        assert all(model["object"] == "model" and isinstance(model["created"], int) and model["owned_by"]
                   for model in answer["data"])


def test_all_pages_in_googles_shape(stand, upstream):
    upstream.models, upstream.page_size_max = MANY, 50
    for prefix in ("/v1beta", "/gemini/v1beta"):
        answer = stand.get(prefix + "/models").json()
        names = [model["name"] for model in answer["models"]]
        assert {model["name"] for model in MANY} <= set(names)
        assert answer["models"][names.index("models/gemini-test-007")] == MANY[7]


def test_the_list_is_kept(stand, upstream):
    for _ in range(5):
        assert stand.get("/v1/models").status_code == 200
        assert stand.get("/v1beta/models").status_code == 200
    assert len(listings(upstream)) == 1


def test_the_list_is_renewed_and_an_old_one_serves_on(make_stand, upstream):
    stand = make_stand(MODELS_CACHE_SECONDS="0")
    assert stand.get("/v1/models").status_code == 200
    upstream.always(gemini_reply(gemini.INTERNAL), method="GET")
    answer = stand.get("/v1/models")
    assert answer.status_code == 200
    assert "gemini-3.8-flash" in [model["id"] for model in answer.json()["data"]]


def test_filtered_models_are_not_listed_and_not_served(make_stand, upstream):
    stand = make_stand(FILTERED_MODELS=["gemini-2.5-pro"])
    assert "gemini-2.5-pro" not in stand.get("/v1/models").text
    assert "gemini-2.5-pro" not in stand.get("/v1beta/models").text
    answer = stand.chat(model="gemini-2.5-pro")
    assert answer.status_code == 404
    assert not upstream.calls


def test_one_model_in_both_shapes(stand, upstream):
    assert stand.get("/v1/models/gemini-3.8-flash").json()["id"] == "gemini-3.8-flash"
    assert stand.get("/v1beta/models/gemini-3.8-flash").json() == upstream.models[0]


def test_a_model_that_is_not_there(stand, upstream):
    answer = stand.get("/v1/models/gemini-none")
    assert answer.status_code == 404
    assert "gemini-none" in answer.json()["error"]["message"]
    answer = stand.get("/v1beta/models/gemini-none")
    assert answer.status_code == 404
    assert answer.json()["error"]["status"] == "NOT_FOUND"


def test_the_sdks_list_models(openai_sdk, google_sdk, upstream):
    assert "gemini-3.8-flash" in [model.id for model in openai_sdk.models.list()]
    assert openai_sdk.models.retrieve("gemini-3.8-flash").id == "gemini-3.8-flash"
    assert "models/gemini-3.8-flash" in [model.name for model in google_sdk.models.list()]
    assert google_sdk.models.get(model="gemini-3.8-flash").name == "models/gemini-3.8-flash"
    with pytest.raises(openai.NotFoundError):
        openai_sdk.models.retrieve("gemini-none")


def test_a_dead_key_does_not_hide_the_models(stand, upstream):
    upstream.always(gemini_reply(gemini.KEY_INVALID), key=stand.keys[0])
    upstream.always(gemini_reply(gemini.KEY_INVALID), key=stand.keys[1])
    assert stand.get("/v1/models").status_code == 200


def test_an_unknown_model_is_upstreams_404(stand, upstream):
    answer = stand.chat(model="gemini-none")
    assert answer.status_code == 404
    assert "models/gemini-none is not found" in answer.json()["error"]["message"]
    answer = stand.post("/v1beta/models/gemini-none:generateContent", {"contents": [{"parts": [{"text": "Hi"}]}]})
    assert answer.status_code == 404
    assert answer.content == gemini.pretty(gemini.model_not_found("gemini-none")[1])
    assert stand.get("/health").json()["keys"]["ready"] == 3


ANTHROPIC = {"anthropic-version": "2023-06-01"}


def test_anthropics_list_comes_in_pages(stand, upstream):
    answer = stand.get("/v1/models?limit=1000", headers=ANTHROPIC).json()
    ids = [model["id"] for model in answer["data"]]
    assert not answer["has_more"] and (answer["first_id"], answer["last_id"]) == (ids[0], ids[-1])
    entry = answer["data"][ids.index("gemini-3.8-flash")]
    assert entry["type"] == "model" and entry["display_name"] == "Gemini 3.8 Flash"
    assert entry["created_at"].endswith("Z") and entry["max_input_tokens"] == 1048576
    seen, after = [], ""
    for _ in range(len(ids)):
        page = stand.get(f"/v1/models?limit=3{after}", headers=ANTHROPIC).json()
        seen += [model["id"] for model in page["data"]]
        after = f"&after_id={page['last_id']}"
        if not page["has_more"]:
            break
    assert seen == ids
    before = stand.get(f"/v1/models?limit=2&before_id={ids[3]}", headers=ANTHROPIC).json()
    assert [model["id"] for model in before["data"]] == ids[1:3] and before["has_more"]


def test_one_model_for_anthropics_clients(stand, upstream):
    assert stand.get("/v1/models/gemini-3.8-flash", headers=ANTHROPIC).json()["display_name"] == "Gemini 3.8 Flash"
    assert stand.get("/v1/models/gemini-none", headers=ANTHROPIC).status_code == 404


def test_codexs_list(stand, upstream):
    models = stand.get("/v1/models?client_version=0.160.0").json()["models"]
    flash = next(model for model in models if model["slug"] == "gemini-3.8-flash")
    assert flash["visibility"] == "list" and flash["context_window"] == 1048576
    assert {level["effort"] for level in flash["supported_reasoning_levels"]} >= {"low", "high"}


@pytest.mark.parametrize("headers,query,field,other", [
    ({}, "", "id", ("object", "model")), (ANTHROPIC, "", "id", ("type", "model")),
    ({}, "?client_version=0.160.0", "slug", ("visibility", "list"))])
def test_one_model_in_every_shape(stand, upstream, headers, query, field, other):
    for name in ("gemini-3.8-flash", "models/gemini-3.8-flash"):
        model = stand.get(f"/v1/models/{name}{query}", headers=headers).json()
        assert model[field] == "gemini-3.8-flash" and model[other[0]] == other[1]
    assert stand.get(f"/hf/v1/models/gemini-3.8-flash{query}", headers=headers).json()[field] == "gemini-3.8-flash"
    missing = stand.get(f"/v1/models/gemini-none{query}", headers=headers)
    assert missing.status_code == 404 and missing.json()["error"]["message"]


def test_the_sdk_hears_of_what_is_not_there(openai_sdk, upstream):
    for ask in (lambda: openai_sdk.moderations.create(input="Hi"), lambda: openai_sdk.files.list(), lambda: openai_sdk.batches.list(),
                lambda: openai_sdk.files.create(file=b"x", purpose="batch"), lambda: openai_sdk.models.retrieve("gpt-9")):
        with pytest.raises(openai.NotFoundError):
            ask()
    assert openai_sdk.models.retrieve("gemini-3.8-flash").owned_by == "google"
    assert not upstream.calls


@pytest.mark.parametrize("method,path", [
    ("POST", "/v1/responses"), ("GET", "/v1/responses/resp_1"), ("POST", "/v1/messages"), ("POST", "/v1/messages/count_tokens"),
    ("POST", "/v1/moderations"), ("GET", "/v1/files"), ("POST", "/v1/batches"), ("POST", "/v1/images/variations"),
    ("GET", "/dashboard/billing/usage"), ("GET", "/v1/dashboard/billing/subscription"), ("GET", "/v1/nowhere")])
def test_what_openai_has_and_we_have_not(stand, upstream, method, path):
    answer = stand.request(method, path, {} if method == "POST" else None, "client-token-of-the-tests-0001")
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error" and error["message"]
    assert not upstream.calls
