"""The admin's door: login, session, CSRF, and the page of keys."""

import html
import re

import httpx
import pytest

import gemini
from admin_client import form, sign_in, text_of_page
from stand import ADMIN_TOKEN, TOKEN, wait_until
from upstream import gemini_reply

NEW = "AIzaSyB4kQ9w-Zr3TmVx7Lp2Nc8Yd5Hs1Fg6JuA"


@pytest.fixture
def visitor(stand):
    with httpx.Client(base_url=stand.url, follow_redirects=False, timeout=30) as client:
        yield client


def submit(admin, where, **fields):
    """Fills the page's own form in and sends it; the page that it leads to."""
    wanted = form(admin.get("/keys"), where)
    answer = admin.post(where, data={"csrf": wanted["fields"]["csrf"]} | fields)
    assert answer.status_code in (200, 302, 303), answer.text
    return admin.get(answer.headers["location"]) if answer.is_redirect else answer


def row_ids(page):
    return form(page, "/keys/action")["rows"]


def test_the_login_page(visitor):
    answer = visitor.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    wanted = form(answer, "/auth")
    assert wanted["method"].lower() == "post"
    assert "auth_token" in wanted["fields"]


def test_the_session_cookie(visitor):
    cookie = visitor.post("/auth", data={"auth_token": ADMIN_TOKEN}).headers["set-cookie"]
    lower = cookie.lower()
    assert "httponly" in lower
    assert "samesite=" in lower
    assert "max-age=3600" in lower or "expires=" in lower
    assert "secure" not in lower
    assert ADMIN_TOKEN not in cookie
    assert TOKEN not in cookie


@pytest.mark.parametrize("token", ["wrong", "", TOKEN, ADMIN_TOKEN + "x"])
def test_a_wrong_token(visitor, token):
    answer = visitor.post("/auth", data={"auth_token": token})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert visitor.get("/keys").status_code in (302, 303)


