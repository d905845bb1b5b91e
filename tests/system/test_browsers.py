"""Web pages of other origins: preflights without a token, headers on every answer, errors included."""

import httpx
import pytest

PAGE = "https://page.example"
CHAT = "/v1/chat/completions"


def preflight(stand, path, **headers):
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os"} | headers
    return httpx.options(stand.url + path, headers=asked)


PATHS = [CHAT, "/v1/embeddings", "/v1/models", "/v1beta/models/gemini-3.8-flash:streamGenerateContent", "/health",
         "/chat/completions"]


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_needs_no_token(stand, upstream, path):
    answer = preflight(stand, path)
    assert answer.status_code == 204 and not answer.content
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "DELETE" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization,content-type,x-stainless-os"
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Private-Network" not in answer.headers
    assert not upstream.requests


def test_a_page_may_reach_into_the_private_network(stand):
    answer = preflight(stand, CHAT, **{"Access-Control-Request-Private-Network": "true"})
    assert answer.headers["Access-Control-Allow-Private-Network"] == "true"


@pytest.mark.parametrize("asked", ["a\x7fb", "x: y", "a<b>", ""])
def test_odd_header_names_are_not_sent_back(stand, asked):
    answer = preflight(stand, CHAT, **{"Access-Control-Request-Headers": asked})
    assert answer.status_code in (204, 400)
    if answer.status_code == 204:
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_answers_and_errors_can_be_read(stand, upstream):
    for token, path, body, status in (("client-token-of-the-tests-0001", "/v1/models", None, 200), ("wrong", "/v1/models", None, 401),
                                      ("client-token-of-the-tests-0001", "/v1/nowhere", None, 404),
                                      ("client-token-of-the-tests-0001", CHAT, {}, 400)):
        answer = stand.request("POST" if body is not None else "GET", path, body, token, headers={"Origin": PAGE})
        assert answer.status_code == status, path
        assert answer.headers.get_list("Access-Control-Allow-Origin") == ["*"]
        assert "x-request-id" in answer.headers["Access-Control-Expose-Headers"]


def test_a_stream_can_be_read(stand, upstream):
    body = {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    with stand.stream(CHAT, body, headers={"Origin": PAGE}) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert b"[DONE]" in answer.read()


def test_without_an_origin_nothing_is_said(stand):
    assert "Access-Control-Allow-Origin" not in stand.get("/v1/models").headers


def test_listed_origins_only(make_stand, upstream):
    stand = make_stand(CORS_ALLOWED_ORIGINS=[PAGE, "app://chat"])
    answer = preflight(stand, CHAT)
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Origin" in answer.headers["Vary"]
    assert preflight(stand, CHAT, Origin="app://chat").headers["Access-Control-Allow-Origin"] == "app://chat"
    other = preflight(stand, CHAT, Origin="https://other.example")
    assert "Access-Control-Allow-Origin" not in other.headers
    assert "Access-Control-Allow-Headers" not in other.headers


def test_no_origins_at_all(make_stand, upstream):
    stand = make_stand(CORS_ALLOWED_ORIGINS="[]")
    assert "Access-Control-Allow-Origin" not in preflight(stand, CHAT).headers


def test_the_admin_stays_closed(stand):
    for path in ("/keys", "/config", "/"):
        answer = httpx.get(stand.url + path, headers={"Origin": PAGE})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Access-Control-Allow-Headers" not in preflight(stand, path).headers
