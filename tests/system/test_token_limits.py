"""Client tokens with limits: models, requests a minute and a day, tokens a day, expiry, pause."""

import time

import pytest

from stand import SLOW, wait_until

CHAT = "/v1/chat/completions"
NATIVE = "/v1beta/models/gemini-3.8-flash:generateContent"
HI = {"contents": [{"parts": [{"text": "Hi"}]}]}


def token_with(stand, *options):
    made = stand.gbctl("token", "new", "--name", "limited", *options).stdout.strip()
    assert made.startswith("sk-")
    wait_until(lambda: stand.get("/v1/models", token=made).status_code == 200, 5, "known")
    return made


def id_of(stand):
    return next(line.split()[0] for line in stand.gbctl("token", "list").stdout.splitlines() if "limited" in line)


def early_in_a_minute(seconds):
    if 60 - time.time() % 60 < seconds:
        time.sleep(60 - time.time() % 60 + 0.1)


def test_requests_a_minute(stand, upstream):
    token = token_with(stand, "--rpm", "3")
    early_in_a_minute(15 * SLOW)
    assert [stand.chat(token=token).status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = stand.chat(token=token)
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    error = answer.json()["error"]
    assert error["type"] == "rate_limit_error" and "3 requests a minute" in error["message"]
    native = stand.post(NATIVE, HI, token=token)
    assert native.status_code == 429 and native.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert stand.get("/v1/models", token=token).status_code == 200
    assert stand.chat().status_code == 200
    assert len(upstream.calls) == 4


def test_requests_a_day_outlive_a_restart(stand, upstream):
    token = token_with(stand, "--rpd", "2")
    assert [stand.chat(token=token).status_code for _ in range(3)] == [200, 200, 429]
    stand.restart()
    answer = stand.chat(token=token)
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) <= 86400


def test_tokens_a_day(stand, upstream):
    token = token_with(stand, "--tpd", "10")
    assert stand.chat(token=token).status_code == 200
    assert stand.chat(token=token).status_code == 200
    wait_until(lambda: stand.chat(token=token).status_code == 429, 5, "used up")
    assert "10 tokens a day" in stand.chat(token=token).json()["error"]["message"]


def test_processes_share_the_counts(make_stand, upstream):
    stand = make_stand(procs=3)
    token = token_with(stand, "--rpd", "5")
    statuses = []
    for _ in range(12):
        statuses.append(stand.chat(token=token).status_code)
        time.sleep(0.5 * SLOW)
    assert statuses.count(200) <= 8 and statuses[-1] == 429
    assert set(statuses) == {200, 429}


def test_models(stand, upstream):
    token = token_with(stand, "--models", "gemini-3.5-*,gemini-2.5-pro")
    assert stand.chat(token=token, model="gemini-3.5-flash-lite").status_code == 200
    answer = stand.chat(token=token, model="gemini-3.8-flash")
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "model_not_found"
    assert stand.post(NATIVE, HI, token=token).status_code == 404
    assert stand.post("/v1/embeddings", {"model": "gemini-embedding-001", "input": "a"}, token=token).status_code == 404
    assert len(upstream.calls) == 1


def test_expiry_and_pause(stand, upstream):
    token = token_with(stand, "--expires", "1d")
    assert stand.chat(token=token).status_code == 200
    stand.gbctl("token", "pause", id_of(stand))
    wait_until(lambda: stand.chat(token=token).status_code == 401, 5, "paused")
    stand.gbctl("token", "resume", id_of(stand))
    wait_until(lambda: stand.chat(token=token).status_code == 200, 5, "resumed")
    stand.gbctl("token", "set", id_of(stand), "--expires", "2020-01-31")
    wait_until(lambda: stand.chat(token=token).status_code == 401, 5, "expired")
    stand.gbctl("token", "set", id_of(stand), "--expires", "never")
    wait_until(lambda: stand.chat(token=token).status_code == 200, 5, "valid again")


def test_options_show_and_stay(stand):
    stand.gbctl("token", "new", "--name", "limited", "--rpm", "5", "--models", "a-*, b")
    number = id_of(stand)
    stand.gbctl("token", "set", number, "--tpd", "1000")
    line = next(line for line in stand.gbctl("token", "list").stdout.splitlines() if "limited" in line)
    assert "rpm=5" in line and "tpd=1000" in line and 'models=["a-*","b"]' in line
    stand.gbctl("token", "set", number, "--rpm", "0", "--models", "all")
    line = next(line for line in stand.gbctl("token", "list").stdout.splitlines() if "limited" in line)
    assert "rpm" not in line and "models" not in line


@pytest.mark.parametrize("options", [
    ("new", "--rpm", "-1"), ("new", "--rpm", "many"), ("new", "--expires", "soon"), ("new", "--expires", "2027-13-01"),
    ("new", "--tpd", "1.5"), ("set", "999", "--rpm", "1"), ("set", "1"), ("set", "x", "--rpm", "1"), ("pause", "999"),
    ("pause",), ("resume", "x")])
def test_options_that_are_wrong(stand, options):
    done = stand.gbctl("token", *options, check=False)
    assert done.returncode in (1, 2) and done.stderr
    assert not done.stdout
