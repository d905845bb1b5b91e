"""The router's package in a clean system, its scripts run by BusyBox's shell as the package manager and procd would run
them (openwrt/ stands for the system's own parts): it serves, keeps its log in memory, and writes nothing while idle."""

import contextlib
import hashlib
import re
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from chroots import ROOT, inside, output
from stand import chunks_of, free_port, text_of, wait_until
from upstream import text

USER = 850
PROCD = ROOT / "tmp/procd"
DATA, LOG = ROOT / "etc/gemini-balance/data", ROOT / "tmp/gemini-balance"
IDLE_SECONDS = 120
KEY = "AQ.Test_0001_k9Qw3ZrT7uLp2VbN5mXc"


def ash(*command):
    return output("busybox", "ash", *command)


def told(instance, what):
    path = PROCD / f"gemini-balance.{instance}.{what}"
    return path.read_text().splitlines() if path.exists() else None


class Procd:
    """Runs the instances that the init script told of."""

    def __init__(self):
        ash("/etc/rc.common", "/etc/init.d/gemini-balance", "start")
        self.running = {}
        for path in PROCD.glob("gemini-balance.*.command"):
            name = path.name.split(".")[1]
            self.running[name] = inside(
                *told(name, "command"), who=f"{USER}:{USER}", environment=" ".join(told(name, "env")),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(ROOT / "tmp" / f"{name}.log", "ab"))

    def url(self):
        env = dict(each.split("=", 1) for each in told("web", "env"))
        return f"http://{env['GB_BIND']}:{env['GB_PORT']}"

    def serves(self):
        assert all(each.poll() is None for each in self.running.values()), self.log()
        try:
            answer = httpx.get(self.url() + "/health", timeout=10)
        except httpx.HTTPError:
            return False
        return "ready" in answer.text  # lighttpd's own 503 is a page

    def log(self):
        return "".join((ROOT / "tmp" / f"{name}.log").read_text() for name in ("responder", "web"))

    def stop(self):
        for each in self.running.values():
            each.send_signal(signal.SIGTERM)
        return {name: each.wait(40) for name, each in self.running.items()}


@contextlib.contextmanager
def started():
    procd = Procd()
    try:
        wait_until(procd.serves, 20, "serving")
        yield procd
    finally:
        codes = procd.stop()
    # lighttpd 1.4.69 ends with 1 now and then after it has stopped in order.
    assert codes["responder"] == 0, f"{codes}\n{procd.log()}"
    assert procd.log().rstrip().rpartition("\n")[2].partition(") ")[2].startswith("server stopped by"), procd.log()


def option(name, value):
    output("uci", "set", f"gemini-balance.main.{name}={value}")


