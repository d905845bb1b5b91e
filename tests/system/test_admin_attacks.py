"""What somebody who means harm tries on the admin: being led elsewhere, borrowed sessions, guessing behind made-up
addresses, side doors, files that a spreadsheet runs, and doing things that nobody can read of afterwards."""

import re
from urllib.parse import urlsplit

import httpx

from admin_client import sign_in
from stand import ADMIN_TOKEN, TOKEN, wait_until

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_nobody_is_led_elsewhere(stand, admin):
    evil = "https://evil.example/"
    with httpx.Client(base_url=stand.url, timeout=30, headers={"Referer": evil, "X-Forwarded-Host": "evil.example"}) as visitor:
        for extra in ({}, {"next": evil}, {"redirect": "//evil.example"}, {"back": evil}):
            answer = visitor.post("/auth", params=extra, data={"auth_token": ADMIN_TOKEN} | extra, follow_redirects=False)
            assert answer.status_code == 303 and answer.headers["location"] == "/dashboard"
        assert visitor.get("/", follow_redirects=False).headers["location"] == "/dashboard"
        assert "evil.example" not in visitor.get("/help").text
    for path in ("//evil.example/", "/\\evil.example", "//evil.example/%2e%2e", "/keys//evil.example"):
        answer = httpx.get(stand.url + path, headers={"Accept": "text/html"})
        assert not urlsplit(answer.headers.get("location", "")).netloc
        assert not re.search(r'(?:href|action)="(?://|/\\)', answer.text), path
    for fields in ({"back": evil}, {"back": "//evil.example"}, {"only": "pause:1", "back": "key:" + evil}):
        answer = admin.post("/keys/action", data={"csrf": admin.csrf, "action": "pause", "id": "1"} | fields)
        assert answer.headers["location"].startswith(("/keys", "/dashboard")), answer.headers["location"]


def test_a_session_is_not_enough_to_change_anything(stand, admin):
    """What another site can make a browser send: simple requests of every kind, without the token."""
    bodies = (({"Content-Type": "text/plain"}, b'{"action":"delete","filter":{}}'),
              (FORM, b'{"action":"delete","filter":{},"x":"="}'), (FORM, b"action=delete&all=1&confirm=1"),
              ({"Content-Type": "multipart/form-data; boundary=x"}, b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n'
               + admin.csrf.encode() + b"\r\n--x--\r\n"), ({"Content-Type": "application/json"}, b'{"action":"delete","filter":{}}'),
              ({"Content-Type": "application/json; csrf=" + admin.csrf}, b'{"action":"delete","filter":{},"csrf":"x"}'), ({}, b""))
    for path in ("/api/keys/action", f"/api/keys/action?csrf={admin.csrf}", "/keys/action", f"/keys/action?csrf={admin.csrf}"):
        for headers, body in bodies:
            for more in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": admin.csrf[:-1]}):
                answer = admin.post(path, content=body, headers=headers | more)
                assert answer.status_code == 403, f"{path} {headers} {more}: {answer.status_code}"
    for path in ("/keys/action?action=delete&id=1&confirm=1", "/logout", "/requests/delete?what=all&confirm=1", "/config/undo?id=1"):
        answer = admin.get(path, headers={"X-HTTP-Method-Override": "POST", "X-CSRF-Token": admin.csrf})
        assert answer.status_code in (404, 405), path
    assert admin.get("/api/keys").json()["total_items"] == 3


def test_made_up_addresses_do_not_help_guessing(make_stand):
    stand = make_stand()
    codes = [httpx.post(stand.url + "/auth", data={"auth_token": f"guess-{number}"}, headers={
        "X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"})
        .status_code for number in range(8)]
    assert codes == [401] * 5 + [429] * 3

    # A proxy that is believed tells guessers apart, so that one of them does not lock everybody out.
    stand = make_stand(TRUSTED_PROXIES=["127.0.0.0/8"])

    def guess(token, chain):
        return httpx.post(stand.url + "/auth", data={"auth_token": token}, headers={"X-Forwarded-For": chain}).status_code

    codes = [guess("wrong", f"198.51.100.{number}, 203.0.113.66") for number in range(8)]
    assert codes == [401] * 5 + [429] * 3
    assert guess(ADMIN_TOKEN, "203.0.113.66") == 429
    assert guess(ADMIN_TOKEN, "203.0.113.7") == 303
    # Whoever looks afterwards sees where it came from and how often, in one line, and nothing of what was typed.
    with httpx.Client(base_url=stand.url, headers={"X-Forwarded-For": "203.0.113.7"}) as client:
        client.post("/auth", data={"auth_token": ADMIN_TOKEN})
        page = client.get("/audit").text
    refused = re.findall(r'data-label="[^"]*">([\d.]+)</td><td>[^<]*<code>session.refused</code></td><td[^>]*>(\d+)</td>', page)
    assert refused == [("203.0.113.66", "5")]
    assert "wrong</" not in page and ">wrong<" not in page
    told = stand.get("/api/logs/requests", token=ADMIN_TOKEN)
    assert told.status_code == 200
    assert stand.chat().status_code == 200


