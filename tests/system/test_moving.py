"""Moving over from gemini-balance, and carrying a site elsewhere."""

import datetime
import json
import os
import re
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

import reference_site
from load import Load
from reference_site import ENV, KEYS, OTHER_TOKEN
from stand import ADMIN_TOKEN, GBCTL, TOKEN, wait_until
from stored import logged, stored

SECRETS = KEYS + [reference_site.TOKEN, OTHER_TOKEN, "admin-of-the-base-7Kq2", "its-secret", "not-to-be-shown"]


@pytest.fixture
def alone(make_stand):
    return make_stand(front="none", keys=1, AUTH_TOKEN=None, BASE_URL=None)


@pytest.fixture
def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=123000)


@pytest.fixture(params=["sqlite", "mysqldump"])
def left_behind(request, tmp_path, now):
    """--env and --db of the other program's folder."""
    env, base = tmp_path / "old.env", tmp_path / f"old.{request.param}"
    env.write_text(ENV, encoding="utf-8")
    write = reference_site.write_sqlite if request.param == "sqlite" else reference_site.write_dump
    write(base, reference_site.tables(now))
    return ["--env", str(env), "--db", str(base)]


def counts(text):
    return {line.split()[0]: tuple(map(int, re.findall(r"\d+", line)))
            for line in text.splitlines() if re.match(r"\w+ +\d+ added", line)}


ALL_NEW = {"keys": (3, 0, 0), "tokens": (2, 0, 0), "settings": (5, 0, 1), "files": (1, 0, 1), "requests": (4, 0, 0)}


def log_rows(stand, what="time_ms, model, status, duration_ms, error"):
    return logged(stand, f"SELECT {what} FROM request_rows ORDER BY time_ms, model")


def test_everything_comes_over(alone, left_behind, now):
    done = alone.gbctl("import", "gemini-balance", *left_behind)
    assert counts(done.stdout) == ALL_NEW, done.stdout
    for secret in SECRETS:
        assert secret not in done.stdout + done.stderr
    # what its database said goes before its .env; what it never chose is ours
    assert alone.gbctl("settings", "get", "MAX_RETRIES").stdout.strip() == "6"
    assert alone.gbctl("settings", "get", "--reveal", "AUTH_TOKEN").stdout.strip() == "admin-of-the-base-7Kq2"
    assert "its-secret" in alone.gbctl("settings", "get", "--reveal", "PROXIES").stdout
    assert alone.gbctl("settings", "get", "URL_NORMALIZATION_ENABLED").stdout.strip() == "true"
    assert "gemini-2.5" not in alone.gbctl("settings", "get", "TEST_MODEL").stdout
    # nothing without a counterpart goes in silence
    for name in ("A_NAME_OF_ITS_OWN", "SOME_OLD_SWITCH", "MYSQL_HOST", "DATABASE_TYPE", "CHECK_INTERVAL_HOURS"):
        assert re.search(rf"^  {name}: \S", done.stdout, re.M), name
    exported = json.loads(alone.gbctl("export", "-").stdout)
    assert {key["secret"] for key in exported["keys"]} == {*KEYS, *alone.keys}
    assert {token["secret"] for token in exported["tokens"]} == {TOKEN, reference_site.TOKEN, OTHER_TOKEN}


def test_its_log_is_carried_with_its_times(alone, left_behind, now):
    alone.gbctl("import", "gemini-balance", *left_behind)
    hour = datetime.timedelta(hours=1)
    wanted = [(now - 3 * hour, "gemini-3.8-flash", 200, 900, ""),
              (now - 3 * hour, "gemini-3.8-pro", 500, 50, "failed"),
              (now - 2 * hour, "gemini-3.8-flash", 429, 321, '429: quota\'s "gone"\n\\now'),
              (now - hour, "gemini-3.8-pro", 403, 0, "403, suspended")]
    assert log_rows(alone) == [(int(moment.timestamp() * 1000), *rest) for moment, *rest in wanted]
    (body,), = logged(alone, "SELECT body FROM error_bodies")
    assert json.loads(body)["contents"][0]["parts"][0]["text"].endswith("中文; -- not a comment")
    assert stored(alone, "SELECT sum(requests), sum(successes) FROM usage_total WHERE span = 2") == [(4, 1)]
    assert stored(alone, "SELECT name FROM pins") == [("files/kept1",)]


