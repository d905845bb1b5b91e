"""What clients and visitors might try on the admin: markup in everything they can name, borrowed sessions, guessing."""

import html
import re

import httpx
import pytest

from stand import ADMIN_TOKEN, TOKEN, wait_until
from upstream import json_reply

NASTY = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{BASE}}"
PAGES = ("/dashboard", "/keys", "/keys/1", "/tokens", "/requests", "/errors", "/config", "/config/history",
         "/config/models", "/config/proxies", "/audit", "/playground", "/help")


@pytest.fixture
def admin(admin):
    """What every script of the admin's own sends along."""
    admin.headers["X-CSRF-Token"] = admin.csrf
    return admin


def inert(answer):
    """The text may be told, never as markup."""
    assert "<img src=x" not in answer.text, answer.url
    assert "<script>alert" not in answer.text, answer.url
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", answer.text), answer.url
    assert not re.search(r"\son\w+\s*=\s*[\"']", answer.text.replace(html.escape(NASTY), "")), answer.url


def test_markup_in_everything_that_a_client_names(stand, admin, upstream):
    upstream.always(json_reply({"error": {"code": 400, "message": NASTY, "status": "INVALID_ARGUMENT"}}, 400), key=stand.keys[0])
    body = {"model": NASTY, "messages": [{"role": "user", "content": NASTY}]}
    for _ in range(3):
        stand.post("/v1/chat/completions", body, headers={"User-Agent": NASTY, "X-Forwarded-For": NASTY})
        stand.post("/v1/chat/completions", body | {"model": "gemini-3.8-flash"}, headers={"User-Agent": NASTY})
    stand.get(f"/v1beta/{NASTY}")
    assert admin.patch("/api/keys/1", json={"label": NASTY[:60], "project": NASTY[:60]}).status_code == 200
    assert admin.post("/api/tokens", json={"name": NASTY[:60]}).status_code == 200
    assert admin.put("/api/config", json={"FILTERED_MODELS": [NASTY]}).status_code == 200
    wait_until(lambda: len(admin.get("/api/logs/requests").json()["logs"]) >= 6, 20)
    for path in PAGES:
        answer = admin.get(path)
        assert answer.status_code == 200, path
        inert(answer)
    for row in admin.get("/api/logs/requests").json()["logs"]:
        inert(admin.get(f"/requests/{row['id']}"))
    for query in ("/keys?q=", "/keys?tag=", "/keys?why=", "/keys?in=", "/requests?q=", "/requests?model=",
                  "/requests?from=", "/errors?route=", "/dashboard?span=", "/?note=", "/keys?flash=", "/no/"):
        inert(admin.get(query + str(httpx.QueryParams({"": NASTY}))[1:], headers={"Accept": "text/html"}))
    csv = admin.get("/requests.csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert csv.headers["x-content-type-options"] == "nosniff"


def test_a_session_that_somebody_planted_is_not_taken_over(stand):
    planted = "a" * 43
    with httpx.Client(base_url=stand.url, timeout=30, cookies={"gb_session": planted}) as victim:
        answer = victim.post("/auth", data={"auth_token": ADMIN_TOKEN})
        fresh = re.search(r"gb_session=(\w+)", answer.headers["set-cookie"])[1]
        assert fresh != planted
    with httpx.Client(base_url=stand.url, timeout=30, cookies={"gb_session": planted}) as attacker:
        assert attacker.get("/keys").status_code == 303


def test_guesses_over_the_api_open_nothing(stand):
    for guess in ("", "Bearer", f"Bearer {TOKEN}", f"Bearer {ADMIN_TOKEN}x", "Basic YWRtaW46YWRtaW4="):
        assert stand.get("/api/keys", token=None, headers={"Authorization": guess}).status_code == 401
    assert stand.get(f"/api/keys?key={TOKEN}", token=None).status_code == 401
    for name in ("Remote-User", "X-Remote-User", "X-Forwarded-User", "REMOTE_USER"):
        assert stand.get("/keys", token=None, headers={name: "admin"}).status_code == 303


def test_guards_on_every_page(stand, admin):
    for path in PAGES + ("/", "/keys?q=x", "/no-such-page"):
        answer = admin.get(path, headers={"Accept": "text/html"}, follow_redirects=True)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "no-store" in answer.headers["cache-control"]
        assert " style=" not in answer.text and "<style" not in answer.text
        addresses = re.findall(r'(?:src|href|action)="(https?:)?//([^/"]+)', answer.text)
        assert {host for _, host in addresses} <= {"aistudio.google.com"}, path


def test_the_script_is_small_and_plain(stand):
    script = httpx.get(stand.url + "/static/admin.js").content
    assert len(script) < 20 * 1024
    assert b"eval(" not in script and b"innerHTML" not in script


def test_whom_a_front_only_repeats_is_not_signed_on(make_front):
    """nginx names in $remote_user whoever says so, where nothing asks for a password."""
    front = make_front("nginx", ADMIN_REMOTE_USER="true", ADMIN_USERS=["mei"])
    for path in ("/api/keys", "/keys", "/metrics"):
        assert httpx.get(front.url + path, auth=("mei", "x")).status_code in (303, 401), path


def test_passwords_inside_settings_are_nowhere_to_be_read(stand, admin):
    secret = "hunter2swordfish"
    values = {"PROXIES": [f"socks5://me:{secret}@127.0.0.1:1", f"http://{secret}@127.0.0.1:2", "http://127.0.0.1:3"],
              "BASE_URL": f"http://me:{secret}@127.0.0.1:9/v1beta",
              "CUSTOM_HEADERS": {"Authorization": f"Bearer {secret}", "X-Team": "red"}}
    masked = {"PROXIES": ["socks5://me:***@127.0.0.1:1", "http://***@127.0.0.1:2", "http://127.0.0.1:3"],
              "BASE_URL": "http://me:***@127.0.0.1:9/v1beta",
              "CUSTOM_HEADERS": {"Authorization": "***", "X-Team": "red"}}
    assert admin.put("/api/config", json=values).status_code == 200
    shown = admin.get("/api/config").json()
    assert {name: shown[name] for name in masked} == masked

    # What was shown comes back, with one thing changed in each: the passwords stay.
    changed = {"PROXIES": masked["PROXIES"][:2], "CUSTOM_HEADERS": masked["CUSTOM_HEADERS"] | {"X-Team": "blue"},
               "BASE_URL": masked["BASE_URL"]}
    assert admin.put("/api/config", json=changed).status_code == 200
    form = {"PROXIES": "http://***@127.0.0.1:2\r\nsocks5://me:***@127.0.0.1:1"}
    assert admin.post("/config", data=form).status_code == 303
    assert stand.gbctl("settings", "set", "CUSTOM_HEADERS", '{"Authorization":"***","X-Team":"green"}').returncode == 0
    told = [stand.gbctl("settings", "get", "--reveal", name).stdout.strip() for name in values]
    assert told == [f'["http://{secret}@127.0.0.1:2","socks5://me:{secret}@127.0.0.1:1"]', values["BASE_URL"],
                    f'{{"Authorization":"Bearer {secret}","X-Team":"green"}}']

    # A password does not move to another host.
    moved = admin.post("/config", data={"PROXIES": "socks5://me:***@127.0.0.9:1"})
    assert moved.status_code == 400 and "has to be typed again" in moved.text
    assert admin.put("/api/config", json={"PROXIES": ["http://***@127.0.0.9:2"]}).status_code == 400
    assert stand.gbctl("settings", "set", "BASE_URL", "http://me:***@127.0.0.8/v1", check=False).returncode != 0

    tried = admin.post("/config/proxies", data={})
    assert "socks5://me:***@127.0.0.1:1" in tried.text and secret not in tried.text
    checks = admin.post("/api/config/proxy/check-all", json={"proxies": ["socks5://me:***@127.0.0.1:1"]})
    assert [each["proxy"] for each in checks.json()] == ["socks5://me:***@127.0.0.1:1"]
    for path in PAGES + ("/api/config", "/api/keys", "/api/version/check", "/metrics"):
        answer = admin.get(path)
        assert answer.status_code == 200 and secret not in answer.text, path
    for arguments in (("list",), ("list", "--changed"), ("get", "PROXIES"), ("get", "BASE_URL"), ("get", "CUSTOM_HEADERS")):
        told = stand.gbctl("settings", *arguments)
        assert told.returncode == 0 and secret not in told.stdout + told.stderr