@pytest.fixture(scope="module")
def memory():
    """/tmp is in memory, as on a router."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(ROOT / "tmp")], check=True)
    yield
    subprocess.run(["umount", "-l", str(ROOT / "tmp")], check=True)


@pytest.fixture(scope="module")
def installed(memory):
    """What the package manager does after it has unpacked the files."""
    (ROOT / "etc/config").mkdir(exist_ok=True)
    (ROOT / "etc/config/network").write_text("config interface 'lan'\n\toption ipaddr '127.0.0.1/8'\n")
    (ROOT / "usr/bin/logger").write_text('#!/bin/sh\necho "$@" >>/tmp/syslog\ncat >>/tmp/syslog\n')
    (ROOT / "usr/bin/logger").chmod(0o755)
    output("useradd", "--system", "--no-create-home", "--uid", str(USER), "--user-group", "gemini-balance")
    ash("/etc/uci-defaults/60-gemini-balance")
    (ROOT / "etc/uci-defaults/60-gemini-balance").unlink()
    ash("/etc/rc.common", "/etc/init.d/gemini-balance", "enable")
    option("port", free_port())
    output("gbctl", "keys", "add", KEY)
    return re.search(r"sk-\w+", output("gbctl", "token", "list", "--reveal")).group(0)


def chat(url, token, **fields):
    body = {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}]} | fields
    return httpx.post(url + "/v1/chat/completions", json=body, timeout=30, headers={"Authorization": f"Bearer {token}"})


def test_what_installing_leaves(installed):
    assert output("uci", "get", "gemini-balance.main.bind").strip() == "127.0.0.1"
    assert DATA.stat().st_uid == USER and DATA.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_uid for path in DATA.iterdir()} == {USER}
    said = (ROOT / "tmp/syslog").read_text()
    assert "gbctl token list --reveal" in said and installed not in said
    assert {path.name for path in (ROOT / "etc/rc.d").iterdir()} == {"S95gemini-balance", "K10gemini-balance"}
    assert "libctemplate" not in output("ldd", "/usr/libexec/gemini-balance/gemini-balance.fcgi")
    assert "libstdc++" not in output("ldd", "/usr/bin/gbctl")


def test_it_serves_without_the_admin(installed, upstream):
    output("gbctl", "settings", "set", "BASE_URL", upstream.url)
    with started() as procd:
        assert set(procd.running) == {"responder", "web"}
        upstream.script(text("one ", "by ", "one"))
        assert text_of(chunks_of(chat(procd.url(), installed, stream=True).content)) == "one by one"
        assert chat(procd.url(), "sk-of-nobody").status_code == 401
        assert httpx.get(procd.url() + "/auth", timeout=10).status_code == 404
        wait_until(lambda: (LOG / "log.db").exists(), 20, "the log in memory")
        assert not (DATA / "log.db").exists()
        assert KEY not in procd.log() and installed not in procd.log()


def test_options_are_followed(installed, upstream):
    option("workers", "3")
    option("log_max_mb", "7")
    with started() as procd:
        env = dict(each.split("=", 1) for each in told("responder", "env"))
        assert (env["WORKERS"], env["LOG_MAX_MB"], env["LOG_DIR"]) == ("3", "7", "/tmp/gemini-balance")
        assert told("responder", "respawn") == [] and told("responder", "user") == ["gemini-balance"]
        assert (PROCD / "gemini-balance.trigger").read_text() == "gemini-balance\n"
    option("enabled", "0")
    assert Procd().running == {}
    option("enabled", "1")
    option("workers", "8")


def test_what_is_on_flash_survives_a_start(installed, upstream):
    output("sh", "-c", "rm -rf /tmp/gemini-balance /var/run/gemini-balance")
    output("gbctl", "settings", "set", "BASE_URL", upstream.url)
    with started() as procd:
        assert chat(procd.url(), installed).status_code == 200


def on_flash():
    """Every file of DATA_DIR: what it holds, and when it was written."""
    return {path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            for path in DATA.rglob("*") if path.is_file()}


def written_by(pid):
    """Bytes that the process has sent towards a disk, pages that it has mapped included."""
    return int(re.search(r"^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.M).group(1))


def test_an_idle_router_writes_nothing(installed, upstream):
    output("gbctl", "settings", "set", "BASE_URL", upstream.url)
    with started() as procd:
        for _ in range(5):
            assert chat(procd.url(), installed).status_code == 200
        pid = procd.running["responder"].pid

        def settled():
            before = on_flash(), written_by(pid)
            time.sleep(3)
            return before == (on_flash(), written_by(pid))

        wait_until(settled, 60, "the last of the counters")
        before, bytes_before = on_flash(), written_by(pid)
        time.sleep(IDLE_SECONDS)
        changed = {name for name, found in on_flash().items() if found != before.get(name)}
        print(f"\nfigure: idle_bytes {written_by(pid) - bytes_before}")
        assert not changed and set(on_flash()) == set(before)
        assert written_by(pid) == bytes_before
        # The measure works: a call is seen in it.
        assert chat(procd.url(), installed).status_code == 200
        wait_until(lambda: on_flash() != before and written_by(pid) > bytes_before, 20, "a call's counters")