def test_a_second_run_changes_nothing(alone, left_behind):
    alone.gbctl("import", "gemini-balance", *left_behind)
    before = alone.gbctl("export", "-").stdout
    rows = log_rows(alone)
    again = counts(alone.gbctl("import", "gemini-balance", *left_behind).stdout)
    assert again == {"keys": (0, 3, 0), "tokens": (0, 2, 0), "settings": (0, 5, 1), "files": (0, 1, 1),
                     "requests": (0, 4, 0)}
    after = json.loads(alone.gbctl("export", "-").stdout)
    assert after | {"made": ""} == json.loads(before) | {"made": ""}
    assert log_rows(alone) == rows


def test_a_dry_run_tells_and_does_nothing(alone, left_behind):
    alone.gbctl("keys", "list")
    before = sorted(path.name for path in alone.data.iterdir())
    done = alone.gbctl("import", "gemini-balance", *left_behind, "--dry-run")
    assert counts(done.stdout) == ALL_NEW
    assert "Nothing was changed" in done.stdout
    assert len(json.loads(alone.gbctl("export", "-").stdout)["keys"]) == 1
    assert log_rows(alone) == []
    assert sorted(path.name for path in alone.data.iterdir()) == before


def test_what_was_deleted_here_stays_deleted(alone, left_behind):
    alone.gbctl("import", "gemini-balance", *left_behind)
    alone.gbctl("keys", "delete", KEYS[0])
    alone.gbctl("import", "gemini-balance", *left_behind)
    assert KEYS[0] not in alone.gbctl("export", "-").stdout


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes another user")
def test_root_brings_over_what_only_root_can_read(alone, left_behind, tmp_path):
    """The old site lies in root's own folder, the data belong to a service's user and stay its own."""
    nobody = 65534
    alone.gbctl("keys", "list")
    for path in (alone.data, *alone.data.iterdir()):
        os.chown(path, nobody, nobody)
    tmp_path.chmod(0o700)
    assert counts(alone.gbctl("import", "gemini-balance", *left_behind).stdout) == ALL_NEW
    alone.gbctl("backup", str(tmp_path / "root.backup"))
    alone.gbctl("export", str(tmp_path / "root.json"))
    assert {path.stat().st_uid for path in alone.data.iterdir()} == {nobody}
    closed = alone.gbctl("keys", "list", check=False, settings={"LOG_DIR": str(tmp_path)})
    assert closed.returncode == 1 and str(tmp_path) in closed.stderr  # no other command goes there


def test_bad_files_are_named(alone, tmp_path):
    torn = tmp_path / "torn.sql"
    torn.write_text("CREATE TABLE `t_settings` (\n`id` int,\n`key` text, `value` text);\n"
                    "INSERT INTO `t_settings` VALUES (1,'MAX_RETRIES','5'),(2,'TIME_")
    done = alone.gbctl("import", "gemini-balance", "--db", str(torn), check=False)
    assert done.returncode == 1 and "line 4" in done.stderr
    missing = alone.gbctl("import", "gemini-balance", "--db", "/nonexistent.db", check=False)
    assert missing.returncode == 1 and "/nonexistent.db" in missing.stderr
    assert alone.gbctl("import", "gemini-balance", check=False).returncode == 2


