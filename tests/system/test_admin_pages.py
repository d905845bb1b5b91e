"""Every page of the admin: both languages, guarded, without anything from elsewhere, and quick forms."""

import html
import json
import re

import httpx
import pytest

import gemini
from admin_client import NASTY, form, sign_in, text_of_page
from stand import ADMIN_TOKEN, ROOT, TOKEN, wait_until
from upstream import gemini_reply, json_reply


PAGES = ("/dashboard", "/dashboard?span=30d&code=403", "/keys", "/keys?sort=use&of=gemini", "/keys/1", "/tokens",
         "/tokens/1", "/requests", "/errors", "/requests?model=x&status=429&range=1h", "/config", "/config/history",
         "/help", "/playground", "/audit")


def submit(admin, page, where, **fields):
    """Fills the form `where` of the page in; the page that follows."""
    wanted = form(admin.get(page), where)
    answer = admin.post(where, data={"csrf": wanted["fields"]["csrf"]} | fields)
    assert answer.status_code in (200, 303), answer.text
    return admin.get(answer.headers["location"]) if answer.is_redirect else answer


@pytest.mark.parametrize("path", PAGES)
def test_a_page(stand, admin, upstream, path):
    stand.chat()
    for language in ("en", "zh-CN"):
        answer = admin.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        assert f'<html lang="{language}"' in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "no-store" in answer.headers["cache-control"]
        assert not re.search(r"<[^>]+\s(?:style|on\w+)=", answer.text)
        assert not re.search(r"<(?:script|style)(?![^>]*\ssrc=)[^>]*>", answer.text)
        assert not re.search(r'(?:src|action)="(?:https?:)?//', answer.text)
        for secret in [TOKEN, ADMIN_TOKEN] + list(stand.keys):
            assert secret not in answer.text


@pytest.mark.parametrize("path", ["/dashboard", "/tokens", "/requests", "/requests.csv", "/errors", "/config", "/keys/1",
                                  "/help", "/playground", "/config/history", "/audit"])
