"""The program behind its web server, as a test wants it: started on free ports with its own DATA_DIR,
stopped by process id, and looked over for crashes and sanitizer reports at the end."""

import itertools
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx

import shapes

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = Path(os.environ.get("GB_BUILD", ROOT / "build-tests")).resolve()
RESPONDER = BUILD / "gemini-balance.fcgi"
GBCTL = BUILD / "gbctl"
SLOW = float(os.environ.get("GB_SLOW", "1"))  # how many times slower than usual this build is
TOKEN = "client-token-of-the-tests-0001"
ADMIN_TOKEN = "admin-token-of-the-tests-0001"
START_SECONDS = 20
STOP_SECONDS = 20
REPORTS = re.compile(r"ERROR: \w*Sanitizer|WARNING: ThreadSanitizer|runtime error:|"
                     r"child signalled|died of signal|assertion .* failed|stack smashing", re.I)
# The leak check of a process that was killed in the middle of it.
CUT_LEAK_CHECK = re.compile(r"^==\d+==Unable to get registers from thread \d+\.\n", re.M)
TRANSLATED = ("/v1/chat/completions", "/hf/v1/chat/completions", "/v1/completions")
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")

FRONT = ROOT / "conf" / "quickstart-lighttpd.conf.in"  # what quickstart.sh runs is what is tested
OTHER_FRONT = """
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{folder}/web"
server.errorlog = "/dev/stderr"
server.modules = ("mod_alias", "mod_cgi", "mod_fastcgi")
server.stream-response-body = 1
"""
OUTSIDE = """
fastcgi.server = ("/" => (({address}, "check-local" => "disable", "tcp-fin-propagate" => "enable")))
"""
CGI = """
alias.url = ("" => "{folder}/gemini-balance.cgi")
cgi.assign = ("" => "")
"""


def free_port():
    """None that a test process beside this one is given, whose server would answer in the place of ours."""
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    for _ in range(1000):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port // 2 % count == number:  # the system gives odd ones mostly
            return port
    raise AssertionError("no free port")


def wait_until(condition, seconds=20, what="it"):
    """Waits for a true value of condition() and returns it."""
    deadline = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds * SLOW:g} s")
        time.sleep(0.02)


