"""Google's SDK for Node: files, caches, batches, interactions, pages of models."""

import pytest

from test_node_sdks import run
from upstream_files import Resources


@pytest.fixture
def google(upstream):
    return Resources(upstream)


def ask(stand, scenario):
    return run(stand, "sdk_google_files.mjs", scenario)


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


def test_pages_of_models(stand, upstream):
    names = ask(stand, "models")["names"]
    assert {f"models/{each['name'].removeprefix('models/')}" for each in upstream.models} <= set(names)
    assert len(names) == len(set(names))


def test_interactions(stand, upstream, google):
    answer = ask(stand, "interactions")
    keys = [google.owner(f"interactions/{answer[each]}") for each in ("first", "second")]
    assert keys[0] == keys[1]
    assert (answer["types"][0], answer["types"][-1]) == ("interaction.created", "interaction.completed")
