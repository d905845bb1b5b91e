"""Base URLs with a mistake in them reach the right route; tests/unit/api/test_url_tolerance.c has the table."""

import openai
import pytest

from stand import SLOW, TOKEN

CHAT = {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}]}
NATIVE = {"contents": [{"parts": [{"text": "Hi"}]}]}


@pytest.mark.parametrize("path", [
    "/chat/completions", "/v1/v1/chat/completions", "/v1beta/chat/completions", "//v1//chat//completions/",
    "/api/v1/chat/completions", "/V1/chat/completions", "/v1/chat/completions%20"])
def test_chats(stand, upstream, path):
    answer = stand.post(path, CHAT)
    assert answer.status_code == 200, answer.text
    assert answer.json()["object"] == "chat.completion"


@pytest.mark.parametrize("path", [
    "/models/gemini-3.8-flash:{}", "/v1/v1beta/models/gemini-3.8-flash:{}", "/v1beta/v1beta/models/gemini-3.8-flash:{}",
    "/v1beta/models/models/gemini-3.8-flash:{}", "/v1beta/models/gemini-3.8-flash%3A{}",
    "/v1beta/gemini-3.8-flash:{}", "//v1beta//models/gemini-3.8-flash:{}/", "/gemini/models/gemini-3.8-flash:{}"])
@pytest.mark.parametrize("verb", ["generateContent", "countTokens"])
def test_native_calls_keep_their_verb(stand, upstream, path, verb):
    answer = stand.post(path.format(verb), NATIVE)
    assert answer.status_code == 200, answer.text
    assert upstream.last.verb == verb and upstream.last.model == "gemini-3.8-flash"


@pytest.mark.parametrize("path,member", [
    ("/models", "data"), ("/v1/v1/models", "data"), ("/v1beta/v1/models", "data"), ("/v1/v1beta/models", "models"),
    ("/v1beta/v1beta/models", "models"), ("/gemini/models", "models")])
def test_lists_of_models(stand, upstream, path, member):
    assert stand.get(path).json()[member]


@pytest.mark.parametrize("path", ["/v1beta/openai/v1/chat/completions", "/openai/v1/v1/chat/completions",
                                  "/openai/chat/completions"])
def test_googles_own_layer(make_stand, upstream, path):
    stand = make_stand(OPENAI_LAYER="pass")
    stand.post(path, CHAT)
    assert upstream.requests[-1].path.endswith("/openai/chat/completions")
    upstream.faults.clear()  # that layer takes keys as bearer tokens


def test_access_is_checked_all_the_same(stand, upstream):
    assert stand.post("/chat/completions", CHAT, token="wrong").status_code == 401
    assert stand.get("/chat/completions").status_code == 405
    assert not upstream.requests


def test_it_can_be_turned_off(make_stand, upstream):
    stand = make_stand(URL_NORMALIZATION_ENABLED="false")
    assert stand.post("/chat/completions", CHAT).status_code == 404
    assert stand.post("/v1//chat/completions/", CHAT).status_code == 200
    assert stand.post("/v1beta/models/gemini-3.8-flash%3AcountTokens", NATIVE).status_code == 200


def test_what_nobody_can_say_is_a_404(stand, upstream):
    for path in ("/robots.txt", "/v1/chat", "/shop/models", "/v1/models/x/y:bake"):
        assert stand.post(path, CHAT).status_code in (404, 405)
    assert not upstream.requests


@pytest.mark.parametrize("base", ["", "/", "/v1/", "/v1/v1", "/v1beta"])
def test_the_sdk_with_a_wrong_base(stand, upstream, base):
    with openai.OpenAI(base_url=stand.url + base, api_key=TOKEN, max_retries=0, timeout=30 * SLOW) as client:
        assert client.chat.completions.create(**CHAT).choices[0].message.content