def test_behind_a_proxy_that_ends_tls(make_stand, upstream):
    stand = make_stand(TRUSTED_PROXIES=["127.0.0.1"])
    told = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "ai.example.com"}
    cookie = httpx.post(stand.url + "/auth", data={"auth_token": ADMIN_TOKEN}, headers=told).headers["set-cookie"]
    assert "; Secure" in cookie and "; HttpOnly" in cookie and "; SameSite=" in cookie
    stand.post("/v1/chat/completions", {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}]}, headers=told)
    number = wait_until(lambda: stand.get("/api/logs/requests", token=ADMIN_TOKEN).json()["logs"], 20)[0]["id"]
    session = {"Cookie": cookie.split(";")[0]}
    assert "https://ai.example.com/v1<" in httpx.get(stand.url + "/help", headers=told | session).text
    assert "203.0.113.7" in httpx.get(f"{stand.url}/requests/{number}", headers=told | session).text
    assert "203.0.113.7" in httpx.get(stand.url + "/audit", headers=told | session).text


def test_no_side_door_to_a_moved_admin(make_stand):
    stand = make_stand(ADMIN_PATH="/manage")
    paths = ("/keys", "/manage/../keys", "/manage/%2e%2e/keys", "//manage/keys", "/manage//keys", "/MANAGE/keys", "/manage/manage/keys",
             "/manage%2fkeys", "/manage/keys/", "/manage/keys;x", "/manage/./keys", "/managekeys", "/api/keys", "/static/admin.css",
             "/static/../manage/keys", "/metrics", "/manage/static/..%2f..%2fconfigure.ac", "/manage/static/%2e%2e/README.md")
    with sign_in(stand, "/manage") as client:
        for path in paths:
            asked = httpx.Request("GET", stand.url + path, headers={"Host": "x", "Accept": "text/html"})
            answer = httpx.Client().send(asked)
            assert answer.status_code in (303, 400, 401, 404), f"{path}: {answer.status_code}"
            assert "AQ.Test" not in answer.text and 'name="csrf"' not in answer.text, path
        assert client.get("/keys").status_code == 200
        assert client.get("/api/keys").status_code == 200


def test_what_is_shown_or_exported_lies_in_no_cache(stand, admin):
    admin.headers["X-CSRF-Token"] = admin.csrf
    assert admin.patch("/api/keys/1", json={"label": "=1+1"}).status_code == 200
    assert admin.patch("/api/keys/2", json={"label": "@SUM(A1)\r\nX-Evil: 1"}).status_code == 200
    token = admin.post("/api/tokens", json={"name": "-2+3"}).json()
    answers = {"reveal": admin.post("/keys/1/reveal"), "token": admin.post("/tokens/action", data={"only": f"reveal:{token['id']}"}),
               "export": admin.post("/keys/action", data={"action": "export", "all": "1"}),
               "csv": admin.post("/keys/action", data={"action": "csv", "all": "1"}), "log": admin.get("/requests.csv?model=%22;filename=evil.exe"),
               "errors": admin.get("/errors.csv"), "json": admin.get("/api/keys")}
    for name, answer in answers.items():
        assert answer.status_code == 200, name
        assert answer.headers["cache-control"] == "no-store", name
        assert answer.headers["x-content-type-options"] == "nosniff", name
        assert "x-evil" not in answer.headers, name
    for name in ("export", "csv", "log", "errors"):
        assert re.fullmatch(r'attachment; filename="[a-z-]+\.(csv|txt)"', answers[name].headers["content-disposition"]), name
    assert stand.keys[0] in answers["reveal"].text and stand.keys[1] not in answers["reveal"].text
    assert token["token"] in answers["token"].text
    assert all(key in answers["export"].text for key in stand.keys)
    cells = re.findall(r'(?:^|,)"((?:[^"]|"")*)"', answers["csv"].text, re.M)
    assert "'=1+1" in cells and not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]


