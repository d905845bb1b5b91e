"""The Debian package in a clean system without systemd as process 1: what installing it left, and its services,
started by the commands of their units. GB_SYSTEM is the system's root, GB_INSTALL_LOG what apt printed."""

import os
import re
import signal
import socket
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from stand import free_port, wait_until

ROOT = Path(os.environ["GB_SYSTEM"])
LOG = Path(os.environ["GB_INSTALL_LOG"]).read_text()
UNITS = ROOT / "lib/systemd/system"
INSIDE = """
set -e
mount --make-rprivate /
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin $ENVIRONMENT chroot --userspec="$WHO" "$ROOT" "$@"
"""


def inside(*command, who="root:root", environment="", **options):
    return subprocess.Popen(["unshare", "--mount", "sh", "-c", INSIDE, "sh", *command],
                            env={"PATH": os.environ["PATH"], "ROOT": str(ROOT), "WHO": who,
                                 "ENVIRONMENT": environment}, **options)


def output(*command, **options):
    process = inside(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                     stdin=subprocess.DEVNULL, **options)
    text = process.communicate(timeout=120)[0]
    assert process.returncode == 0, text
    return text


def unit(name):
    """A unit's settings, each with its last value."""
    return dict(re.findall(r"^(\w+)=(.*)$", (UNITS / name).read_text(), re.M))


def token(kind):
    return re.search(rf"^{kind} token +(\S+)$", LOG, re.M).group(1)


@pytest.fixture(scope="module")
def service():
    """Both services, as systemd would start them; the address."""
    responder, web = unit("gemini-balance.service"), unit("gemini-balance-web.service")
    path = unit("gemini-balance.socket")["ListenStream"]
    (ROOT / path[1:]).parent.mkdir(exist_ok=True)
    (ROOT / path[1:]).unlink(missing_ok=True)
    user, group = output("id", "-u", responder["User"]).strip(), output("id", "-g", responder["User"]).strip()
    listener = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(ROOT / path[1:].rpartition("/")[0])  # a socket's path may have 107 bytes only
    listener.bind(path.rpartition("/")[2])
    os.chdir(here)
    os.chown(ROOT / path[1:], int(user), 33)
    (ROOT / path[1:]).chmod(0o660)
    listener.listen(64)
    runtime = ROOT / "run" / web["RuntimeDirectory"]
    runtime.mkdir(exist_ok=True)
    os.chown(runtime, int(user), int(group))
    port = free_port()
    config = ROOT / "etc/gemini-balance/lighttpd.conf"
    shipped = config.read_text()
    assert 'server.bind = "127.0.0.1"' in shipped and "server.port = 8000" in shipped
    (ROOT / "tmp/lighttpd.conf").write_text(shipped.replace("server.port = 8000", f"server.port = {port}"))
    started = [inside(*responder["ExecStart"].split(), who=f"{user}:{group}", stdin=listener,
                      environment=responder["Environment"]),
               inside(*web["ExecStart"].replace(f"/{config.relative_to(ROOT)}", "/tmp/lighttpd.conf").split(), who=f"{user}:{group}", stdin=subprocess.DEVNULL)]
    url = f"http://127.0.0.1:{port}"

    def healthy():
        assert all(each.poll() is None for each in started)
        try:
            return httpx.get(url + "/health", timeout=20).status_code == 200
        except httpx.HTTPError:
            return False

    wait_until(healthy, 30, "answering")
    yield url
    for each, number in zip(reversed(started), (signal.SIGINT, signal.SIGTERM)):
        each.send_signal(number)
        assert each.wait(30) == 0
    listener.close()


def test_it_asked_for_nothing_and_said_where_it_is():
    assert "http://127.0.0.1:8000" in LOG
    assert len(token("Admin")) >= 40 and len(token("Client")) >= 40


def test_files_belong_to_the_right_people():
    user = int(output("id", "-u", "gemini-balance"))
    assert user < 1000
    data, env = ROOT / "var/lib/gemini-balance", ROOT / "etc/gemini-balance/gemini-balance.env"
    assert data.stat().st_uid == user and stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {path.stat().st_uid for path in data.iterdir()} == {user}
    assert env.stat().st_uid == 0 and stat.S_IMODE(env.stat().st_mode) == 0o640
    enabled = {path.name for path in (ROOT / "etc/systemd/system").rglob("gemini-balance*")}
    assert enabled == {"gemini-balance.socket", "gemini-balance.service", "gemini-balance-web.service"}


def test_it_answers_where_it_said(service, upstream):
    client = {"Authorization": f"Bearer {token('Client')}"}
    output("gbctl", "settings", "set", "BASE_URL", upstream.url)
    output("gbctl", "keys", "add", "AQ.Test_0001_k9Qw3ZrT7uLp2VbN5mXc")
    body = {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}]}

    def chat():
        answer = httpx.post(service + "/v1/chat/completions", json=body, headers=client, timeout=30)
        return answer.status_code == 200 and answer.json()["choices"][0]["message"]["content"]

    assert wait_until(chat, 20, "the key's use") == "Hello from Gemini"
    assert httpx.post(service + "/auth", data={"auth_token": token("Admin")}, timeout=30).status_code == 303
    assert httpx.get(service + "/static/admin.css", timeout=30).status_code == 200
    # gbctl as root leaves no file that the service could not write.
    user = int(output("id", "-u", "gemini-balance"))
    assert {path.stat().st_uid for path in (ROOT / "var/lib/gemini-balance").iterdir()} == {user}


def test_installing_again_keeps_everything(service, upstream):
    before = output("gbctl", "token", "list")
    again = output("sh", "-c", "dpkg -i /tmp/package.deb 2>&1")
    assert "Admin token" not in again
    assert output("gbctl", "token", "list") == before


def test_purge_leaves_nothing():
    output("sh", "-c", "DEBIAN_FRONTEND=noninteractive dpkg --purge gemini-balance 2>&1")
    assert not (ROOT / "var/lib/gemini-balance").exists()
    assert not (ROOT / "etc/gemini-balance").exists()
    assert not list((ROOT / "etc/systemd/system").rglob("gemini-balance*"))
