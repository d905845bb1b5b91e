"""The page on which a chat is tried, without scripts: one form, sent through the clients' own route."""

import html
import re

import httpx
import pytest

from admin_client import NASTY, form, sign_in, text_of_page
from stand import ADMIN_TOKEN, TOKEN
from upstream import json_reply, text

PATH = "/playground"


def ask(admin, text="How many grams?", language="en", headers=None, **fields):
    fields = {"model": "gemini-3.8-flash", "token": "0", "stream": "1", "text": text} | fields
    csrf = form(admin.get(PATH), PATH)["fields"]["csrf"]
    sent = {"csrf": csrf} | {name: value for name, value in fields.items() if value is not None}
    return admin.post(PATH, data=sent, headers={"Accept-Language": language} | (headers or {}))


def facts(page):
    found = dict(re.findall(r'data-fact="(\w+)">(.*?)</dd>', page.text, re.S))
    return {name: " ".join(html.unescape(re.sub(r"<[^>]+>", " ", value)).split()) for name, value in found.items()}


def answer_of(page):
    return html.unescape(re.search(r"<pre[^>]* data-answer[^>]*>(.*?)</pre>", page.text, re.S).group(1))


def problem_of(page):
    return re.findall(r'role="alert">(.*?)</p>', page.text, re.S)


@pytest.mark.parametrize("stream", ["1", None])
def test_a_chat_is_answered_on_the_page(stand, admin, upstream, stream):
    upstream.script(text("Nine ", "grams."))
    page = ask(admin, stream=stream)
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert answer_of(page) == "Nine grams." and not problem_of(page)
    told = facts(page)
    assert told["status"] == "200" and told["attempts"] == "1"
    assert told["whole"].endswith(" ms") or told["whole"].endswith(" s")
    assert re.fullmatch(r"\d+ / \d+", told["tokens"])
    assert not stream or re.match(r"\d", told["first"])
    key = stand.keys.index(upstream.last.key) + 1
    assert f'href="/keys/{key}"' in page.text
    assert stand.keys[key - 1] not in page.text and told["key"].startswith(stand.keys[key - 1][:4])
    request = re.search(r'data-fact="attempts"><a href="(/requests/\d+)"', page.text).group(1)
    assert "/v1/chat/completions" in admin.get(request).text
    assert upstream.last.json["contents"][0]["parts"] == [{"text": "How many grams?"}]
    assert ("stream" in upstream.last.verb) == bool(stream)


def test_what_was_typed_is_kept(admin, upstream):
    upstream.always(json_reply({"error": {"code": 400, "message": "No such thing", "status": "INVALID_ARGUMENT"}}, 400))
    page = ask(admin, text="</textarea><b>Bold & brave", model="gemini-3.8-flash" + NASTY, stream=None, token="1")
    kept = form(page, PATH)["fields"]
    assert kept["model"] == "gemini-3.8-flash" + NASTY
    assert "<b>Bold" not in page.text and "&lt;/textarea&gt;&lt;b&gt;Bold &amp; brave" in page.text
    assert NASTY not in page.text
    assert re.search(r'<option value="1" selected>', page.text)
    assert not re.search(r'name="stream"[^>]* checked', page.text)
    assert problem_of(page)