def test_no_page_without_a_session(stand, path):
    answer = httpx.get(stand.url + path, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("path", ["/api/keys", "/api/config", "/api/logs/errors", "/api/stats", "/metrics"])
def test_json_needs_the_admin(stand, path):
    assert stand.get(path).status_code == 401
    assert stand.get(path, token=TOKEN).status_code == 401
    assert stand.get(path, token=ADMIN_TOKEN).status_code == 200


def test_a_setting_is_in_force_at_once(stand, admin, upstream):
    page = submit(admin, "/config", "/config", FILTERED_MODELS="gemini-3.8-flash")
    assert "FILTERED_MODELS" in text_of_page(page)
    assert stand.chat().status_code == 404
    page = submit(admin, "/config/history", "/config/undo", id="1")
    assert page.status_code == 200
    assert stand.chat().status_code == 200


def test_a_new_admin_token_signs_others_out(stand, admin):
    with sign_in(stand) as other:
        assert other.get("/keys", follow_redirects=False).status_code == 200
        submit(admin, "/config", "/config", AUTH_TOKEN="another-admin-token-0002")
        assert other.get("/keys", follow_redirects=False).status_code == 303
    assert admin.get("/keys").status_code == 200


def test_a_made_token_works_until_it_is_paused(stand, admin, upstream):
    made = submit(admin, "/tokens", "/tokens/add", name=NASTY)
    token = re.search(r'class="secret-text">(sk-\w{48})<', made.text).group(1)
    assert NASTY not in made.text
    assert stand.chat(token=token).status_code == 200
    number = re.findall(r'value="pause:(\d+)"', made.text)[-1]
    submit(admin, "/tokens", "/tokens/action", only=f"pause:{number}")
    wait_until(lambda: stand.chat(token=token).status_code == 401)


def test_a_failure_is_in_the_log(stand, admin, upstream):
    upstream.always(gemini_reply(gemini.KEY_LEAKED))
    model = "gemini-3.8-flash" + NASTY
    stand.chat(model=model)
    row = re.compile(r'href="/requests/(\d+)"')
    page = wait_until(lambda: (answer := admin.get("/errors")) and row.search(answer.text) and answer)
    assert NASTY not in page.text
    number = row.search(page.text).group(1)
    detail = admin.get(f"/requests/{number}")
    assert detail.status_code == 200
    assert NASTY not in detail.text
    file = admin.get("/errors.csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert number in file.text


def test_the_admin_can_be_moved(make_stand, upstream):
    stand = make_stand(ADMIN_PATH="/manage/")
    assert stand.get("/").status_code == 404
    assert stand.get("/keys").status_code == 404
    with httpx.Client(base_url=stand.url, follow_redirects=False, timeout=30) as client:
        door = client.get("/manage")
        assert door.status_code == 200
        assert form(door, "/auth")["action"] == "/manage/auth"
        answer = client.post("/manage/auth", data={"auth_token": ADMIN_TOKEN})
        assert answer.headers["location"] == "/manage/dashboard"
        assert client.get("/manage/keys").status_code == 200
        for name in re.findall(r'(?:href|src)="(/[^"#?]*static/[^"#?]+)', door.text):
            assert client.get(name).status_code == 200, name
    assert stand.chat().status_code == 200


def test_the_admin_can_be_left_out(make_stand, upstream):
    stand = make_stand(ADMIN_ENABLED="false")
    for path in ("/", "/keys", "/dashboard", "/static/admin.css", "/api/keys", "/metrics"):
        assert stand.get(path, token=ADMIN_TOKEN).status_code == 404, path
    assert stand.chat().status_code == 200


def test_verifying_tells_how_it_goes(stand, admin, upstream):
    upstream.always(gemini_reply(gemini.KEY_LEAKED), key=stand.keys[0])
    csrf = form(admin.get("/keys"), "/keys/action")["fields"]["csrf"]
    answer = admin.post("/keys/action", data={"csrf": csrf, "action": "verify", "all": "1"},
                        headers={"Accept": "application/x-ndjson", "Accept-Language": "zh-CN"})
    assert answer.status_code == 200
    steps = [json.loads(line) for line in answer.text.splitlines()]
    assert [step["done"] for step in steps] == [1, 2, 3]
    assert sorted(step["finding"] for step in steps)[-1] == "works"
    assert {step["word"] for step in steps if step["finding"] == "works"} == {"可用"}
    assert html.unescape(answer.text).count(stand.keys[0]) == 0


def test_a_list_of_models_that_failed_is_not_asked_for_at_every_look(stand, admin, upstream):
    upstream.always(json_reply({"error": {"code": 400, "message": "No models for you", "status": "INVALID_ARGUMENT"}}, 400))
    first = admin.get("/config/models")
    assert first.status_code == 200 and "No models for you" in first.text
    asked = len(upstream.requests)
    again = admin.get("/config/models")
    assert "No models for you" in again.text and len(upstream.requests) == asked
    assert admin.get("/api/config/ui/models").status_code == 400 and len(upstream.requests) == asked
    page = submit(admin, "/config/models", "/config/models", action="refresh")
    assert page.status_code == 200 and len(upstream.requests) > asked


def test_the_help_page_says_what_the_documents_say(make_front):
    """Below a path: each client of the documents' table, with its own address to copy."""
    front = make_front("lighttpd_subpath")
    text = (ROOT / "docs" / "use.md").read_text(encoding="utf-8").split("## Clients")[1].split("\n## ")[0]
    table = re.findall(r"^\| ([\w ]+?)(?:, Gemini's format)? \|.*?\| `http://127.0.0.1:8000(/v1)?` \|", text, re.M)
    assert len(table) >= 6
    root = front.url.rstrip("/")
    with sign_in(front) as client:
        page = client.get("/help", headers={"Accept-Language": "en"}).text
    shown = re.findall(r"<b>([^<]+)</b></td><td[^>]*>[^<]*</td><td[^>]*><code>([^<]+)</code><button[^>]* data-copy=\"([^\"]+)\"", page)
    assert sorted((name.replace(" (Gemini)", ""), address) for name, address, _ in shown) == \
        sorted((name, root + path) for name, path in table)
    assert all(address == copied for _, address, copied in shown)
    for path in ("", "/v1", "/v1beta"):
        assert f"{root}{path}" in page
    assert "http://127.0.0.1:8000" not in page
