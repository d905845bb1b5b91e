"""A clean system in a folder, with the Debian package installed in it: commands in it, and its services started by
the commands of their units, for nothing is process 1 there. GB_SYSTEM is its root, GB_INSTALL_LOG what apt printed."""

import contextlib
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import httpx

from stand import free_port, wait_until

ROOT = Path(os.environ["GB_SYSTEM"])
LOG = Path(os.environ["GB_INSTALL_LOG"]).read_text(errors="replace")
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


def output(*command, stdin="", **options):
    process = inside(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                     **options)
    text = process.communicate(stdin, timeout=120)[0]
    assert process.returncode == 0, text
    return text


def unit(name):
    """A unit's settings, each with its last value."""
    return dict(re.findall(r"^(\w+)=(.*)$", (UNITS / name).read_text(), re.M))


def token(kind):
    return re.search(rf"^{kind} token +(\S+)$", LOG, re.M).group(1)


def listener_of(path, user):
    """What gemini-balance.socket opens."""
    (ROOT / path[1:]).parent.mkdir(exist_ok=True)
    (ROOT / path[1:]).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(ROOT / path[1:].rpartition("/")[0])  # a socket's path may have 107 bytes only
    listener.bind(path.rpartition("/")[2])
    os.chdir(here)
    os.chown(ROOT / path[1:], user, 33)
    (ROOT / path[1:]).chmod(0o660)
    listener.listen(64)
    return listener


@contextlib.contextmanager
def services():
    """Both services, as systemd would start them; the address."""
    responder, web = unit("gemini-balance.service"), unit("gemini-balance-web.service")
    user, group = (int(output("id", which, responder["User"])) for which in ("-u", "-g"))
    listener = listener_of(unit("gemini-balance.socket")["ListenStream"], user)
    runtime = ROOT / "run" / web["RuntimeDirectory"]
    runtime.mkdir(exist_ok=True)
    os.chown(runtime, user, group)
    port = free_port()
    shipped = (ROOT / "etc/gemini-balance/lighttpd.conf").read_text()
    assert 'server.bind = "127.0.0.1"' in shipped and "server.port = 8000" in shipped
    (ROOT / "tmp/lighttpd.conf").write_text(shipped.replace("server.port = 8000", f"server.port = {port}"))
    web_command = web["ExecStart"].replace("/etc/gemini-balance/lighttpd.conf", "/tmp/lighttpd.conf").split()
    who = f"{user}:{group}"
    started = [inside(*responder["ExecStart"].split(), who=who, stdin=listener, environment=responder["Environment"]),
               inside(*web_command, who=who, stdin=subprocess.DEVNULL)]
    url = f"http://127.0.0.1:{port}"

    def healthy():
        assert all(each.poll() is None for each in started)
        try:
            return "ready" in httpx.get(url + "/health", timeout=20).text  # the web server's own 503 is a page
        except httpx.HTTPError:
            return False

    try:
        wait_until(healthy, 30, "answering")
        yield url
    finally:
        for each, number in zip(reversed(started), (signal.SIGINT, signal.SIGTERM)):
            each.send_signal(number)
            assert each.wait(30) == 0
        listener.close()
