"""The first start of an installation that nobody has set up: gbctl init from a shell, the page of the
first visit from a browser."""

import re
import stat

import httpx

from stand import ADMIN_TOKEN, wait_until

CHOSEN = "a token of my own choice"


def unclaimed(make_stand, **settings):
    stand = make_stand(ALLOWED_TOKENS=None, AUTH_TOKEN=None, **settings)
    assert "setup" in httpx.get(stand.url).text
    return stand, stand.data / "setup-code.txt"


def claim(stand, code, token=CHOSEN, **options):
    return httpx.post(stand.url + "/setup", data={"code": code, "auth_token": token}, **options)


def sign_in(stand, token):
    return httpx.post(stand.url + "/auth", data={"auth_token": token}).status_code


def test_the_owner_takes_it_with_the_code(make_stand, upstream):
    stand, file = unclaimed(make_stand)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    page = httpx.get(stand.url + "/?lang=zh").text
    assert str(file) in page and "首次访问" in page
    code = file.read_text().strip()
    assert code not in page and code not in stand.log()
    answer = claim(stand, f" {code}\n")
    assert (answer.status_code, answer.headers["location"]) == (303, "/keys")
    assert "gb_session=" in answer.headers["set-cookie"]
    assert not file.exists()
    keys = httpx.get(stand.url + "/keys", cookies={"gb_session": answer.cookies["gb_session"]})
    assert keys.status_code == 200
    assert sign_in(stand, CHOSEN) == 303
    token = stand.gbctl("token", "list", "--reveal").stdout.split()[1]
    assert stand.chat(token=token).status_code == 200
    assert CHOSEN not in stand.log() and token not in stand.log()


def test_nobody_takes_it_without(make_stand, upstream):
    stand, file = unclaimed(make_stand)
    code = file.read_text().strip()
    assert claim(stand, "").status_code == 401
    assert claim(stand, code[:-1]).status_code == 401
    assert claim(stand, code, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert claim(stand, code, token="short").status_code == 400
    assert claim(stand, code, token="two lines\r\nare not one").status_code == 400
    for _ in range(3):
        assert claim(stand, "0" * 20).status_code == 401
    refused = claim(stand, code)  # the throttle of the login holds here too
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    assert sign_in(stand, "") == 401 and sign_in(stand, code) != 303
    assert file.read_text().strip() == code


def test_it_is_taken_once(make_stand, upstream):
    stand, file = unclaimed(make_stand, procs=2)
    code = file.read_text().strip()
    assert claim(stand, code).status_code == 303

    def is_closed():  # the other process notices a moment later
        answers = [claim(stand, code, token="another token of mine") for _ in range(4)]
        return all(each.headers.get("location") == "/" for each in answers)

    wait_until(is_closed, 20, "closing the setup")
    assert sign_in(stand, CHOSEN) == 303


def test_with_a_token_there_is_no_such_page(make_stand, upstream):
    stand = make_stand()
    assert "/setup" not in httpx.get(stand.url).text
    assert claim(stand, "anything").headers["location"] == "/"
    assert not (stand.data / "setup-code.txt").exists()
    assert sign_in(stand, ADMIN_TOKEN) == 303


def made(stand):
    text = stand.gbctl("init").stdout
    return dict(re.findall(r"^(Admin|Client) token +(\S+)$", text, re.M))


def test_init_makes_what_is_missing_once(make_stand, upstream):
    stand = make_stand(start=False, front="none", ALLOWED_TOKENS=None, AUTH_TOKEN=None)
    tokens = made(stand.start())
    assert sorted(tokens) == ["Admin", "Client"] and min(map(len, tokens.values())) >= 40
    assert made(stand) == {}
    assert stat.S_IMODE((stand.data / "tokens.env").stat().st_mode) == 0o600
    stand.front = "spawned"
    stand.start()
    assert stand.chat(token=tokens["Client"]).status_code == 200
    assert sign_in(stand, tokens["Admin"]) == 303
    # What a person sets goes before what was made.
    stand.stop()
    stand.settings["AUTH_TOKEN"] = ADMIN_TOKEN
    stand.start()
    assert sign_in(stand, ADMIN_TOKEN) == 303 and sign_in(stand, tokens["Admin"]) == 401


def test_init_makes_only_what_is_missing(make_stand, upstream):
    stand = make_stand(start=False, front="none", AUTH_TOKEN=None).start()
    assert list(made(stand)) == ["Admin"]
    stand = make_stand(start=False, front="none").start()
    assert made(stand) == {}


def test_a_code_that_was_not_written_whole_is_made_anew(make_stand):
    stand, file = unclaimed(make_stand)
    file.write_text("half")
    assert "setup" in httpx.get(stand.url).text
    code = file.read_text().strip()
    assert len(code) == 20
    assert claim(stand, code).status_code == 303
