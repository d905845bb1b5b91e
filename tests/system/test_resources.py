"""Caches, batches, operations, stores, interactions: what is made with one key is asked for with it."""

import io
import json

import pytest
from google.genai import types

import gemini
from conftest import google_client
from stand import ADMIN_TOKEN, TOKEN, sse_data, wait_until
from upstream import CUT, Reply, json_reply
from upstream_files import Resources

MODEL = "gemini-3.8-flash"
OTHER = "client-token-of-the-tests-0002"
SPREAD = 6  # of three keys each gets some


@pytest.fixture
def google(upstream):
    return Resources(upstream)


def get(stand, path, token=TOKEN):
    return stand.request("GET", path, None, token)


def test_caches(stand, upstream, google):
    client = google_client(stand)
    made = [client.caches.create(model=MODEL, config={"contents": "long text"}) for _ in range(SPREAD)]
    assert len({google.owner(each.name) for each in made}) == 3
    for cache in made:
        assert client.caches.get(name=cache.name).name == cache.name
        client.models.generate_content(model=MODEL, contents="Hi", config={"cached_content": cache.name})
        assert upstream.last.key == google.owner(cache.name)
    client.caches.update(name=made[0].name, config={"ttl": "300s"})
    assert google.items[made[0].name][1]["ttl"] == "300s"
    assert sorted(each.name for each in client.caches.list()) == sorted(each.name for each in made)
    client.caches.delete(name=made[0].name)
    assert made[0].name not in google.items


def test_a_cache_and_a_file_of_two_keys(make_stand, upstream, google):
    stand = make_stand(FILES_SAME_KEY_MINUTES="0")
    client = google_client(stand)
    cache = client.caches.create(model=MODEL, config={"contents": "long text"})
    files = [client.files.upload(file=io.BytesIO(b"x"), config={"mime_type": "text/plain"}) for _ in range(2)]
    file = next(each for each in files if google.owner(each.name) != google.owner(cache.name))
    body = {"cachedContent": cache.name, "contents": [{"parts": [{"fileData": {"fileUri": file.uri}}]}]}
    answer = stand.post(f"/v1beta/models/{MODEL}:generateContent", body)
    assert answer.status_code == 409
    message = answer.json()["error"]["message"]
    assert cache.name in message and file.name in message


def test_batches(stand, upstream, google):
    client = google_client(stand)
    source = [{"contents": [{"parts": [{"text": "Hi"}]}]}]
    made = [client.batches.create(model=MODEL, src=source) for _ in range(SPREAD)]
    for batch in made:
        assert client.batches.get(name=batch.name).name == batch.name
        client.batches.cancel(name=batch.name)
    assert sorted(each.name for each in client.batches.list()) == sorted(each.name for each in made)
    for batch in made:
        client.batches.delete(name=batch.name)
    assert not google.items


def test_a_batch_of_a_file_goes_to_the_files_key_and_its_answers_too(stand, upstream, google):
    client = google_client(stand)
    client.caches.create(model=MODEL, config={"contents": "so that the turn goes on"})
    file = client.files.upload(file=io.BytesIO(b"{}"), config={"mime_type": "application/jsonl"})
    batch = client.batches.create(model=MODEL, src=file.name)
    key = google.owner(file.name)
    assert google.owner(batch.name) == key
    google.items["files/answers"] = (key, {"name": "files/answers"})
    google.contents["files/answers"] = b"{}"
    google.items[batch.name][1]["metadata"] = {"state": "BATCH_STATE_SUCCEEDED",
                                               "output": {"responsesFile": "files/answers"}}
    assert client.batches.get(name=batch.name).dest.file_name == "files/answers"
    assert client.files.download(file="files/answers") == b"{}"


def test_operations_and_what_they_made(stand, upstream, google):
    made = [stand.post("/v1beta/models/veo-3:predictLongRunning", {"instances": [{}]}).json()["name"]
            for _ in range(SPREAD)]
    client = google_client(stand)
    for name in made:
        assert name.startswith("models/veo-3/operations/")
        assert client.operations.get(types.GenerateVideosOperation(name=name)).name == name
    key = google.owner(made[0])
    google.items["files/video"] = (key, {"name": "files/video"})
    google.contents["files/video"] = b"film"
    google.items[made[0]][1].update(done=True, response={"generateVideoResponse": {"generatedSamples": [
        {"video": {"uri": "https://generativelanguage.googleapis.com/v1beta/files/video:download?alt=media"}}]}})
    assert get(stand, f"/v1beta/{made[0]}").json()["done"]
    assert get(stand, "/v1beta/files/video:download?alt=media").content == b"film"


