"""A store that is locked for long, or a disk that is full: API calls still work on what is in memory, the
log says what could not be written, admin writes answer 503."""

import contextlib
import os
import sqlite3
import subprocess
import threading
import time

import pytest

import gemini
from admin_client import sign_in
from stand import ROOT, SLOW, TOKEN, wait_until
from stored import statuses_logged
from upstream import gemini_reply

FILES = ["gemini-balance.db", "log.db"]


class Locked:
    """Another program holds the write lock of both files."""

    def __init__(self, stand, files=FILES):
        self.connections = [sqlite3.connect(stand.data / name, isolation_level=None) for name in files]

    def __enter__(self):
        for connection in self.connections:
            connection.execute("PRAGMA busy_timeout = 5000")
            connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_):
        for connection in self.connections:
            connection.execute("ROLLBACK")
            connection.close()


@pytest.fixture
def signed_in():
    with contextlib.ExitStack() as clients:
        yield lambda stand: clients.enter_context(sign_in(stand))


def test_calls_go_on_while_the_store_is_locked(make_stand, upstream):
    stand = make_stand(keys=3)
    assert stand.chat().status_code == 200
    with Locked(stand):
        began = time.monotonic()
        for _ in range(12):
            answer = stand.chat()
            assert answer.status_code == 200, answer.text
        assert time.monotonic() - began < 30 * SLOW, "each waited for the lock, five seconds"
        assert stand.get("/v1/models").status_code == 200
        assert stand.get("/health").status_code in (200, 503)
    assert stand.chat().status_code == 200
    assert "in order" in stand.gbctl("db", "check").stdout


def test_keys_that_fail_while_it_is_locked_are_left_alone_all_the_same(make_stand, upstream):
    stand = make_stand(keys=3)
    upstream.always(gemini_reply(gemini.KEY_LEAKED), key=stand.keys[0])
    with Locked(stand):
        for _ in range(6):
            assert stand.chat().status_code == 200
        assert upstream.keys_used()[stand.keys[0]] <= 1
    wait_until(lambda: stand.chat().status_code == 200 and
               stand.gbctl("keys", "list", "--state", "dead").stdout.strip(), 20, "death in the store")


def test_admin_writes_answer_503(make_stand, signed_in):
    stand = make_stand()
    admin = signed_in(stand)
    with Locked(stand, FILES[:1]):
        answer = admin.post("/keys/add", data={"csrf": admin.csrf, "keys": "AIzaSyB4kQ9w-Zr3TmVx7Lp2Nc8Yd5Hs1Fg6JuA"})
        assert answer.status_code == 503
    assert stand.get("/health").json()["keys"]["total"] == 3


def test_what_could_not_be_written_is_in_the_log(make_stand):
    stand = make_stand()
    stand.chat()
    with Locked(stand):
        stand.chat()
        wait_until(lambda: "journal" in stand.log() or "store" in stand.log(), 20, "a line in the log")
        wait_until(lambda: any("ERROR" in line.upper() or "WARN" in line.upper() for line in stand.log().splitlines()
                               if "journal" in line or "store" in line), 20, "a warning")


@pytest.fixture
def small_disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder):
    with open(folder / "filler", "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass


def test_a_full_disk(make_stand, upstream, small_disk, signed_in):
    stand = make_stand(keys=3, DATA_DIR=str(small_disk / "data"))
    admin = signed_in(stand)
    assert stand.chat().status_code == 200
    wait_until(lambda: statuses_logged(stand), what="the log's row")
    fill(small_disk)
    for _ in range(10):
        answer = stand.chat("a question " * 50)
        assert answer.status_code == 200, answer.text
    paste = "\n".join(f"AIzaSyB4kQ9w-Zr3TmVx7Lp2Nc8Yd5Hs1{number:06d}" for number in range(400))
    answer = admin.post("/keys/add", data={"csrf": admin.csrf, "keys": paste})
    assert answer.status_code == 503
    (small_disk / "filler").unlink()
    assert stand.chat().status_code == 200
    wait_until(lambda: stand.get("/health").json()["store"] == "reachable")
    assert "in order" in stand.gbctl("db", "check").stdout
    stand.stop()


def test_reading_and_writing_at_once(make_stand, signed_in):
    """Admin pages, gbctl and calls at the same time: nobody is refused."""
    stand = make_stand(procs=2)
    admin = signed_in(stand)
    statuses = []

    def call():
        statuses.extend(stand.chat().status_code for _ in range(20))

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for number in range(6):
        stand.gbctl("keys", "add", f"AIzaSyB4kQ9w-Zr3TmVx7Lp2Nc8Yd5Hs1{number:06d}")
        statuses.append(admin.get("/keys").status_code)
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}