def children_of(pid):
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if entry.name.isdigit() and int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(entry.name))
    return sorted(found)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Stand:
    """One installation: a folder with data, a lighttpd and its responders.

    front: "spawned" (lighttpd starts max-procs responders), "socket" (one responder of its own socket,
    lighttpd only connects), "cgi" (a process for each request), "none" (gbctl only).
    """

    below = ""  # the path under which it is

    def __init__(self, folder, settings, front="spawned", procs=1, address=None):
        self.folder, self.front, self.procs = Path(folder), front, procs
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "web").mkdir(exist_ok=True)
        self.data = Path(settings.get("DATA_DIR", self.folder / "data"))
        self.address = address or str(self.folder / "own.sock")
        self.settings = {"DATA_DIR": str(self.data)} | settings
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lighttpd = self.responder = None
        self.expected_signals = set()
        self.questions = itertools.count()
        self.ended = []  # exit codes of responders that were ours

    # --- life -----------------------------------------------------------------------------------

    def environment(self):
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        report = f"log_path={self.folder}/sanitizer"
        passed |= {"ASAN_OPTIONS": f"{report}:detect_leaks=1", "UBSAN_OPTIONS": f"{report}:print_stacktrace=1",
                   "TSAN_OPTIONS": f"{report}:suppressions={HERE}/tsan.supp"}
        return passed | {name: as_text(value) for name, value in self.settings.items()}

    def arguments(self):
        return [str(RESPONDER), "--env-file", str(self.folder / "env"),
                "--templates", str(ROOT / "templates"), "--static", str(ROOT / "static")]

    def start(self):
        (self.folder / "env").touch()
        if self.front == "socket":
            self.start_responder()
        if self.front != "none":
            self.start_lighttpd()
        return self

    def start_responder(self):
        with open(self.folder / "responder.log", "ab") as log:
            self.responder = subprocess.Popen(self.arguments() + ["--socket", self.address],
                                              stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                              env=self.environment(), cwd=self.folder)
        wait_until(self.listens, START_SECONDS, "listening")

    def listens(self):
        if self.responder.poll() is not None:
            raise AssertionError("the responder ended at once:\n" + self.log())
        if ":" in self.address and "/" not in self.address:
            host, _, port = self.address.rpartition(":")
            where, family = (host, int(port)), socket.AF_INET
        else:
            where, family = self.address, socket.AF_UNIX
        with socket.socket(family) as probe:
            return probe.connect_ex(where) == 0

    def start_lighttpd(self):
        config = self.folder / "lighttpd.conf"
        config.write_text(self.configuration())
        with open(self.folder / "responder.log", "ab") as log:
            self.lighttpd = subprocess.Popen(["lighttpd", "-D", "-f", str(config)], stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, env=self.environment(), cwd=self.folder)
        wait_until(self.answers, START_SECONDS, "answering")

    def configuration(self):
        common = OTHER_FRONT.format(port=self.port, folder=self.folder)
        if self.front == "cgi":
            script = self.folder / "gemini-balance.cgi"
            # A CGI program gets the request's environment only.
            exports = [f"export {name}={shlex.quote(value)}" for name, value in self.environment().items()]
            script.write_text("\n".join(["#!/bin/sh", *exports, "exec " + " ".join(self.arguments())]) + "\n")
            script.chmod(0o755)
            return common + CGI.format(folder=self.folder)
        if self.front == "socket":
            host, _, port = self.address.rpartition(":")
            return common + OUTSIDE.format(address=f'"host" => "{host}", "port" => {port}' if host
                                           else f'"socket" => "{self.address}"')
        text = FRONT.read_text()
        for name, value in {"BIND": "127.0.0.1", "PORT": self.port, "PROCS": self.procs, "DEMO": "",
                            "RUN_DIR": self.folder / "web", "RESPONDER": RESPONDER,
                            "TEMPLATES": ROOT / "templates", "STATIC": ROOT / "static",
                            "ENV_FILE": f" --env-file {self.folder}/env"}.items():
            text = text.replace(f"@{name}@", str(value))
        return text

    def answers(self):
        if self.lighttpd.poll() is not None:
            raise AssertionError("lighttpd ended at once:\n" + self.log())
        try:
            return httpx.get(self.url + "/health", timeout=START_SECONDS).status_code in (200, 503)
        except httpx.HTTPError:
            return False

    def broke_down(self):
        """Whether the web server has ended by a fault of its own that is known."""
        return False

    def pids(self):
        """The responders that run now."""
        if self.responder:
            return [self.responder.pid] if self.responder.poll() is None else []
        return children_of(self.lighttpd.pid) if self.lighttpd else []

    def stop(self):
        pids = self.pids()
        if self.lighttpd and self.lighttpd.poll() is None:
            self.lighttpd.send_signal(signal.SIGTERM)
        if self.responder and self.responder.poll() is None:
            self.responder.send_signal(signal.SIGTERM)
        for process in (self.lighttpd, self.responder):
            if process:
                finish(process)
        if self.responder:
            self.ended.append(self.responder.returncode)
        deadline = time.monotonic() + STOP_SECONDS * SLOW
        for pid in pids:
            while alive(pid) and time.monotonic() < deadline:
                time.sleep(0.02)
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
                raise AssertionError(f"responder {pid} did not stop:\n" + self.log())
        self.lighttpd = self.responder = None

    def restart(self):
        self.stop()
        return self.start()

    def kill_responders(self):
        """kill -9, as a crash of the machine would."""
        self.expected_signals.add(signal.SIGKILL)
        pids = self.pids()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return pids

    # --- looking in -----------------------------------------------------------------------------

    def log(self):
        path = self.folder / "responder.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def complaints(self):
        """Lines that tell of a crash or of a sanitizer's find."""
        lines = [line for line in self.log().splitlines() if REPORTS.search(line)]
        if signal.SIGKILL in self.expected_signals:
            lines = [line for line in lines if "child signalled: 9" not in line]
        for code in self.ended:
            if code < 0 and -code not in self.expected_signals:
                lines.append(f"the responder died of signal {-code}")
        for report in self.folder.glob("sanitizer.*"):
            text = report.read_text(errors="replace")
            if signal.SIGKILL in self.expected_signals:
                text = CUT_LEAK_CHECK.sub("", text)
            if text:
                lines.append(text)
        return lines

    def gbctl(self, *arguments, check=True, stdin=None, settings=None):
        done = subprocess.run([str(GBCTL), "--env-file", str(self.folder / "env"), *arguments],
                              input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, cwd=self.folder,
                              env=self.environment() | (settings or {}))
        if check and done.returncode != 0:
            raise AssertionError(f"gbctl {arguments} ended with {done.returncode}: {done.stderr}")
        return done

    # --- asking ---------------------------------------------------------------------------------

    def post(self, path, body, token=TOKEN, **options):
        return self.request("POST", path, body, token, **options)

    def get(self, path, token=TOKEN, **options):
        return self.request("GET", path, None, token, **options)

    def request(self, method, path, body, token, **options):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        if isinstance(body, (bytes, str)):
            options["content"] = body
            headers.setdefault("Content-Type", "application/json")
        elif body is not None:
            options["json"] = body
        options.setdefault("timeout", 30 * SLOW)
        answer = httpx.request(method, self.url + path, headers=headers, **options)
        if path in TRANSLATED and answer.status_code == 200 and "json" in answer.headers.get("Content-Type", ""):
            shapes.check(answer.json())
        return answer

    def stream(self, path, body, token=TOKEN, **options):
        headers = {"Authorization": f"Bearer {token}"} | options.pop("headers", {})
        options.setdefault("timeout", 30 * SLOW)
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        return httpx.stream("POST", self.url + path, headers=headers, **content, **options)

    def chat(self, text=None, model="gemini-3.8-flash", token=TOKEN, **fields):
        """Asks a question, each time another: the same one again would stay on its key."""
        text = text or f"Question {next(self.questions)}"
        body = {"model": model, "messages": [{"role": "user", "content": text}]} | fields
        return self.post("/v1/chat/completions", body, token)


def as_text(value):
    if isinstance(value, str):
        return value
    return json.dumps(value)


def finish(process):
    try:
        process.wait(STOP_SECONDS * SLOW)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
        raise


def sse_data(body):
    """The data of each event of an SSE body."""
    text = body.decode() if isinstance(body, bytes) else body
    return [line[len("data: "):] for line in text.splitlines() if line.startswith("data: ")]


def chunks_of(body):
    """The objects of an OpenAI stream that ended as it should, each in OpenAI's shape."""
    data = sse_data(body)
    assert data and data[-1] == "[DONE]", body
    return [shapes.check(json.loads(each)) for each in data[:-1]]


def text_of(chunks):
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])