@pytest.mark.parametrize("language, words", [("en", "No key could get an answer now."), ("zh-CN", "目前没有密钥能")])
def test_a_failing_upstream_is_told_beside_the_form(admin, upstream, language, words):
    upstream.always(json_reply({"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}, 503))
    page = ask(admin, language=language)
    assert page.status_code == 200
    problem = problem_of(page)
    assert len(problem) == 1 and facts(page)["status"] == "503"
    assert words in problem[0] and "Overloaded" in problem[0]
    assert int(facts(page)["attempts"]) >= 1 and 'href="/keys/' in page.text
    assert page.text.count(f'<html lang="{language}"') == 1


@pytest.mark.parametrize("language, words", [("en", "No key could get an answer now."), ("zh-CN", "目前没有密钥能")])
def test_no_keys(make_stand, upstream, language, words):
    with sign_in(make_stand(keys=[])) as admin:
        page = ask(admin, language=language)
        assert words in problem_of(page)[0] and facts(page)["status"] == "503"
    assert not upstream.requests


def test_a_stale_form_asks_nothing(admin, upstream):
    fields = {"model": "gemini-3.8-flash", "text": "Hi", "token": "0"}
    for csrf in ({}, {"csrf": "0" * 32}):
        assert admin.post(PATH, data=fields | csrf).status_code == 403
    assert not upstream.requests


def test_nobody_asks_without_a_session(stand, upstream):
    for headers in ({}, {"Accept": "application/json"}, {"Authorization": f"Bearer {ADMIN_TOKEN}"}):
        answer = httpx.post(stand.url + PATH, data={"model": "m", "text": "Hi"}, headers=headers)
        assert answer.status_code == 303 and answer.headers["location"] == "/"
    assert not upstream.requests


def test_nothing_of_an_answer_is_live(admin, upstream):
    upstream.script(text("<script>alert(1)</script>", "<img src=x onerror=alert(1)></pre><h1>Mine"))
    page = ask(admin)
    assert answer_of(page).endswith("</pre><h1>Mine")
    assert "<script>alert" not in page.text and "<img" not in page.text and "<h1>Mine" not in page.text
    upstream.always(json_reply({"error": {"code": 400, "message": NASTY, "status": "INVALID_ARGUMENT"}}, 400))
    assert NASTY not in ask(admin).text


def test_a_token_is_tried_with_its_own_limits(stand, admin, upstream):
    number = re.search(r'<option value="(\d+)">', admin.get(PATH).text.split('name="token"')[1].split('value="0"')[1]).group(1)
    assert problem_of(ask(admin, token=number)) == []
    csrf = form(admin.get("/tokens"), "/tokens/action")["fields"]["csrf"]
    admin.post("/tokens/action", data={"csrf": csrf, "only": f"pause:{number}"})
    assert f'<option value="{number}"' not in admin.get(PATH).text.split('name="token"')[1].split("</select>")[0]
    calls = len(upstream.requests)
    assert ask(admin, token="99").status_code == 200 and len(upstream.requests) == calls
    for page in (ask(admin), admin.get(PATH)):
        assert TOKEN not in page.text and ADMIN_TOKEN not in page.text


@pytest.mark.parametrize("language, words", [("en", "Name a model"), ("zh-CN", "请填写模型")])
def test_an_empty_question_is_sent_back(admin, upstream, language, words):
    page = ask(admin, text="", language=language)
    assert words in problem_of(page)[0] and not upstream.requests


def test_an_answer_that_never_ends_is_given_up(make_stand, upstream):
    with sign_in(make_stand(TIME_OUT="2")) as admin:
        upstream.always(text("Nine ", *["and "] * 400, gap=0.05))
        page = ask(admin)
        assert "No answer came in time." in problem_of(page)[0] and answer_of(page).startswith("Nine and ")


def test_without_a_log_the_answer_is_shown_all_the_same(make_stand, upstream):
    with sign_in(make_stand(LOG_REQUESTS="false")) as admin:
        upstream.script(text("Nine ", "grams."))
        page = ask(admin)
        assert answer_of(page) == "Nine grams." and "the request log is switched off" in facts(page)["key"]


def test_for_a_script_the_route_answers_itself(admin, upstream):
    upstream.script(text("Nine ", "grams."))
    answer = ask(admin, headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream") and "[DONE]" in answer.text
    assert answer.headers["x-log-id"].isdigit()
    answer = ask(admin, stream=None, headers={"Accept": "application/json"})
    assert answer.json()["choices"][0]["message"]["content"]
    assert text_of_page(admin.get(PATH))