def test_keys_from_any_file(alone, tmp_path):
    text = tmp_path / "keys.json"
    text.write_text(json.dumps({"channels": [{"id": "b6a1f0c2d3e4f5a6b7c8d9e0f1a2b3c4", "key": KEYS[0]},
                                             {"keys": "\n".join(KEYS[1:])}], "token": "AQ.Ab8RN6Kx_2wTz5Vq9Lm3Pd7Yc1"}))
    tried = alone.gbctl("import", "keys", "--dry-run", str(text)).stdout
    assert counts(tried)["keys"][0] == 4
    done = alone.gbctl("import", "keys", "--label", "from the old pool", str(text)).stdout
    assert counts(done)["keys"] == (4, 0, 1) and "--any" in done
    again = alone.gbctl("import", "keys", "-", stdin="id,key\n1," + KEYS[0] + "\n").stdout
    assert counts(again)["keys"] == (0, 1, 0)
    keys = json.loads(alone.gbctl("export", "-").stdout)["keys"]
    assert [key.get("label") for key in keys if key["secret"] == KEYS[2]] == ["from the old pool"]


def test_a_site_is_carried_to_another(alone, make_stand, tmp_path):
    alone.gbctl("keys", "add", "--label", "mine", KEYS[0])
    alone.gbctl("keys", "pause", KEYS[0])
    alone.gbctl("keys", "set", KEYS[0], "--rpm", "3", "--share", "50")
    made = alone.gbctl("token", "new", "--name", "team", "--rpm", "7").stdout
    token = re.search(r"sk-\w+", made).group(0)
    alone.gbctl("settings", "set", "MAX_RETRIES", "4")
    file = tmp_path / "site.json"
    alone.gbctl("export", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert alone.gbctl("export", str(file), check=False).returncode == 1  # nothing is overwritten
    other = make_stand(front="none", keys=0)
    done = other.gbctl("import", "export", str(file))
    assert counts(done.stdout)["keys"] == (2, 0, 0)
    there = json.loads(other.gbctl("export", "-").stdout)
    key, = [key for key in there["keys"] if key["secret"] == KEYS[0]]
    assert (key["state"], key["label"], key["caps"]) == ("paused", "mine", {"share": 50, "rpm": 3})
    team, = [entry for entry in there["tokens"] if entry["secret"] == token]
    assert (team["name"], team["rpm"]) == ("team", 7)
    assert there["settings"]["MAX_RETRIES"] == "4"
    assert counts(other.gbctl("import", "export", str(file)).stdout)["keys"] == (0, 2, 0)
    env = other.gbctl("export", "--env", "-").stdout
    assert "MAX_RETRIES=4\n" in env and KEYS[0] not in env  # paused keys are not for another's .env


def test_an_exported_env_is_read_again(alone, make_stand, tmp_path):
    alone.gbctl("settings", "set", "CUSTOM_HEADERS", '{"X-A":"it\'s # one"}')
    alone.gbctl("settings", "set", "AUTH_TOKEN", "with 'quotes' and # marks")
    env = alone.gbctl("export", "--env", "-").stdout
    other = make_stand(front="none", keys=0, AUTH_TOKEN=None, ALLOWED_TOKENS=None)
    (other.folder / "env").write_text(env)
    del other.settings["API_KEYS"]
    assert other.gbctl("settings", "get", "--reveal", "AUTH_TOKEN").stdout.strip() == "with 'quotes' and # marks"
    assert json.loads(other.gbctl("settings", "get", "CUSTOM_HEADERS").stdout) == {"X-A": "it's # one"}
    assert {key["secret"] for key in json.loads(other.gbctl("export", "-").stdout)["keys"]} == set(alone.keys)


# --- backups --------------------------------------------------------------------------------------------


def test_backup_and_restore_while_serving(make_stand, upstream, tmp_path):
    stand = make_stand(keys=2, procs=2)
    file = tmp_path / "site.backup"
    with Load(stand, 1) as load:
        kept = set(wait_until(lambda: log_rows(stand, "id")))
        said = stand.gbctl("backup", str(file)).stdout
        assert "master key is not in it" in said
        assert file.stat().st_mode & 0o777 == 0o600
        stand.gbctl("keys", "delete", stand.keys[0])
        stand.gbctl("settings", "set", "MAX_RETRIES", "9")
        wait_until(lambda: stand.get("/health").json()["keys"]["total"] == 1)
        assert "is restored" in stand.gbctl("restore", str(file)).stdout
        wait_until(lambda: stand.get("/health").json()["keys"]["total"] == 2)
        upstream.reset()
        wait_until(lambda: set(upstream.keys_used()) == set(stand.keys))
    assert load.lost() == []
    assert stand.gbctl("settings", "get", "MAX_RETRIES").stdout.strip() == "3"
    wait_until(lambda: kept <= set(log_rows(stand, "id")))
    raw = file.read_bytes()
    for secret in stand.keys + [TOKEN, ADMIN_TOKEN]:
        assert secret.encode() not in raw
    assert stand.gbctl("db", "check").returncode == 0
    assert not [path for path in stand.data.iterdir() if path.name.startswith("restore")]


def begun(stand, *arguments):
    """gbctl in the background."""
    return subprocess.Popen([str(GBCTL), "--env-file", str(stand.folder / "env"), *arguments], cwd=stand.folder,
                            env=stand.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


def held_by(stand):
    """What a site holds, in short: secrets of its keys, a setting, rows of the log."""
    exported = json.loads(stand.gbctl("export", "-").stdout)
    return ({key["secret"] for key in exported["keys"]}, exported["settings"].get("MAX_RETRIES"),
            len(log_rows(stand, "id")))


def test_a_restore_that_is_killed(alone, tmp_path, now):
    """At whatever moment: keys and settings are all of the backup or all as they were."""
    file, base = tmp_path / "site.backup", tmp_path / "default_db"
    reference_site.write_sqlite(base, reference_site.tables(now))
    alone.gbctl("import", "gemini-balance", "--db", str(base))
    kept = held_by(alone)
    alone.gbctl("backup", str(file))

    def change():
        alone.gbctl("keys", "delete", KEYS[0], check=False)  # may be gone, when only the log came
        alone.gbctl("settings", "set", "MAX_RETRIES", "9")
        with closing(sqlite3.connect(alone.data / "log.db")) as base:
            base.execute("DELETE FROM error_bodies")
            base.execute("DELETE FROM attempts")
            base.execute("DELETE FROM requests")
            base.commit()

    change()
    changed = held_by(alone)
    assert changed[:2] == (kept[0] - {KEYS[0]}, "9") and changed[2] == 0
    began = time.monotonic()
    alone.gbctl("restore", str(file))
    whole = time.monotonic() - began
    for part in range(1, 6):
        if held_by(alone) != changed:
            change()
        running = begun(alone, "restore", str(file))
        time.sleep(whole * part / 6)
        running.kill()
        running.communicate()
        *there, rows = held_by(alone)
        assert tuple(there) in (kept[:2], changed[:2]), part
        assert rows == kept[2] or tuple(there) == changed[:2], "the log comes first"
        assert alone.gbctl("db", "check").returncode == 0
    alone.gbctl("restore", str(file))
    assert held_by(alone) == kept


def test_two_restores_at_once_under_load(make_stand, tmp_path):
    stand = make_stand(keys=2, procs=2)
    files, wanted = [tmp_path / "a.backup", tmp_path / "b.backup"], []
    for file, key, retries in zip(files, KEYS, ("4", "5")):
        stand.gbctl("keys", "add", key)
        stand.gbctl("settings", "set", "MAX_RETRIES", retries)
        stand.gbctl("backup", str(file))
        wanted.append(held_by(stand)[:2])
    with Load(stand, 3) as load:
        for _ in range(3):
            running = [begun(stand, "restore", str(file)) for file in files]
            for each in running:
                said = each.communicate(timeout=60)[0]
                assert each.returncode == 0, said
            assert held_by(stand)[:2] in wanted
    assert load.lost() == []
    stand.gbctl("restore", str(files[0]))
    wait_until(lambda: stand.get("/health").json()["keys"]["total"] == 3, 20)
    assert stand.chat().status_code == 200
    assert stand.gbctl("db", "check").returncode == 0


def test_a_backup_of_another_site(alone, make_stand, tmp_path):
    bare, whole = tmp_path / "bare.backup", tmp_path / "whole.backup"
    alone.gbctl("backup", "--without-log", str(bare))
    assert "safe as a password" in alone.gbctl("backup", "--with-master-key", str(whole)).stdout
    other = make_stand(front="none", keys=0, ALLOWED_TOKENS=[])
    refused = other.gbctl("restore", str(bare), check=False)
    assert refused.returncode == 1 and "--key-file" in refused.stderr
    wrong = tmp_path / "wrong.key"
    wrong.write_text("00" * 32 + "\n")
    refused = other.gbctl("restore", "--key-file", str(wrong), str(bare), check=False)
    assert refused.returncode == 1 and "not the one" in refused.stderr
    assert json.loads(other.gbctl("export", "-").stdout)["keys"] == []
    done = other.gbctl("restore", "--key-file", str(alone.data / "secret.key"), str(bare))
    assert "another master key" in done.stdout and "without a request log" in done.stdout
    third = make_stand(front="none", keys=0, ALLOWED_TOKENS=[], SECRET_KEY="a text of its own")
    third.gbctl("restore", str(whole))
    for site in (other, third):
        assert [key["secret"] for key in json.loads(site.gbctl("export", "-").stdout)["keys"]] == alone.keys
    again = tmp_path / "third.backup"
    third.gbctl("backup", "--with-master-key", str(again))
    alone.gbctl("restore", str(again))
    assert [key["secret"] for key in json.loads(alone.gbctl("export", "-").stdout)["keys"]] == alone.keys


def test_what_is_no_backup(alone, tmp_path):
    file = tmp_path / "no.backup"
    file.write_text("nothing of the kind")
    for path in (file, tmp_path / "missing", alone.data / "gemini-balance.db"):
        done = alone.gbctl("restore", str(path), check=False)
        assert done.returncode == 1 and done.stderr
    assert alone.gbctl("backup", str(file), check=False).returncode == 1
    assert file.read_text() == "nothing of the kind"


def test_a_backup_that_was_damaged_on_its_way(alone, tmp_path):
    file = tmp_path / "site.backup"
    alone.gbctl("backup", "--without-log", str(file))
    with closing(sqlite3.connect(alone.data / "gemini-balance.db")) as store:
        size, = store.execute("PRAGMA page_size").fetchone()
        page, = store.execute("SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'keys'").fetchone()
    with closing(sqlite3.connect(file)) as archive:
        data, = archive.execute("SELECT data FROM sqlar WHERE name = 'gemini-balance.db'").fetchone()
        at = (page - 1) * size + 3  # how many entries this page of the index has
        archive.execute("UPDATE sqlar SET data = ? WHERE name = 'gemini-balance.db'",
                        (data[:at] + b"\0\0" + data[at + 2:],))
        archive.commit()
    refused = alone.gbctl("restore", str(file), check=False)
    assert refused.returncode == 1 and "integrity" in refused.stderr
    assert [key["secret"] for key in json.loads(alone.gbctl("export", "-").stdout)["keys"]] == alone.keys
    assert not list(alone.data.glob("restore.*"))


def test_what_a_restore_that_was_killed_left(alone, tmp_path):
    file = tmp_path / "site.backup"
    alone.gbctl("backup", str(file))
    left, other = alone.data / "restore.aB3dE6", alone.data / "restore.old"
    for folder in (left, other):
        folder.mkdir(mode=0o700)
        (folder / "secret.key").write_text("00" * 32)
        os.utime(folder, (1, 1))
    alone.gbctl("restore", str(file))
    assert not left.exists() and other.exists()