def test_stores(stand, upstream, google):
    client = google_client(stand)
    stores = [client.file_search_stores.create() for _ in range(SPREAD)]
    for store in stores:
        made = client.file_search_stores.upload_to_file_search_store(
            file_search_store_name=store.name, file=io.BytesIO(b"x"), config={"mime_type": "text/plain"})
        assert google.owner(made.name) == google.owner(store.name)
        tool = types.Tool(file_search=types.FileSearch(file_search_store_names=[store.name]))
        client.models.generate_content(model=MODEL, contents="Hi", config={"tools": [tool]})
        assert upstream.last.key == google.owner(store.name)
    client.file_search_stores.delete(name=stores[0].name, config={"force": True})
    assert stores[0].name not in google.items


def test_interactions(stand, upstream, google):
    client = google_client(stand)
    first = [client.interactions.create(model=MODEL, input="Hi") for _ in range(SPREAD)]
    for one in first:
        two = client.interactions.create(model=MODEL, input="And?", previous_interaction_id=one.id)
        assert google.owner(f"interactions/{two.id}") == google.owner(f"interactions/{one.id}")
        assert client.interactions.get(one.id).id == one.id


def test_streamed_interactions(stand, upstream, google):
    client = google_client(stand)
    made = []
    for _ in range(SPREAD):
        events = list(client.interactions.create(model=MODEL, input="Hi", stream=True))
        assert [each.event_type for each in events][0] == "interaction.created"
        made.append(events[0].interaction.id)
    for each in made:
        assert client.interactions.get(each).id == each


