"""Google's SDK for Node: files, caches, batches, interactions, pages of models."""

import pytest

from test_node_sdks import run
from upstream_files import Resources


@pytest.fixture
def google(upstream):
    return Resources(upstream)


def ask(stand, scenario, *arguments):
    return run(stand, "sdk_google_files.mjs", scenario, *arguments)


def test_files(stand, upstream, google):
    answer = ask(stand, "files")
    assert answer["got"] == answer["name"] and answer["listed"] == [answer["name"]]
    assert answer["text"] == "Hello from Gemini"
    assert not google.items


def test_two_files_in_one_prompt(stand, upstream, google):
    answer = ask(stand, "two_files")
    assert answer["text"] == "Hello from Gemini"
    assert len({google.owner(name) for name in answer["names"]}) == 1


def test_an_upload_in_chunks(stand, upstream, google):
    answer = ask(stand, "chunks")
    assert answer["size"] == str(20 << 20)
    assert len({call.key for call in upstream.requests}) == 1


def test_caches(stand, upstream, google):
    answer = ask(stand, "caches")
    assert answer["listed"] == [answer["name"]]
    assert answer["text"] == "Hello from Gemini"


def test_batches(stand, upstream, google):
    answer = ask(stand, "batches")
    assert answer["got"] == answer["name"] and answer["listed"] == [answer["name"]]
    assert not google.items


def test_operations(make_stand, upstream, google):
    stand = make_stand(keys=6)
    for _ in range(2):
        answer = ask(stand, "operations")
        assert answer["name"].startswith(answer["store"] + "/upload/operations/")
        assert answer["got"] == answer["name"] and answer["done"] is True
        assert google.owner(answer["name"]) == google.owner(answer["store"])


def test_operations_of_videos(make_stand, upstream, google):
    """Asked for with the key that made them, by a program that only has their names."""
    stand = make_stand(keys=6)
    names = [stand.post("/v1beta/models/veo-3:predictLongRunning", {"instances": [{"prompt": "A lake"}]}).json()["name"]
             for _ in range(3)]
    assert len({google.owner(name) for name in names}) > 1
    waiting = ask(stand, "video", names[0])
    assert (waiting["name"], waiting["done"]) == (names[0], False)
    uri = "https://generativelanguage.googleapis.com/v1beta/files/video:download?alt=media"
    for name in names:
        google.items[name][1].update(done=True, response={"generateVideoResponse": {
            "generatedSamples": [{"video": {"uri": uri}}]}})
    for name in names[1:]:
        assert ask(stand, "video", name) == {"name": name, "done": True, "uri": uri}
        assert upstream.requests[-1].key == google.owner(name)


def test_pages_of_models(stand, upstream):
    names = ask(stand, "models")["names"]
    assert {f"models/{each['name'].removeprefix('models/')}" for each in upstream.models} <= set(names)
    assert len(names) == len(set(names))


def test_interactions(stand, upstream, google):
    answer = ask(stand, "interactions")
    keys = [google.owner(f"interactions/{answer[each]}") for each in ("first", "second")]
    assert keys[0] == keys[1]
    assert (answer["types"][0], answer["types"][-1]) == ("interaction.created", "interaction.completed")
