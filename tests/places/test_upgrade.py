"""Stores of every earlier schema, made by the very programs of their time, in this program: all is there, a copy of
before lies beside it, and the older program wants nothing of the newer store. GB_OLD holds the older programs."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

import gemini
import stand as stands
from stand import ADMIN_TOKEN, ROOT, TOKEN, Stand, wait_until
from stored import logged, stored
from upstream import gemini_reply

OLD = sorted(path for path in Path(os.environ["GB_OLD"]).iterdir() if path.is_dir())
STORES = {"gemini-balance.db": "main", "log.db": "log"}
KEYS = [f"AQ.Test_{number:04d}_k9Qw3ZrT7uLp2VbN5mXc" for number in range(1, 5)]
LABEL = "of the time before"


def newest(store):
    return len(list((ROOT / "fcgi" / "store" / "schema" / store).glob("*.sql")))


def test_every_earlier_schema_is_tried():
    for at, store in enumerate(STORES.values()):
        assert {int(path.name.split(".")[at]) for path in OLD} >= set(range(1, newest(store)))


@contextlib.contextmanager
def program_of(folder, monkeypatch):
    """Within, a Stand runs the older program with its own templates and files."""
    with monkeypatch.context() as patch:
        patch.setattr(stands, "RESPONDER", folder / "build" / "gemini-balance.fcgi")
        patch.setattr(stands, "GBCTL", folder / "build" / "gbctl")
        patch.setattr(stands, "ROOT", folder / "source")
        yield


@pytest.fixture
def site(tmp_path, upstream):
    made = Stand(tmp_path / "site", {
        "API_KEYS": KEYS[:3], "ALLOWED_TOKENS": [TOKEN], "AUTH_TOKEN": ADMIN_TOKEN, "BASE_URL": upstream.url,
        "CHECK_INTERVAL_HOURS": "0", "POOL_MAX_WAIT": "0", "MAX_RETRIES": "3"}, procs=3)
    yield made
    if made.lighttpd:
        made.stop()


def version(path):
    with closing(sqlite3.connect(path)) as base:
        return base.execute("SELECT max(version) FROM schema_versions").fetchone()[0]


def calls(site):
    return sorted(logged(site, "SELECT time_ms, model, status FROM request_rows"))


def totals(site):
    return stored(site, "SELECT sum(requests), sum(successes) FROM usage_total WHERE span = 2")[0]


def rests(site):
    return sorted(stored(site, "SELECT key_id, model, until_ms FROM rests"))


def live_a_day(site, upstream):
    """What a store gathers: keys by hand, one paused, one that rests, a token, a setting, calls."""
    site.gbctl("keys", "add", "--label", LABEL, KEYS[3])
    site.gbctl("keys", "pause", KEYS[3])
    site.gbctl("settings", "set", "MAX_FAILURES", "7")
    token = re.search(r"sk-\w+", site.gbctl("token", "new", "--name", "an older friend").stdout).group(0)
    for number in range(12):
        assert site.chat().status_code == 200
    upstream.script(gemini_reply(gemini.QUOTA_DAY))
    assert site.chat().status_code == 200  # by another key
    wait_until(lambda: len(calls(site)) == 13 and totals(site)[0] >= 13 and rests(site), 20, "the rows")
    return token


@pytest.mark.parametrize("end", ["stopped", "killed"])
@pytest.mark.parametrize("old", OLD, ids=lambda path: path.name)
def test_upgrade(site, upstream, monkeypatch, old, end):
    main, log = map(int, old.name.split("."))
    with program_of(old, monkeypatch):
        site.start()
        token = live_a_day(site, upstream)
        if end == "killed":
            orphans = site.pids()  # they outlive the web server that started them
            site.expected_signals.add(signal.SIGKILL)
            for pid in [site.lighttpd.pid, *orphans]:
                os.kill(pid, signal.SIGKILL)
            site.lighttpd.wait(20)
        else:
            site.stop()
    rows, counted, resting = calls(site), totals(site), rests(site)
    assert resting
    assert version(site.data / "gemini-balance.db") == main and version(site.data / "log.db") == log

    site.settings |= {"API_KEYS": [], "ALLOWED_TOKENS": []}  # what is there comes from the store
    site.start()  # three processes at once
    for secret in (TOKEN, token):
        assert site.chat(token=secret).status_code == 200
    assert site.chat(token="sk-of-nobody").status_code == 401
    exported = json.loads(site.gbctl("export", "-").stdout)
    keys = {key["secret"]: key for key in exported["keys"]}
    assert set(keys) == set(KEYS)
    assert (keys[KEYS[3]]["label"], keys[KEYS[3]]["state"]) == (LABEL, "paused")
    assert site.gbctl("settings", "get", "MAX_FAILURES").stdout.strip() == "7"
    assert set(rows) <= set(calls(site))
    assert totals(site) >= counted and set(resting) <= set(rests(site))
    login = site.post("/auth", f"auth_token={ADMIN_TOKEN}", token=None,
                      headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert login.status_code == 303
    assert site.gbctl("db", "check").returncode == 0
    for name, store in STORES.items():
        assert version(site.data / name) == newest(store)
    copy = site.data / f"gemini-balance.db.v{main}"
    if main < newest("main"):
        assert version(copy) == main and copy.stat().st_mode & 0o777 == 0o600
    site.stop()
    assert not site.complaints()

    with program_of(old, monkeypatch):
        refused = subprocess.run(site.arguments() + ["--socket", str(site.folder / "s")], env=site.environment(),
                                 capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, cwd=site.folder)
        assert refused.returncode != 0 and "newer" in refused.stdout + refused.stderr
        refused = site.gbctl("keys", "list", check=False)
        assert refused.returncode != 0 and "newer" in refused.stderr
        # The way back: the copy in place of the store, where that is another one, and a new log.
        for path in [*site.data.glob("gemini-balance.db*"), *site.data.glob("log.db*")]:
            if path != copy and (copy.exists() or path.name.startswith("log")):
                path.unlink()
        if copy.exists():
            copy.rename(site.data / "gemini-balance.db")
        assert LABEL in site.gbctl("keys", "list").stdout
