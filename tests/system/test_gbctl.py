"""gbctl does from the shell what the admin pages do."""

import json
import re

import pytest

from stand import ADMIN_TOKEN, TOKEN, wait_until


def rows(stand, *arguments):
    return [line for line in stand.gbctl("keys", "list", *arguments).stdout.splitlines() if re.match(r"\s*\d", line)]


def ids(stand, *arguments):
    return [line.split()[0] for line in rows(stand, *arguments)]


@pytest.fixture
def alone(make_stand):
    return make_stand(front="none", keys=2)


def test_keys_are_listed_masked(alone):
    listed = rows(alone)
    assert len(listed) == 2
    for key in alone.keys:
        assert key not in "".join(listed)


def test_an_empty_list_tells_where_it_looked(make_stand, alone):
    empty = make_stand(front="none", keys=[])
    done = empty.gbctl("keys", "list")
    assert done.stdout == "" and done.stderr == f"gbctl: there is no key in {empty.data}\n"
    done = alone.gbctl("keys", "list", "--state", "dead")
    assert done.stdout == "" and done.stderr == f"gbctl: there is no such key in {alone.data}\n"
    assert alone.gbctl("keys", "list").stderr == ""


def test_keys_are_added_and_duplicates_told(alone):
    done = alone.gbctl("keys", "add", "AQ.New1_k9Qw3ZrT7uLp2VbN5", alone.keys[0])
    assert done.stdout.strip() == "1 added, 1 there already"
    assert len(rows(alone)) == 3


def test_keys_are_read_from_standard_input(alone):
    text = "# mine\nAQ.New1_k9Qw3ZrT7uLp2VbN5\n\n  AQ.New2_m8Ew2YsR6tKo1UaM4  \n"
    assert alone.gbctl("keys", "add", "-", stdin=text).stdout.startswith("2 added")
    assert len(rows(alone)) == 4


def test_what_is_no_key_is_not_added(alone):
    before = len(rows(alone))
    done = alone.gbctl("keys", "add", "notakey", "AQ.New1_k9Qw3ZrT7uLp2VbN5, AQ.New2_m8Ew2YsR6tKo1UaM4", check=False)
    assert done.returncode == 1 and done.stdout.startswith("2 added") and "notakey" not in done.stderr
    assert "there is no key in" in done.stderr and "--any" in done.stderr
    text = "AQ.New4_k9Qw3ZrT7uLp2VbN5;AQ.New5_m8Ew2YsR6tKo1UaM4\n  - \n"
    assert alone.gbctl("keys", "add", "-", stdin=text, check=False).stdout.startswith("2 added")
    assert alone.gbctl("keys", "add", "--any", "my-relay").stdout.startswith("1 added")
    assert len(rows(alone)) == before + 5


def described(stand):
    """The keys as the admin's JSON tells of them, by number."""
    answer = stand.get("/api/keys", token=ADMIN_TOKEN).json()
    return {key["id"]: key for key in answer["keys"]}


def test_what_is_set_of_a_key_is_in_force_and_the_rest_stays(make_stand):
    stand = make_stand()
    done = stand.gbctl("keys", "set", "--label", "of mei", "--project", "p-1", "--weight", "2.5", "--share", "80", "--rpm", "5",
                       "--tpm", "1000", "--rpd", "100", "--tpd", "20000", "--proxy", "socks5://me:secret@127.0.0.1:1",
                       "1", stand.keys[1])
    assert done.stdout.strip() == "2 changed"
    wanted = {"label": "of mei", "project": "p-1", "weight": 2.5, "own_proxy": True, "cap_share": 80,
              "cap_requests_minute": 5, "cap_tokens_minute": 1000, "cap_requests_day": 100, "cap_tokens_day": 20000}
    keys = described(stand)
    for number in (1, 2):
        assert {name: keys[number][name] for name in wanted} == wanted
    assert (keys[3]["label"], keys[3]["cap_requests_day"], keys[3]["own_proxy"]) == ("", 0, False)

    # One thing changes, the rest stays; 0, an empty text and "none" take away.
    assert stand.gbctl("keys", "set", "--label", "", "--rpd", "0", "--proxy", "none", "1").stdout.strip() == "1 changed"
    assert described(stand)[1] | {"id": 0} == keys[1] | {"label": "", "cap_requests_day": 0, "own_proxy": False, "id": 0}
    # A running server weighs and caps by it at once.
    stand.gbctl("keys", "pause", "2", "3")
    stand.gbctl("keys", "set", "--rpd", "1", "1")
    wait_until(lambda: stand.get("/health").json()["keys"]["ready"] == 1, 20)
    wait_until(lambda: stand.chat().status_code == 429, 20)