def test_a_streamed_interaction_comes_as_upstream_sent_it(stand, upstream, google):
    answer = stand.post("/v1beta/interactions", {"model": MODEL, "input": "Hi", "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("event: interaction.created\ndata: {")
    assert json.loads(sse_data(answer.text)[-1])["event_type"] == "interaction.completed"


def in_words(answer, status, code):
    """An error as the Interactions API tells it: with a word for a code."""
    error = answer.json()["error"]
    return (answer.status_code, error["code"], set(error)) == (status, code, {"code", "message"})


@pytest.mark.parametrize("prefix", ["/v1beta", "/gemini/v1beta", "/v1", "/v1alpha"])
def test_errors_of_interactions_have_words_for_codes(make_stand, upstream, google, prefix):
    stand = make_stand(ALLOWED_TOKENS=[TOKEN, OTHER])
    upstream.forbidden.append(OTHER)
    path = prefix + "/interactions"
    made = stand.post(path, {"model": MODEL, "input": "Hi"}).json()["id"]
    before = len(upstream.requests)
    assert in_words(stand.post(path, {}, token="wrong"), 401, "unauthenticated")
    assert in_words(stand.post(path, {}, token=None), 401, "unauthenticated")
    assert in_words(get(stand, f"{path}/{made}", OTHER), 403, "permission_denied")
    assert in_words(get(stand, f"{path}/a%20b"), 400, "invalid_request")
    assert in_words(get(stand, f"{path}/a/b/c"), 404, "not_found")
    assert in_words(stand.request("PUT", path, None, TOKEN), 405, "invalid_request")
    assert len(upstream.requests) == before


def test_interactions_of_resting_keys_and_of_two_keys(make_stand, upstream, google):
    stand = make_stand(keys=2)
    first, second = [stand.post("/v1beta/interactions", {"model": MODEL, "input": "Hi"}).json()["id"] for _ in range(2)]
    cache = next(each for each in (stand.post("/v1beta/cachedContents", {"model": MODEL}).json()["name"] for _ in range(9))
                 if google.owner(each) != google.owner(f"interactions/{first}"))
    answer = stand.post("/v1beta/interactions", {"model": MODEL, "input": "Hi", "previous_interaction_id": first,
                                                 "cached_content": cache})
    assert in_words(answer, 409, "aborted")
    assert first in answer.json()["error"]["message"] and cache in answer.json()["error"]["message"]
    assert google.owner(f"interactions/{second}") != google.owner(f"interactions/{first}")
    upstream.always(json_reply(gemini.QUOTA_DAY[1], 429))
    said = stand.post("/v1beta/interactions", {"model": MODEL, "input": "Hi"})
    assert said.status_code == 429
    upstream.reset()
    answer = stand.post("/v1beta/interactions", {"model": MODEL, "input": "Hi"})
    assert in_words(answer, 429, "resource_exhausted") and int(answer.headers["Retry-After"]) > 0
    assert not upstream.requests


def of_two_keys(google, make, other):
    """A name of a resource that `make` makes, which belongs to another key than `other`."""
    for _ in range(SPREAD):
        if google.owner(name := make()) != google.owner(other):
            return name
    raise AssertionError("the turn does not go on")


def test_what_names_resources_of_two_keys(make_stand, upstream, google):
    """Wherever the two are named, in the path or the body: 409 with both names, and nothing is sent."""
    stand = make_stand(FILES_SAME_KEY_MINUTES="0")

    def made(path, body=None):
        answer = stand.post(f"/v1beta/{path}", body or {})
        assert answer.status_code == 200, answer.text
        return answer.json()["name"]

    client = google_client(stand)
    file = client.files.upload(file=io.BytesIO(b"x"), config={"mime_type": "text/plain"}).name
    batch = of_two_keys(google, lambda: made(f"models/{MODEL}:batchGenerateContent", {"batch": {}}), file)
    operation = of_two_keys(google, lambda: made("models/veo-3:predictLongRunning", {"instances": [{}]}), file)
    cache = of_two_keys(google, lambda: made("cachedContents", {"model": MODEL}), file)
    store = of_two_keys(google, lambda: made("fileSearchStores"), file)
    second = of_two_keys(google, lambda: made("fileSearchStores"), store)
    token = continuation_of_another_key(stand, upstream, google, file)
    hi = [{"role": "user", "parts": [{"text": "Hi"}]}]
    shown = hi[:1] + [{"role": "user", "parts": [{"fileData": {"fileUri": google.items[file][1]["uri"]}}]}]
    search = [{"fileSearch": {"fileSearchStoreNames": [store, second]}}]
    inputs = {"batch": {"inputConfig": {"fileName": file}}}
    rows = [
        (f"{batch}:updateGenerateContentBatch", inputs, (batch, file)), (f"{operation}:cancel", {"file_name": file}, (operation, file)),
        (f"{store}:importFile", {"fileName": file}, (store, file)), (f"{store}:importFile", {"file_name": file}, (store, file)),
        (f"models/{MODEL}:generateContent", {"contents": hi, "tools": search}, (store, second)),
        (f"models/{MODEL}:streamGenerateContent?alt=sse", {"contents": hi, "tools": search}, (store, second)),
        (f"models/{MODEL}:countTokens", {"contents": shown, "cachedContent": cache}, (cache, file)),
        (f"models/{MODEL}:generateContent", {"contents": shown, "continuationToken": token}, (file,)),
        (f"models/{MODEL}:generateContent", {"continuation_token": token, "contents": shown}, (file,)),
        (f"models/{MODEL}:batchGenerateContent", {"batch": {"inputConfig": {"fileName": file}, "model": MODEL, "x": {"cachedContent": cache}}},
         (cache, file)),
        ("cachedContents", {"model": MODEL, "contents": shown, "tools": search[:1]}, (store,)),
        ("models/veo-3:predictLongRunning", {"instances": [{"video": {"uri": google.items[file][1]["uri"]}, "cachedContent": cache}]}, (cache, file)),
    ]
    before = len(upstream.requests)
    for path, body, names in rows:
        answer = stand.post(f"/v1beta/{path}", body)
        assert answer.status_code == 409, (path, body, answer.text)
        error = answer.json()["error"]
        assert (error["code"], error["status"]) == (409, "ABORTED")
        for name in names:
            assert name in error["message"], (path, error)
    assert len(upstream.requests) == before
    assert stand.get("/health").json()["keys"]["ready"] == 3


def continuation_of_another_key(stand, upstream, google, other):
    for number in range(SPREAD):
        event = gemini.event({"text": "a"}, finish="STOP") | {"continuationToken": f"{'U' * 300}{number}=="}
        upstream.script(json_reply(event))
        body = {"contents": [{"role": "user", "parts": [{"text": f"Another question {number}"}]}]}
        assert stand.post(f"/v1beta/models/{MODEL}:generateContent", body).status_code == 200
        if upstream.last.key != google.owner(other):
            return event["continuationToken"]
    raise AssertionError("the turn does not go on")


def test_a_streamed_interaction_that_breaks_off_ends_with_an_error(stand, upstream, google):
    event = b'event: interaction.created\ndata: {"event_type":"interaction.created","interaction":{"id":"v1_9"}}\n\n'
    upstream.script(Reply(steps=(event, 0.2, CUT), headers=(("Content-Type", "text/event-stream"),), framing="chunked"))
    answer = stand.post("/v1beta/interactions", {"model": MODEL, "input": "Hi", "stream": True})
    assert answer.content.startswith(event)
    said = json.loads(sse_data(answer.text)[-1])
    assert (said["event_type"], said["error"]["code"]) == ("error", "internal")


def test_what_interactions_use_is_counted(stand, upstream, google):
    token = stand.gbctl("token", "new", "--name", "small", "--tpd", "5").stdout.strip()
    upstream.forbidden.append(token)
    body = {"model": MODEL, "input": "Hi"}
    wait_until(lambda: stand.post("/v1beta/interactions", body, token).status_code == 200, 20, "known")
    wait_until(lambda: stand.post("/v1beta/interactions", body | {"stream": True}, token).status_code == 429, 20, "used up")


@pytest.mark.parametrize("verb", ["generateContent", "streamGenerateContent?alt=sse"])
def test_continuation_tokens_go_back_to_their_key(stand, upstream, google, verb):
    tokens = {}
    for number in range(SPREAD):
        event = gemini.event({"text": "a"}, finish="STOP") | {"continuationToken": f"{'T' * 3000}{number}=="}
        upstream.script(json_reply(event) if verb == "generateContent" else gemini_stream(event))
        body = {"contents": [{"role": "user", "parts": [{"text": f"Question {number}"}]}]}
        assert stand.post(f"/v1beta/models/{MODEL}:{verb}", body).status_code == 200
        tokens[event["continuationToken"]] = upstream.last.key
    assert len(set(tokens.values())) == 3
    for token, key in tokens.items():
        body = {"contents": [{"role": "user", "parts": [{"text": "Go on"}]}], "continuation_token": token}
        assert stand.post(f"/v1beta/models/{MODEL}:{verb}", body).status_code == 200
        assert upstream.last.key == key


def gemini_stream(event):
    from upstream import Answer
    return Answer(event)


@pytest.mark.parametrize("kind", ["cachedContents", "fileSearchStores", "interactions"])
def test_tokens_are_kept_apart(make_stand, upstream, google, kind):
    stand = make_stand(ALLOWED_TOKENS=[TOKEN, OTHER])
    upstream.forbidden.append(OTHER)
    made = stand.post(f"/v1beta/{kind}", {"model": MODEL, "input": "Hi"}).json()
    name = made.get("name") or f"interactions/{made['id']}"
    before = len(upstream.requests)
    assert get(stand, f"/v1beta/{name}", OTHER).status_code == 403
    assert len(upstream.requests) == before
    assert get(stand, f"/v1beta/{name}").status_code == 200
    assert get(stand, f"/v1beta/{name}", ADMIN_TOKEN).status_code == 200


@pytest.mark.parametrize("prefix", ["/v1beta", "/gemini/v1beta", "/v1", "/v1alpha"])
def test_each_version_and_prefix(stand, upstream, google, prefix):
    made = stand.post(f"{prefix}/cachedContents", {"model": MODEL})
    assert made.status_code == 200
    assert upstream.requests[-1].path == ("/v1alpha" if prefix == "/v1alpha" else "/v1beta") + "/cachedContents"
    assert get(stand, f"{prefix}/{made.json()['name']}").status_code == 200


def test_openais_files_and_batches_are_not_offered(stand, upstream, google):
    for path in ("/v1/files", "/v1/files/abc", "/v1/batches"):
        answer = get(stand, path)
        assert answer.status_code == 404
        assert answer.json()["error"]["type"]
    assert not upstream.requests


def test_making_is_not_repeated_when_it_may_have_been_done(stand, upstream, google):
    upstream.script(json_reply({"error": {"code": 500, "message": "x", "status": "INTERNAL"}}, 500))
    answer = stand.post("/v1beta/cachedContents", {"model": MODEL})
    assert answer.status_code == 500
    assert len(upstream.requests) == 1


def test_live_sessions_are_refused(stand, upstream):
    answer = get(stand, "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=" + TOKEN,
                 None)
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, 501)
    assert "WebSocket" in answer.json()["error"]["message"]
    assert not upstream.requests