def move(stand, to):
    """The main database with its log away to a folder, or back."""
    here, there = (stand.data, to) if (stand.data / FILES[0]).exists() else (to, stand.data)
    for path in here.glob(FILES[0] + "*"):
        path.rename(there / path.name)


def test_a_store_that_was_taken_away(make_stand, upstream, tmp_path, signed_in):
    """What is written to a file without a name is lost: it is refused, and what works on memory goes on."""
    stand = make_stand(keys=3)
    admin = signed_in(stand)
    assert stand.chat().status_code == 200
    (tmp_path / "away").mkdir()
    move(stand, tmp_path / "away")
    for _ in range(6):
        assert stand.chat().status_code == 200
    answer = admin.post("/keys/add", data={"csrf": admin.csrf, "keys": "AIzaSyB4kQ9w-Zr3TmVx7Lp2Nc8Yd5Hs1Fg6JuA"})
    assert answer.status_code == 503
    assert stand.get("/health").json()["store"] != "reachable"
    assert "store.moved" in stand.log()
    move(stand, tmp_path / "away")
    wait_until(lambda: stand.get("/health").json()["store"] == "reachable", 20, "the store's return")
    answer = admin.post("/keys/add", data={"csrf": admin.csrf, "keys": "AIzaSyB4kQ9w-Zr3TmVx7Lp2Nc8Yd5Hs1Fg6JuA"})
    assert answer.status_code == 303
    assert "in order" in stand.gbctl("db", "check").stdout
    stand.restart()
    assert stand.get("/health").json()["keys"]["total"] == 4


def test_a_damaged_log_does_not_keep_calls_away(make_stand, upstream):
    stand = make_stand()
    assert stand.chat().status_code == 200
    stand.stop()
    (stand.data / "log.db").write_bytes(b"this is no database " * 1000)
    stand.start()
    assert stand.chat().status_code == 200
    assert (stand.data / "log.db.damaged").exists() and "store.damaged" in stand.log()
    stand.stop()
    assert len(statuses_logged(stand)) == 1


@pytest.mark.parametrize("file, folder", list(zip(FILES, ["main", "log"])), ids=["main", "log"])
def test_a_store_of_a_newer_program_is_refused(make_stand, file, folder):
    """Both programs name the two versions, and leave the store as it is."""
    alone = make_stand(front="none", keys=2)
    alone.gbctl("keys", "list")
    known = len(list((ROOT / "fcgi" / "store" / "schema" / folder).glob("*.sql")))
    with contextlib.closing(sqlite3.connect(alone.data / file)) as store:
        store.execute("INSERT INTO schema_versions SELECT ?, 'of tomorrow', applied_ms FROM schema_versions"
                      " WHERE version = ?", [known + 4, known])
        store.commit()
    before = (alone.data / file).read_bytes()
    responder = subprocess.run([*alone.arguments(), "--socket", alone.address], env=alone.environment(), text=True,
                               cwd=alone.folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    for done in [responder, alone.gbctl("keys", "list", check=False), alone.gbctl("db", "check", check=False)]:
        told = done.stdout + done.stderr
        assert done.returncode not in (0, -6, -11), told
        assert f"{file}: the database has schema version {known + 4} and this program knows up to {known}" in told
        assert "newer version of the program" in told
    assert (alone.data / file).read_bytes() == before
    assert not list(alone.data.glob("*.damaged")) and not list(alone.data.glob("*.v*"))


def test_tokens_are_still_checked_while_it_is_locked(make_stand):
    stand = make_stand()
    with Locked(stand):
        assert stand.chat(token=TOKEN).status_code == 200
        assert stand.chat(token="wrong").status_code in (401, 503)