@pytest.mark.parametrize("arguments, words", [
    (["--weight", "0", "1"], "--weight"), (["--weight", "heavy", "1"], "--weight"), (["--share", "101", "1"], "--share"),
    (["--rpm", "-1", "1"], "--rpm"), (["--tpd", "1.5", "1"], "--tpd"), (["--proxy", "ftp://127.0.0.1", "1"], "--proxy"),
    (["--proxy", "socks5://", "1"], "--proxy"), (["--proxy", "http://a b", "1"], "--proxy"),
    (["--label", "x", "99"], "is no key")])
def test_a_key_is_not_set_to_what_makes_no_sense(alone, arguments, words):
    before = alone.gbctl("keys", "list").stdout
    done = alone.gbctl("keys", "set", *arguments, check=False)
    assert done.returncode == 1 and words in done.stderr
    assert alone.gbctl("keys", "list").stdout == before


def test_setting_nothing_of_a_key_tells_the_usage(alone):
    for arguments in ([], ["1"], ["--label", "x"]):
        done = alone.gbctl("keys", "set", *arguments, check=False)
        assert done.returncode == 2 and "keys set" in done.stderr


def test_pause_resume_delete(alone):
    first, second = ids(alone)
    assert alone.gbctl("keys", "pause", first).stdout.strip() == "1 paused"
    assert ids(alone, "--state", "paused") == [first]
    assert alone.gbctl("keys", "resume", alone.keys[0], check=False).returncode == 0
    assert ids(alone, "--state", "paused") == []
    assert alone.gbctl("keys", "delete", first, second).stdout.strip() == "2 deleted"
    assert rows(alone) == []


def test_a_deleted_or_paused_key_does_not_come_back(alone):
    first, second = ids(alone)
    alone.gbctl("keys", "delete", first)
    alone.gbctl("keys", "pause", second)
    assert ids(alone) == [second]
    assert ids(alone, "--state", "paused") == [second]
    alone.settings["API_KEYS"] = json.dumps(alone.keys + ["AQ.New1_k9Qw3ZrT7uLp2VbN5"])
    assert len(ids(alone)) == 2
    assert ids(alone, "--state", "paused") == [second]


def test_a_running_server_takes_it_up(make_stand, upstream):
    stand = make_stand(keys=1)
    assert stand.get("/health").json()["keys"] == {"total": 1, "ready": 1}
    stand.gbctl("keys", "add", "AQ.New1_k9Qw3ZrT7uLp2VbN5")
    wait_until(lambda: stand.get("/health").json()["keys"]["ready"] == 2)
    stand.gbctl("keys", "pause", stand.keys[0])
    wait_until(lambda: stand.get("/health").json()["keys"]["ready"] == 1)
    for _ in range(4):
        assert stand.chat().status_code == 200
    assert set(upstream.keys_used()) == {"AQ.New1_k9Qw3ZrT7uLp2VbN5"}


def test_settings(alone):
    assert alone.gbctl("settings", "get", "max_retries").stdout.strip() == "3"
    alone.gbctl("settings", "set", "MAX_RETRIES", "7")
    assert alone.gbctl("settings", "get", "MAX_RETRIES").stdout.strip() == "7"
    line = next(line for line in alone.gbctl("settings", "list").stdout.splitlines() if line.startswith("MAX_RETRIES"))
    assert line.split() == ["MAX_RETRIES", "saved", "7"]
    alone.gbctl("settings", "reset", "MAX_RETRIES")
    assert alone.gbctl("settings", "get", "MAX_RETRIES").stdout.strip() == "3"


