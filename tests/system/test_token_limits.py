"""Client tokens with limits: models, requests a minute and a day, tokens a day, expiry, pause."""

import time

import pytest

from stand import SLOW, wait_until
from stored import stored

CHAT = "/v1/chat/completions"
NATIVE = "/v1beta/models/gemini-3.8-flash:generateContent"
HI = {"contents": [{"parts": [{"text": "Hi"}]}]}


def token_with(stand, *options):
    made = stand.gbctl("token", "new", "--name", "limited", *options).stdout.strip()
    assert made.startswith("sk-")
    wait_until(lambda: stand.get("/v1/models", token=made).status_code == 200, 20, "known")
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
    wait_until(lambda: stand.chat(token=token).status_code == 429, 20, "used up")
    assert "10 tokens a day" in stand.chat(token=token).json()["error"]["message"]


@pytest.fixture
def three(make_stand, tmp_path):
    """Three processes of one installation, each behind an address of its own."""
    return [make_stand(front="socket", DATA_DIR=str(tmp_path / "shared")) for _ in range(3)]


def counted(stand, what):
    """Of the one token that has limits, today."""
    (used,), = stored(stand, f"SELECT max(total) FROM (SELECT sum({what}) AS total FROM usage_token "
                             "WHERE token_id = ? GROUP BY span, bucket)", id_of(stand))
    return used or 0


def is_known(stands, token):
    wait_until(lambda: all(stand.get("/v1/models", token=token).status_code == 200 for stand in stands), 20, "known")


# Path, body, how the dialect says that it was too much.
DIALECTS = [
    (CHAT, {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}]}, ("type", "rate_limit_error")),
    (CHAT, {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}], "stream": True}, ("type", "rate_limit_error")),
    ("/openai/v1/embeddings", {"model": "gemini-embedding-001", "input": "Hi"}, ("type", "rate_limit_error")),
    (NATIVE, HI, ("status", "RESOURCE_EXHAUSTED")), (NATIVE.replace("gen", "streamGen"), HI, ("status", "RESOURCE_EXHAUSTED")),
    ("/v1beta/cachedContents", {"model": "models/gemini-3.8-flash"}, ("status", "RESOURCE_EXHAUSTED")),
    ("/vertex-express" + NATIVE, HI, ("status", "RESOURCE_EXHAUSTED")), ("/upload/v1beta/files", b"x", ("status", "RESOURCE_EXHAUSTED")),
    ("/v1beta/interactions", {"model": "gemini-3.8-flash", "input": "Hi"}, ("code", "resource_exhausted")),
    ("/v1beta/interactions", {"model": "gemini-3.8-flash", "input": "Hi", "stream": True}, ("code", "resource_exhausted"))]


def is_refusal(answer, member, value, words, seconds):
    if answer.status_code != 429:
        return False
    error = answer.json()["error"]
    return 0 < int(answer.headers["Retry-After"]) <= seconds and error[member] == value and words in error["message"] \
        and answer.headers["Content-Type"].startswith("application/json")


def not_refused(stand, token, words, seconds):
    """What was answered to whatever was not refused as its dialect says it."""
    answers = [(path, stand.post(path, body, token=token), how) for path, body, how in DIALECTS]
    return [(path, answer.status_code, answer.text) for path, answer, how in answers if not is_refusal(answer, *how, words, seconds)]


def test_processes_share_requests_a_minute(three, upstream):
    for _ in range(3):  # again when a minute ends on the way
        token, minute, before = token_with(three[0], "--rpm", "6"), time.time() // 60, len(upstream.calls)
        is_known(three, token)
        statuses = [stand.chat(token=token).status_code for stand in three * 2]
        wait_until(lambda: counted(three[0], "requests") == 6, 20, "counted")
        time.sleep(1.1)  # a process may believe what it has read for a second
        refused = [stand.chat(token=token).status_code for stand in three]
        passed = [each for stand in three for each in not_refused(stand, token, "6 requests a minute", 60)]
        seen = len(upstream.calls)
        if time.time() // 60 == minute:
            break
        three[0].gbctl("token", "delete", id_of(three[0]))
    assert statuses == [200] * 6 and refused == [429] * 3 and not passed
    assert seen == before + 6


def test_processes_share_requests_and_tokens_a_day(three, upstream):
    """A chat has 8 tokens."""
    for limit, what, used, words in (("--rpd", "requests", 3, "3 requests a day"),
                                     ("--tpd", "prompt_tokens + output_tokens + thought_tokens", 24, "20 tokens a day")):
        token, before = token_with(three[0], limit, words.split()[0]), len(upstream.calls)
        is_known(three, token)
        assert [stand.chat(token=token).status_code for stand in three] == [200] * 3
        wait_until(lambda: counted(three[0], what) == used, 20, "counted")
        time.sleep(1.1)
        for stand in three:
            assert not not_refused(stand, token, words, 86400)
        assert len(upstream.calls) == before + 3 and three[1].chat().status_code == 200
        three[0].gbctl("token", "delete", id_of(three[0]))


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
    wait_until(lambda: stand.chat(token=token).status_code == 401, 20, "paused")
    stand.gbctl("token", "resume", id_of(stand))
    wait_until(lambda: stand.chat(token=token).status_code == 200, 20, "resumed")
    stand.gbctl("token", "set", id_of(stand), "--expires", "2020-01-31")
    wait_until(lambda: stand.chat(token=token).status_code == 401, 20, "expired")
    stand.gbctl("token", "set", id_of(stand), "--expires", "never")
    wait_until(lambda: stand.chat(token=token).status_code == 200, 20, "valid again")


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