def test_a_spreadsheet_runs_nothing_of_the_log(stand, admin):
    for number, first in enumerate("=+-@\t"):
        stand.post("/v1/chat/completions", {"model": f"{first}cmd|' /C calc'!A{number}", "messages": [{"role": "user", "content": "x"}]},
                   headers={"User-Agent": f"{first}1+1".strip()})
    wait_until(lambda: len(admin.get("/api/logs/requests").json()["logs"]) == 5, 20)
    text = admin.get("/requests.csv").text
    cells = re.findall(r'(?:^|,)"((?:[^"]|"")*)"', text, re.M)
    assert sum("cmd|" in cell for cell in cells) >= 5
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]


def test_secrets_of_settings_are_not_undone_into_sight(stand, admin):
    admin.headers["X-CSRF-Token"] = admin.csrf
    for value in ("first-secret-of-the-host", "second-secret-of-the-host"):
        assert admin.put("/api/config", json={"SMMS_SECRET_TOKEN": value}).status_code == 200
    page = admin.get("/config/history").text
    assert "SMMS_SECRET_TOKEN" in page and "secret-of-the-host" not in page
    for number in (1, 2, 0, -1, 99, "x"):
        assert admin.post("/config/undo", data={"id": number}).status_code in (400, 404), number
    for path in ("/config", "/audit", "/api/config"):
        assert "secret-of-the-host" not in admin.get(path).text, path
    assert stand.gbctl("settings", "get", "--reveal", "SMMS_SECRET_TOKEN").stdout.strip() == "second-secret-of-the-host"


def test_whatever_is_done_can_be_read_of_afterwards(stand, admin, upstream):
    def form(path, **fields):
        answer = admin.post(path, data={"csrf": admin.csrf} | fields)
        assert answer.status_code in (200, 303), f"{path} {fields}: {answer.text[:500]}"

    stand.chat()
    made = admin.post("/api/tokens", json={"name": "one"}, headers={"X-CSRF-Token": admin.csrf}).json()["id"]
    form("/keys/add", keys="AIzaSyB4kQ9w-Zr3TmVx7Lp2Nc8Yd5Hs1Fg6JuA")
    for action in ("pause", "resume", "reset", "verify", "export", "csv"):
        form("/keys/action", action=action, id="1")
    form("/keys/action", action="edit", id="1", confirm="1", label="x")
    form("/keys/1", label="y", weight="1")
    form("/keys/1/reveal")
    form("/keys/action", action="delete", id="2", confirm="1")
    for action in ("reveal", "pause", "resume"):
        form("/tokens/action", only=f"{action}:{made}")
    form(f"/tokens/{made}", name="two")
    form("/tokens/action", only=f"delete:{made}", confirm="1")
    form("/config", MAX_RETRIES="4")
    form("/config/undo", id="1")
    form("/requests/delete", what="all", confirm="1")
    form("/requests/keep", keep="false")
    said = {(action, subject) for action, subject in re.findall(
        r"<code>([\w.]+)</code></td><td[^>]*>([^<]*)</td>", admin.get("/audit").text)}
    actions = {action for action, _ in said}
    assert actions >= {"session.open", "token.add", "token.edit", "token.pause", "token.resume", "token.delete", "token.reveal", "key.add",
                       "key.pause", "key.resume", "key.reset", "key.verify", "key.export", "key.edit", "key.reveal", "key.delete",
                       "settings.save", "log.delete"}, actions
    assert ("key.reveal", "1") in said and ("token.reveal", str(made)) in said
    in_chinese = admin.get("/audit", headers={"Accept-Language": "zh-CN"}).text
    assert "查看密钥 <code>key.reveal" in in_chinese and "密钥:" in in_chinese and "keys: " not in in_chinese
    for action in actions:
        assert re.search(rf"[\u4e00-\u9fff]+ <code>{re.escape(action)}<", in_chinese), action
    form("/logout")
    with sign_in(stand) as again:
        text = again.get("/audit").text
    assert "session.close" in text
    for secret in [TOKEN, ADMIN_TOKEN] + list(stand.keys):
        assert secret not in text
