"""quickstart.sh: one command, and what it prints works."""

import os
import re
import shutil
import signal
import subprocess

import httpx
import pytest

from stand import BUILD, ROOT, SLOW, alive, children_of, free_port, wait_until

# Each run calls make in the same build folder, which has nothing to do; not at once, all the same.
UPSTREAM_SETTINGS = {"API_KEYS": "AQ.Quick1_k9Qw3ZrT7uLp2VbN5,AQ.Quick2_m8Ew2YsR6tKo1UaM4"}


class Quickstart:
    """Runs it in a folder that looks like a clone, with this build as its build folder."""

    def __init__(self, folder, **settings):
        self.folder = folder / "clone"
        self.folder.mkdir(exist_ok=True)
        for name in ("quickstart.sh", "conf", "templates", "static", "configure", "configure.ac", "autogen.sh"):
            if not (self.folder / name).exists():
                (self.folder / name).symlink_to(ROOT / name)
        if not (self.folder / "build").exists():
            (self.folder / "build").symlink_to(BUILD)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment |= {"PORT": str(self.port)} | settings
        self.process = None
        self.pids = set()

    def start(self, *arguments):
        self.output = open(self.folder / "output", "ab")
        self.process = subprocess.Popen([str(self.folder / "quickstart.sh"), *arguments], cwd=self.folder,
                                        env=self.environment, stdin=subprocess.DEVNULL, stdout=self.output,
                                        stderr=subprocess.STDOUT, start_new_session=True,
                                        # A shell cannot trap what was ignored when it started.
                                        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        wait_until(self.ready, 60, "quickstart")
        self.pids |= self.descendants(self.process.pid)
        return self

    def ready(self):
        assert self.process.poll() is None, self.text()
        return "Try it:" in self.text() and "Ctrl-C" in self.text()

    def descendants(self, pid):
        found = set()
        for child in children_of(pid):
            found |= {child} | self.descendants(child)
        return found

    def text(self):
        return (self.folder / "output").read_text()

    def found(self, pattern):
        return re.findall(pattern, self.text(), re.M)[-1]

    def stop(self, number=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(30 * SLOW)
        self.output.close()


@pytest.fixture
def quickstart(tmp_path):
    made = []

    def make(*arguments, **settings):
        made.append(Quickstart(tmp_path, **settings).start(*arguments))
        return made[-1]

    yield make
    for each in made:
        each.stop(signal.SIGTERM)


def test_what_it_prints_works(quickstart, upstream):
    run = quickstart(BASE_URL=upstream.url, **UPSTREAM_SETTINGS)
    curl = run.found(r"^\s*(curl .*)$")
    done = subprocess.run(["bash", "-c", curl + " -s"], capture_output=True, text=True, timeout=30,
                          env=run.environment)
    assert "Hello from Gemini" in done.stdout
    token = run.found(r"Client token\s+(\S+)")
    admin = run.found(r"Admin token\s+(\S+)")
    assert "No keys yet" not in run.text()
    assert len(token) >= 32 and len(admin) >= 32 and token != admin
    upstream.forbidden += [token, admin]
    answer = httpx.get(run.url + "/v1/models", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert "set-cookie" in httpx.post(run.url + "/auth", data={"auth_token": admin}).headers


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_leaves_no_process(quickstart, upstream, number):
    run = quickstart(BASE_URL=upstream.url, API_KEYS="your-key-1,your-key-2")  # as README.md has it, to the letter
    assert "No keys yet" in run.text() and run.found(r"^  (DATA_DIR=\S+ \S+/gbctl keys add KEY\.\.\.)$")
    assert len(run.pids) >= 2
    run.stop(number)
    wait_until(lambda: not [pid for pid in run.pids if alive(pid)], what="the end of every process")


def test_a_second_time_changes_nothing(quickstart, upstream):
    first = quickstart(BASE_URL=upstream.url, **UPSTREAM_SETTINGS)
    tokens = first.found(r"Client token\s+(\S+)"), first.found(r"Admin token\s+(\S+)")
    first.stop()
    env = first.folder / "data" / ".env"
    text = env.read_text()
    assert "MAX_RETRIES" in text
    env.write_text(text + "\nMAX_RETRIES=2\n")
    built = (BUILD / "gemini-balance.fcgi").stat().st_mtime_ns
    second = quickstart(BASE_URL=upstream.url, **UPSTREAM_SETTINGS)
    assert (BUILD / "gemini-balance.fcgi").stat().st_mtime_ns == built
    assert (second.found(r"Client token\s+(\S+)"), second.found(r"Admin token\s+(\S+)")) == tokens
    assert env.read_text() == text + "\nMAX_RETRIES=2\n"
    assert env.stat().st_mode & 0o077 == 0


def test_the_demo_needs_no_key_and_says_what_it_is(quickstart):
    run = quickstart("--demo")
    token = run.found(r"Client token\s+(\S+)")
    headers = {"Authorization": f"Bearer {token}"}
    body = {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hello"}]}
    answer = httpx.post(run.url + "/v1/chat/completions", json=body, headers=headers, timeout=30)
    assert answer.status_code == 200
    assert "simulat" in answer.json()["choices"][0]["message"]["content"].lower()
    assert "simulat" in httpx.get(run.url + "/").text.lower()
    assert "SIMULATED" in run.text()
    streamed = httpx.post(run.url + "/v1/chat/completions", json=body | {"stream": True}, headers=headers, timeout=30)
    assert streamed.text.endswith("data: [DONE]\n\n")
    # What is printed for a shell finds the demo's store and not the one beside it.
    listed = subprocess.run(["bash", "-c", run.found(r"Shell\s+(\S.*)$")], capture_output=True, text=True, timeout=30,
                            env=run.environment, cwd=run.folder)
    assert listed.stdout.count("demo-k") == 6, listed.stdout + listed.stderr


def test_a_port_that_is_taken_is_told(tmp_path, quickstart, upstream):
    run = quickstart(BASE_URL=upstream.url, **UPSTREAM_SETTINGS)
    other = Quickstart(tmp_path, **(run.environment | {"DATA_DIR": str(tmp_path / "other")}))
    done = subprocess.run([str(other.folder / "quickstart.sh")], cwd=other.folder, capture_output=True, text=True,
                          env=other.environment | {"PORT": str(run.port)}, stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode != 0
    assert str(run.port) in done.stdout + done.stderr


def once(tmp_path, *arguments, **environment):
    """A run that ends by itself."""
    other = Quickstart(tmp_path, **environment)
    done = subprocess.run([str(other.folder / "quickstart.sh"), *arguments], cwd=other.folder, capture_output=True,
                          text=True, env=other.environment, stdin=subprocess.DEVNULL, timeout=110)
    return other, done


def test_building_only(tmp_path):
    other, done = once(tmp_path, "--build-only")
    assert done.returncode == 0, done.stderr
    assert "gemini-balance.fcgi" in done.stderr
    assert not (other.folder / "data").exists()


def test_without_apt_it_tells_what_to_install(tmp_path):
    """A machine with a compiler, and little else."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "dirname", "gcc", "g++", "make"):
        (tools / name).symlink_to(shutil.which(name))
    _, done = once(tmp_path, PATH=str(tools))
    assert done.returncode == 1
    for word in ("lighttpd", "libfcgi", "libcurl", "json-c", "SQLite", "OpenSSL", "ctemplate"):
        assert word in done.stderr
    assert not (tmp_path / "clone" / "data").exists()


def test_settings_by_name_and_where_it_listens(quickstart, upstream):
    """All of the environment that it names; on an address of IPv6 as well."""
    run = quickstart(BASE_URL=upstream.url, BIND="::1", DATA_DIR="elsewhere", API_KEYS='["AQ.Quick3_k9Qw3ZrT7uLp2VbN5"]',
                     ALLOWED_TOKENS="my-own-token-01,my-own-token-02", AUTH_TOKEN="my-own-admin-token-01",
                     max_retries="7", MODEL_ALIASES='{"mine": "gemini-3.8-flash"}')
    assert run.found(r"Client token\s+(\S+)") == "my-own-token-01"
    assert run.found(r"Admin token\s+(\S+)") == "my-own-admin-token-01"
    assert (run.folder / "elsewhere" / "gemini-balance.db").exists()
    address = run.found(r"Address\s+(\S+)")
    assert address == f"http://[::1]:{run.port}"
    answer = httpx.post(address + "/v1/chat/completions", headers={"Authorization": "Bearer my-own-token-02"}, timeout=30,
                        json={"model": "mine", "messages": [{"role": "user", "content": "Hello"}]})
    assert answer.status_code == 200, answer.text
    assert upstream.last.key == "AQ.Quick3_k9Qw3ZrT7uLp2VbN5" and upstream.last.model == "gemini-3.8-flash"
    done = subprocess.run([BUILD / "gbctl", "settings", "get", "MAX_RETRIES"], capture_output=True, text=True, timeout=30,
                          env=run.environment | {"DATA_DIR": str(run.folder / "elsewhere")}, cwd=run.folder)
    assert done.stdout.strip() == "7"


def test_usage():
    done = subprocess.run([str(ROOT / "quickstart.sh"), "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "--demo" in done.stdout
    done = subprocess.run([str(ROOT / "quickstart.sh"), "--nonsense"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
