"""An image that buildah built, run as an engine runs it: its root read-only, its own process table with
the entry point as process 1, its environment and its user. GB_IMAGE_ROOT is the mounted image, GB_IMAGE
its configuration as buildah prints it."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import httpx
import pytest
import yaml

from stand import ADMIN_TOKEN, SLOW, TOKEN, chunks_of, free_port, text_of, wait_until
from upstream import HANG, Answer, text
import gemini

HERE = Path(__file__).resolve().parent
ROOT = Path(os.environ["GB_IMAGE_ROOT"])
CONFIG = json.loads(Path(os.environ["GB_IMAGE"]).read_text())["Docker"]["config"]
KEYS = "AQ.Test_0001_k9Qw3ZrT7uLp2VbN5mXc,AQ.Test_0002_k9Qw3ZrT7uLp2VbN5mXc"
# Mounts of its own, gone with the process: the image without a way to write to it, and what an engine adds.
START = """
set -e
mount --make-rprivate /
if [ -z "$UPPER" ]; then
    mount --bind "$ROOT" "$PLACE"
else
    mount -t overlay overlay -o "lowerdir=$ROOT,upperdir=$UPPER,workdir=$UPPER.work" "$PLACE"
fi
mount -t proc proc "$PLACE/proc"
mount --rbind /dev "$PLACE/dev"
mount -t tmpfs tmpfs "$PLACE/dev/shm"
[ -z "$VOLUME" ] || mount --bind "$VOLUME" "$PLACE/app/data"
[ -z "$TMPFS" ] || mount -t tmpfs tmpfs "$PLACE/tmp"
[ -n "$UPPER" ] || mount -o remount,bind,ro "$PLACE"
cd "$PLACE"
exec env -i $ENVIRONMENT chroot --userspec="$USERSPEC" --groups= "$PLACE" $CONFINE "$@"
"""


class Container:
    """volume: a folder at /app/data; tmpfs: one at /tmp; writable: a root of its own that is gone with the container, as
    engines give it unless told otherwise; confined: without privileges, as compose.yaml says."""

    def __init__(self, folder, user="", volume=True, tmpfs=True, writable=False, confined=False, port=None, **environment):
        self.folder = folder
        self.place = folder / "place"
        self.place.mkdir()
        self.volume = folder / "volume"
        self.volume.mkdir()
        user = user or CONFIG["User"]
        self.userspec = user if ":" in user else f"{user}:0"
        os.chown(self.volume, *map(int, self.userspec.split(":")))
        self.volume.chmod(0o700)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = CONFIG["Env"] + [f"{name}={value}" for name, value in
                                            ({"PORT": self.port} | environment).items()]
        self.mounts = {"VOLUME": str(self.volume) if volume else "", "TMPFS": "yes" if tmpfs else "", "UPPER": "",
                       "CONFINE": "setpriv --no-new-privs --inh-caps=-all" if confined else ""}
        if writable:
            self.mounts["UPPER"] = str(folder / "upper")
            for name in ("upper", "upper.work"):
                (folder / name).mkdir()
        self.process = None

    def start(self, *arguments):
        script = START.replace("$ENVIRONMENT", " ".join(map(shlex.quote, self.environment)))
        self.output = open(self.folder / "output", "ab")
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh",
             *CONFIG["Entrypoint"], *arguments], stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "ROOT": str(ROOT), "PLACE": str(self.place),
                 "USERSPEC": self.userspec} | self.mounts)
        return self

    def run(self):
        self.start()
        wait_until(self.healthy, 60, "the health check")
        return self

    def healthy(self):
        assert self.process.poll() is None, self.log()
        try:
            return httpx.get(self.url + "/health", timeout=20 * SLOW).status_code == 200
        except httpx.HTTPError:
            return False

    def first(self):
        """The pid of process 1 inside."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def execute(self, *command):
        """As `docker exec` does."""
        return subprocess.run(
            ["nsenter", f"--target={self.first()}", "--mount", "--pid", "--root", "--wd", "setpriv", "--reuid=1000",
             "--regid=0", "--clear-groups", "env", "-i", *self.environment, *command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60 * SLOW)

    def terminate(self):
        os.kill(self.first(), signal.SIGTERM)
        return self.process.wait(60 * SLOW)

    def close(self):
        if self.process and self.process.poll() is None:
            # All inside end with their process 1. That of unshare alone would leave it: whoever has taken another
            # user's identity is no longer told of its parent's end.
            os.kill(self.first(), signal.SIGKILL)
            self.process.wait(20 * SLOW)

    def log(self):
        return (self.folder / "output").read_text(errors="replace")

    def chat(self, token=TOKEN, **fields):
        body = {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}]} | fields
        return httpx.post(self.url + "/v1/chat/completions", json=body, timeout=60 * SLOW,
                          headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def container(tmp_path, upstream):
    made = []

    def make(**options):
        folder = tmp_path / f"container{len(made)}"
        folder.mkdir()
        made.append(Container(folder, **({"BASE_URL": upstream.url, "API_KEYS": KEYS} | options)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def with_tokens(**options):
    return {"ALLOWED_TOKENS": f'["{TOKEN}"]', "AUTH_TOKEN": ADMIN_TOKEN} | options


def test_what_the_image_says_of_itself():
    assert CONFIG["User"] == "1000"
    assert list(CONFIG["ExposedPorts"]) == ["8000/tcp"]
    assert list(CONFIG["Volumes"]) == ["/app/data"]
    names = " ".join(CONFIG["Env"])
    assert "TOKEN" not in names and "KEY" not in names
    assert not list((ROOT / "app/data").iterdir())
    assert not (ROOT / "usr/bin/gcc").exists()


def test_answers_with_a_read_only_root(container, upstream):
    box = container(**with_tokens()).run()
    upstream.script(text("Hello from ", "a box"))
    assert box.chat().json()["choices"][0]["message"]["content"] == "Hello from a box"
    upstream.script(text("one ", "by ", "one", gap=0.05))
    assert text_of(chunks_of(box.chat(stream=True).content)) == "one by one"
    assert box.chat(token="wrong").status_code == 401
    assert httpx.get(box.url, timeout=20 * SLOW).status_code == 200
    # Nothing that was set is said, and nothing is made in its stead.
    assert TOKEN not in box.log() and ADMIN_TOKEN not in box.log() and "first start" not in box.log()
    assert "not a volume" not in box.log()
    assert not (box.volume / "tokens.env").exists()


def test_a_large_body_needs_no_writable_root(container, upstream):
    box = container(**with_tokens()).run()
    image = "data:image/png;base64," + "A" * (9 * 1024 * 1024)
    content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": image}}]
    assert box.chat(messages=[{"role": "user", "content": content}]).status_code == 200


def test_first_start_makes_tokens_and_prints_them_once(container, upstream):
    box = container().run()
    admin, client = re.search(r"Admin token +(\S+)\nClient token +(\S+)", box.log()).groups()
    assert box.chat(client).status_code == 200
    assert httpx.post(box.url + "/auth", data={"auth_token": admin}, timeout=20 * SLOW).status_code == 303
    assert box.terminate() == 0
    size = len(box.log())
    box.run()
    assert client not in box.log()[size:] and admin not in box.log()[size:]
    assert box.chat(client).status_code == 200


def test_sigterm_lets_answers_end(container, upstream):
    box = container(**with_tokens()).run()
    upstream.script(text("it ", "ends ", "well", gap=1))
    answers = []
    asking = threading.Thread(target=lambda: answers.append(box.chat(stream=True).content))
    asking.start()
    wait_until(lambda: upstream.requests, 30, "the call")
    assert box.terminate() == 0
    asking.join(30)
    assert text_of(chunks_of(answers[0])) == "it ends well"
    assert "app.stopped" in box.log()
    assert "unfinished=0" in box.log()


def test_sigterm_ends_within_the_grace_of_an_engine(container, upstream):
    box = container(**with_tokens(STOP_SECONDS="3")).run()
    upstream.script(Answer(*gemini.text_events("it "), end=HANG))
    asking = threading.Thread(target=lambda: swallow(box))
    asking.start()
    wait_until(lambda: upstream.requests, 30, "the call")
    begun = time.monotonic()
    assert box.terminate() == 0
    assert time.monotonic() - begun < 10 * SLOW  # what `docker stop` waits
    asking.join(30)


def swallow(box):
    try:
        box.chat(stream=True)
    except httpx.HTTPError:
        pass


@pytest.mark.parametrize("options", [{"user": "4711"}, {"user": "4711:4712"},
                                     {"user": "4711", "volume": True, "tmpfs": False}])
def test_any_user(container, upstream, options):
    box = container(**options, **with_tokens()).run()
    assert box.chat().status_code == 200
    assert {each.stat().st_uid for each in box.volume.iterdir()} == {4711}


def test_a_platform_that_sets_the_port_and_the_folder(container, upstream):
    box = container(**with_tokens(DATA_DIR="/tmp/data")).run()
    assert box.chat().status_code == 200
    assert "is lost with this container" in box.log()


def test_a_folder_that_cannot_be_written_is_said(container):
    box = container(volume=False, **with_tokens()).start()
    assert box.process.wait(60 * SLOW) == 1
    assert "cannot write to DATA_DIR" in box.log()


def test_the_health_check_as_an_engine_runs_it(container):
    check = CONFIG["Healthcheck"]["Test"]
    assert check[0] == "CMD-SHELL"
    box = container(**with_tokens()).run()
    assert box.execute("sh", "-c", check[1]).returncode == 0
    # It is the answer that counts, not that something listens.
    responder, = [int(each) for each in os.listdir("/proc") if each.isdigit() and is_responder(each, box)]
    os.kill(responder, signal.SIGSTOP)
    try:
        assert box.execute("sh", "-c", check[1]).returncode != 0
    finally:
        os.kill(responder, signal.SIGCONT)


def test_the_shells_way_in(container):
    box = container(**with_tokens()).run()
    listed = box.execute("gbctl", "keys", "list")
    assert listed.returncode == 0 and listed.stdout.count("active") == 2


# As `docker run --env-file` reads it: NAME=VALUE as it stands, quotes and all.
ENV_FILE = """
# what a user of gemini-balance has
DATABASE_TYPE=sqlite
SQLITE_DATABASE=default_db
API_KEYS=["{keys[0]}","{keys[1]}"]
ALLOWED_TOKENS='["{token}"]'
AUTH_TOKEN="{admin}"
BASE_URL="{base}"
TEST_MODEL=gemini-2.5-flash-lite
MAX_RETRIES="3"
TIME_OUT=300
PROXIES=[]
SHOW_SEARCH_LINK="true"
TIMEZONE='Asia/Shanghai'
SAFETY_SETTINGS='[{{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}}]'
LOG_LEVEL="info"
"""


def test_an_env_file_with_the_names_and_quotes_people_have(container, upstream):
    text_of_file = ENV_FILE.format(keys=KEYS.split(","), token=TOKEN, admin=ADMIN_TOKEN, base=upstream.url)
    settings = dict(line.split("=", 1) for line in text_of_file.splitlines() if line and not line.startswith("#"))
    box = container(**settings).run()
    assert box.chat().status_code == 200
    assert httpx.post(box.url + "/auth", data={"auth_token": ADMIN_TOKEN}, timeout=20 * SLOW).status_code == 303
    assert box.execute("gbctl", "settings", "get", "TIMEZONE").stdout.strip() == "Asia/Shanghai"
    assert box.execute("gbctl", "settings", "get", "MAX_RETRIES").stdout.strip() == "3"
    assert "first start" not in box.log()


def test_hugging_face_spaces(container, upstream):
    """Port 7860, user 1000, a root that is gone with the container; it says what that means."""
    port = 7860
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            port = free_port()
    box = container(volume=False, tmpfs=False, writable=True, port=port, user="1000", **with_tokens()).run()
    assert box.chat().status_code == 200
    assert "/app/data is not a volume" in box.log() and "is lost with this container" in box.log()
    assert box.terminate() == 0


def test_compose(container, upstream):
    """compose.yaml's own service: what it sets is how the container runs here."""
    service = yaml.safe_load((HERE.parents[1] / "compose.yaml").read_text())["services"]["gemini-balance"]
    assert service["build"] == "." and service["read_only"] and service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["data:/app/data"] and service["ports"] == ["127.0.0.1:8000:8000"]
    assert not service["env_file"][0]["required"]
    grace, stop = int(service["stop_grace_period"].rstrip("s")), int(service["environment"]["STOP_SECONDS"])
    assert stop < grace
    box = container(confined=True, **with_tokens(STOP_SECONDS=str(stop))).run()
    assert "NoNewPrivs:\t1" in Path(f"/proc/{box.first()}/status").read_text()
    assert "CapEff:\t0000000000000000" in Path(f"/proc/{box.first()}/status").read_text()
    assert box.chat().status_code == 200
    assert box.terminate() == 0


def test_another_command_instead(container):
    box = container(**with_tokens()).start("gbctl", "keys", "list")
    assert box.process.wait(60 * SLOW) == 0
    assert box.log().count("active") == 2


def test_a_crash_of_the_program_is_no_end(container, upstream):
    box = container(**with_tokens()).run()
    found = [int(each) for each in os.listdir("/proc") if each.isdigit() and is_responder(each, box)]
    assert len(found) == 1
    os.kill(found[0], signal.SIGKILL)
    wait_until(lambda: box.healthy() and box.chat().status_code == 200, 30, "coming back")


def is_responder(pid, box):
    try:
        same = os.readlink(f"/proc/{pid}/ns/pid") == os.readlink(f"/proc/{box.first()}/ns/pid")
        return same and "gemini-balance.fcgi" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