@pytest.mark.parametrize("name, value, words", [
    ("MAX_RETRIES", "99", ["MAX_RETRIES", "10"]), ("MAX_RETRIES", "many", ["MAX_RETRIES"]),
    ("LOG_LEVEL", "loud", ["LOG_LEVEL", "DEBUG"]), ("SAFETY_SETTINGS", "[{", ["SAFETY_SETTINGS"]),
    ("NO_SUCH", "1", ["NO_SUCH"])])
def test_a_bad_value_is_told_with_its_range(alone, name, value, words):
    done = alone.gbctl("settings", "set", name, value, check=False)
    assert done.returncode != 0
    for word in words:
        assert word in done.stderr
    if name != "NO_SUCH":
        assert "saved" not in alone.gbctl("settings", "list", "--changed").stdout


def test_secrets_are_not_shown(alone):
    assert TOKEN not in alone.gbctl("settings", "list").stdout
    assert "(secret)" in alone.gbctl("settings", "get", "AUTH_TOKEN").stdout


def test_a_new_token_opens_the_api(stand, upstream):
    token = stand.gbctl("token", "new", "--name", "laptop").stdout.strip()
    upstream.forbidden.append(token)
    wait_until(lambda: stand.chat(token=token).status_code == 200)
    listed = stand.gbctl("token", "list").stdout
    assert "laptop" in listed and token not in listed
    number = next(line.split()[0] for line in listed.splitlines() if "laptop" in line)
    stand.gbctl("token", "delete", number)
    wait_until(lambda: stand.chat(token=token).status_code == 401)


def test_the_store_is_checked(alone):
    assert "in order" in alone.gbctl("db", "check").stdout


def test_a_broken_store_is_told(alone):
    alone.gbctl("db", "check")
    database = alone.data / "gemini-balance.db"
    with open(database, "r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 8192)
    done = alone.gbctl("db", "check", check=False)
    assert done.returncode != 0
    assert done.stderr


def test_the_jobs_run_from_cron(alone):
    assert "jobs ran" in alone.gbctl("maintain", "--force").stdout


def test_the_example_of_settings_can_be_read_back(alone):
    for language in ("en", "zh"):
        text = alone.gbctl("env-example", "--lang", language).stdout
        assert "MAX_RETRIES" in text
        (alone.folder / "env").write_text(text)
        assert "in order" in alone.gbctl("db", "check").stdout


@pytest.mark.parametrize("arguments", [["export"], ["keys", "add"], ["backup"], ["init"], ["keys", "delete"]])
def test_help_does_nothing_else(alone, arguments):
    before = sorted(alone.folder.iterdir())
    for word in ("--help", "-h"):
        done = alone.gbctl(*arguments, word)
        assert done.stdout.startswith("Usage: gbctl " + " ".join(arguments)), done.stdout
    assert sorted(alone.folder.iterdir()) == before and len(rows(alone)) == 2


@pytest.mark.parametrize("arguments", [["export", "--evn"], ["keys", "add", "AQ.New3_k9Qw3ZrT7uLp2VbN5", "--lable", "x"],
                                       ["backup", "--withoutlog", "b"], ["token", "new", "--rp", "5"], ["keys", "set", "--w", "2", "1"]])
def test_an_option_that_is_none_is_told(alone, arguments):
    done = alone.gbctl(*arguments, check=False)
    assert done.returncode == 2 and "there is no option --" in done.stderr and "Usage" in done.stderr
    assert len(rows(alone)) == 2 and not (alone.folder / "b").exists()


@pytest.mark.parametrize("arguments", [[], ["keys"], ["keys", "fly"], ["settings", "get"], ["keys", "add"],
                                       ["db", "check", "more"]])
def test_bad_usage(alone, arguments):
    done = alone.gbctl(*arguments, check=False)
    assert done.returncode == 2
    assert "Usage" in done.stderr


def test_secrets_lie_encrypted(make_stand, upstream):
    stand = make_stand()
    stand.chat()
    stand.stop()
    for path in stand.data.iterdir():
        content = path.read_bytes()
        for secret in stand.keys + [TOKEN]:
            assert secret.encode() not in content, path.name
    assert (stand.data / "secret.key").stat().st_mode & 0o777 == 0o600