def test_guessing_is_slowed_down(visitor):
    statuses = [visitor.post("/auth", data={"auth_token": f"guess-{number}"}).status_code for number in range(30)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert visitor.post("/auth", data={"auth_token": ADMIN_TOKEN}).status_code == 429


@pytest.mark.parametrize("method, path", [("GET", "/keys"), ("GET", "/keys_status"), ("POST", "/keys/add"),
                                          ("POST", "/keys/action"), ("POST", "/logout")])
def test_without_a_session_everything_leads_to_the_login(visitor, method, path):
    answer = visitor.request(method, path)
    assert answer.status_code in (302, 303)
    assert answer.headers["location"].split("?")[0] == "/"
    visitor.cookies.set("gb_session", "made-up")
    assert visitor.request(method, path).status_code in (302, 303)


# What was wanted before signing in, and where that leads.
WANTED = {"/keys": "/keys", "/requests?model=a%20b&page=2": "/requests?model=a%20b&page=2", "/keys/1": "/keys/1",
          "/": "/dashboard", "/keys?q=" + "x" * 900: "/keys"}


@pytest.mark.parametrize("wanted", WANTED, ids=lambda path: path[:20])
def test_signing_in_leads_where_one_wanted_to_go(visitor, wanted):
    visitor.get(wanted)
    answer = visitor.post("/auth", data={"auth_token": "wrong"})
    assert answer.status_code == 401
    answer = visitor.post("/auth", data={"auth_token": ADMIN_TOKEN})
    assert answer.headers["location"] == WANTED[wanted]
    assert visitor.get(WANTED[wanted]).status_code in (200, 404)
    assert visitor.post("/auth", data={"auth_token": ADMIN_TOKEN}).headers["location"] == "/dashboard"


@pytest.mark.parametrize("planted", ["//evil.example", "/%5Cevil.example", "https://evil.example", "%2F%2Fevil.example",
                                     "%2Fa%0D%0AX-Evil:1", "%2F%00", "%zz", "evil", "%2F" + "a" * 2000])
def test_where_one_is_led_is_here(visitor, planted):
    answer = visitor.post("/auth", data={"auth_token": ADMIN_TOKEN}, headers={"Cookie": f"gb_back={planted}"})
    assert answer.headers["location"] == "/dashboard" and "x-evil" not in answer.headers


@pytest.mark.parametrize("how", [("POST", "/keys/action", {}), ("GET", "/keys", {"Sec-Fetch-Dest": "empty"}), ("GET", "/api/keys", {})])
def test_only_a_page_is_a_place_to_go_back_to(visitor, how):
    method, path, headers = how
    assert "set-cookie" not in visitor.request(method, path, headers=headers).headers


def test_the_page_lists_keys_masked(stand, admin):
    answer = admin.get("/keys")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["cache-control"]
    assert len(row_ids(answer)) == 3
    for key in stand.keys:
        assert key not in answer.text


def test_the_old_address_leads_there(admin):
    answer = admin.get("/keys_status")
    assert answer.status_code in (301, 302, 303, 307, 308)
    assert answer.headers["location"] == "/keys"


def test_adding_many_tells_duplicates(stand, admin, upstream):
    paste = f"{NEW}\n{NEW}, {stand.keys[0]}\n  \"AQ.Ab8R_Qw3ZrT7uLp2VbN5mXc-k9Jd4Hs6\";\n"
    page = submit(admin, "/keys/add", keys=paste)
    assert len(row_ids(page)) == 5
    said = text_of_page(page)
    assert re.search(r"\b2\b", said)
    assert NEW not in page.text
    wait_until(lambda: stand.get("/health").json()["keys"]["ready"] == 5)


def test_pause_resume_delete(stand, admin, upstream):
    first = row_ids(admin.get("/keys"))[0]
    submit(admin, "/keys/action", action="pause", id=first)
    wait_until(lambda: stand.get("/health").json()["keys"]["ready"] == 2)
    submit(admin, "/keys/action", action="resume", id=first)
    wait_until(lambda: stand.get("/health").json()["keys"]["ready"] == 3)
    submit(admin, "/keys/action", action="delete", id=first, confirm="1")
    wait_until(lambda: stand.get("/health").json()["keys"]["total"] == 2)
    assert first not in row_ids(admin.get("/keys"))
    stand.restart()
    assert stand.get("/health").json()["keys"]["total"] == 2


def test_a_post_without_its_token_changes_nothing(stand, admin):
    first = row_ids(admin.get("/keys"))[0]
    for fields in ({}, {"csrf": ""}, {"csrf": "made-up"}):
        answer = admin.post("/keys/action", data=fields | {"action": "pause", "id": first})
        assert answer.status_code == 403
        assert admin.post("/keys/add", data=fields | {"keys": NEW}).status_code == 403
        assert admin.post("/logout", data=fields).status_code == 403
    assert stand.get("/health").json()["keys"] == {"total": 3, "ready": 3}


def test_another_sessions_token_does_not_fit(stand, admin):
    with sign_in(stand) as other:
        assert admin.post("/keys/add", data={"csrf": other.csrf, "keys": NEW}).status_code == 403


def test_what_people_type_is_escaped(stand, admin):
    nasty = "<script>alert(1)</script>\"'&"
    page = submit(admin, "/keys/add", keys=NEW, label=nasty)
    assert "<script>alert(1)" not in page.text
    assert nasty in html.unescape(page.text)
    page = admin.get("/keys", params={"q": nasty})
    assert "<script>alert(1)" not in page.text


def test_signing_out_ends_the_session_for_good(admin):
    cookies = dict(admin.cookies)
    wanted = form(admin.get("/keys"), "/logout")
    answer = admin.post("/logout", data=wanted["fields"])
    assert answer.status_code in (302, 303)
    assert httpx.get(str(admin.base_url) + "/keys", cookies=cookies).status_code in (302, 303)


def test_a_session_outlives_a_restart_and_is_stored_hashed(stand, admin):
    stand.restart()
    assert admin.get("/keys").status_code == 200
    values = [value.encode() for value in admin.cookies.values()]
    for path in stand.data.iterdir():
        content = path.read_bytes()
        assert not any(value in content for value in values)


def test_static_files(visitor):
    page = visitor.get("/")
    names = re.findall(r'(?:href|src)="(/static/[^"#?]+)', page.text)
    assert names
    for name in names:
        answer = visitor.get(name)
        assert answer.status_code == 200, name
        assert answer.content
    for name in ("/static/none.css", "/static/../fcgi/main.c", "/static/%2e%2e/configure.ac"):
        assert visitor.get(name).status_code in (400, 404), name


@pytest.mark.parametrize("language, word", [("en", "Sign in"), ("zh-CN,zh;q=0.9", "登录")])
def test_both_languages(visitor, language, word):
    assert word in visitor.get("/", headers={"Accept-Language": language}).text


def test_without_an_admin_token_the_first_client_token_opens_and_every_page_warns(make_stand):
    stand = make_stand(AUTH_TOKEN=None)
    assert "borrowed" in stand.log()
    with httpx.Client(base_url=stand.url, timeout=30) as client:
        warned = client.get("/")
        assert "AUTH_TOKEN" in warned.text
        answer = client.post("/auth", data={"auth_token": TOKEN})
        assert answer.status_code in (302, 303)
        assert "AUTH_TOKEN" in client.get("/keys").text


def test_the_page_shows_why_a_key_is_dead(stand, admin, upstream):
    upstream.always(gemini_reply(gemini.KEY_LEAKED), key=stand.keys[0])
    for _ in range(3):
        stand.chat()
    shown = re.compile(r'<tr class="is-dead">.*?class="c-state">(.*?)</td>', re.S)
    state = wait_until(lambda: shown.search(admin.get("/keys").text), what="a dead key on the page")[1]
    assert "leak" in state.lower()
