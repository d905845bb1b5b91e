"""The client's token: taken in any of four places, stripped, and exactly one credential goes upstream
(the scripted upstream refuses anything else and looks for the token in all it receives)."""

import pytest

from stand import ADMIN_TOKEN, TOKEN

CHAT = {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}]}
NATIVE = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
ROUTES = [("/v1/chat/completions", CHAT), ("/v1beta/models/gemini-3.8-flash:generateContent", NATIVE)]
PLACES = {
    "bearer": ({"Authorization": f"Bearer {TOKEN}"}, ""),
    "bearer in lower case": ({"authorization": f"bearer {TOKEN}"}, ""),
    "google's header": ({"x-goog-api-key": TOKEN}, ""),
    "x-api-key": ({"x-api-key": TOKEN}, ""),
    "query": ({}, f"?key={TOKEN}"),
    "two at once": ({"Authorization": f"Bearer {TOKEN}", "x-goog-api-key": TOKEN}, f"?key={TOKEN}"),
}


@pytest.mark.parametrize("path, body", ROUTES, ids=["openai", "gemini"])
@pytest.mark.parametrize("place", PLACES)
def test_every_place_on_every_dialect(stand, upstream, path, body, place):
    headers, query = PLACES[place]
    headers = headers | {"OpenAI-Organization": "org", "OpenAI-Project": "p", "Cookie": "a=b"}
    answer = stand.post(path + query, body, token=None, headers=headers)
    assert answer.status_code == 200, answer.text
    assert upstream.last.key in stand.keys


@pytest.mark.parametrize("place", PLACES)
def test_models_take_it_too(stand, place):
    headers, query = PLACES[place]
    assert stand.get("/v1/models" + query, token=None, headers=headers).status_code == 200


def test_the_admins_token_opens_the_api(stand, upstream):
    assert stand.chat(token=ADMIN_TOKEN).status_code == 200


WRONG = {
    "none": ({}, ""),
    "wrong": ({"Authorization": "Bearer wrong-token"}, ""),
    "another scheme": ({"Authorization": f"Basic {TOKEN}"}, ""),
    "empty": ({"Authorization": "Bearer"}, ""),
    "a part": ({"Authorization": f"Bearer {TOKEN[:-1]}"}, ""),
    "one more letter": ({"Authorization": f"Bearer {TOKEN}x"}, ""),
    "another case": ({"Authorization": f"Bearer {TOKEN.upper()}"}, ""),
    "wrong query": ({}, "?key=wrong-token"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_401_in_openais_dialect(stand, upstream, wrong):
    headers, query = WRONG[wrong]
    answer = stand.post("/v1/chat/completions" + query, CHAT, token=None, headers=headers)
    assert answer.status_code == 401
    error = answer.json()["error"]
    assert set(error) >= {"message", "type", "param", "code"}
    assert error["code"] == "invalid_api_key"
    assert not upstream.requests


@pytest.mark.parametrize("wrong", WRONG)
def test_401_in_googles_dialect(stand, upstream, wrong):
    headers, query = WRONG[wrong]
    answer = stand.post("/v1beta/models/gemini-3.8-flash:generateContent" + query, NATIVE, token=None, headers=headers)
    assert answer.status_code == 401
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (401, "UNAUTHENTICATED")
    assert error["message"]
    assert not upstream.requests


def test_a_key_of_the_pool_is_no_token(stand, upstream):
    assert stand.chat(token=stand.keys[0]).status_code == 401
