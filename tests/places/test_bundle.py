"""The folder for shared hosting, in Apache with nothing but its own .htaccess: as an unprivileged user by suexec
under mod_fcgid and as CGI, and as plain CGI of the server's own user. GB_BUNDLE is the folder."""

import os
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path

import httpx
import pytest

from stand import chunks_of, free_port, text_of, wait_until
from upstream import text

BUNDLE = Path(os.environ["GB_BUNDLE"])
OWNER, GROUP = 65534, 65534  # nobody: a person with an account at the host
SERVER = 33  # www-data
KEYS = "AQ.Test_0001_k9Qw3ZrT7uLp2VbN5mXc,AQ.Test_0002_k9Qw3ZrT7uLp2VbN5mXc"
CHOSEN = "a token of my own choice"
# What a host configures; the folder brings the rest. suexec works below /var/www only, so the account's
# folder is mounted there for this server alone.
APACHE = """
ServerRoot /etc/apache2
ServerName localhost
TypesConfig /etc/mime.types
PidFile {folder}/apache.pid
Listen 127.0.0.1:{port}
Mutex file:{folder} default
{modules}
User www-data
Group www-data
ErrorLog {folder}/error.log
LogLevel info
DocumentRoot {account}/public_html
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<Directory {account}>
    AllowOverride FileInfo Options AuthConfig Limit Indexes
    Options SymLinksIfOwnerMatch
    Require all granted
</Directory>
<IfModule cgid_module>
    ScriptSock {folder}/cgid.sock
</IfModule>
<IfModule fcgid_module>
    FcgidIPCDir {folder}/fcgid
    FcgidProcessTableFile {folder}/fcgid.table
</IfModule>
{suexec}
"""
USUAL = ("mpm_event", "authz_core", "dir", "env", "mime", "rewrite", "setenvif")


class Host:
    """An account at a host with the folder unpacked in it."""

    def __init__(self, folder, upstream, modules, suexec, at="public_html/gemini"):
        self.folder = folder
        self.account = Path("/var/www/account")
        self.disk = folder / "www" / "account"
        self.app = self.disk / at
        self.app.parent.mkdir(parents=True)
        shutil.copytree(BUNDLE, self.app)
        owner = (OWNER, GROUP) if suexec else (SERVER, SERVER)
        for path in [self.disk, *self.disk.rglob("*")]:
            os.chown(path, *owner)
        (self.disk / "public_html").chmod(0o755)
        self.owner = owner
        self.env(BASE_URL=upstream.url, CHECK_INTERVAL_HOURS="0")
        (folder / "fcgid").mkdir()
        os.chown(folder / "fcgid", SERVER, SERVER)
        folder.chmod(0o755)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}" + str(Path("/") / Path(at).relative_to("public_html")).rstrip(".")
        self.url = self.url.rstrip("/")
        loads = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
                 for name in (*USUAL, *modules, *(["suexec"] if suexec else []))]
        (folder / "apache.conf").write_text(APACHE.format(
            folder=folder, port=self.port, account=self.account, modules="\n".join(loads),
            suexec="SuexecUserGroup nobody nogroup" if suexec else ""))
        self.apache = None

    def env(self, **settings):
        path = self.app / ".env"
        path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        os.chown(path, *self.owner)
        path.chmod(0o600)

    def start(self):
        script = 'mount --make-rprivate / && mount --bind "$1" /var/www && exec apache2 -D FOREGROUND -f "$2"'
        self.apache = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", script, "sh", str(self.folder / "www"),
             str(self.folder / "apache.conf")], stdin=subprocess.DEVNULL,
            stdout=open(self.folder / "out", "ab"), stderr=subprocess.STDOUT)
        try:
            wait_until(self.answers, 30, "answering")
        except AssertionError:
            print(self.log()[-3000:])
            raise
        return self

    def answers(self):
        assert self.apache.poll() is None, self.log()
        try:
            answer = httpx.get(self.url + "/health", timeout=20)
            return answer.status_code == 200
        except httpx.HTTPError:
            return False

    def log(self):
        return "".join(path.read_text(errors="replace") for path in (self.folder / "error.log", self.folder / "out")
                       if path.exists())

    def close(self):
        if self.apache and self.apache.poll() is None:
            self.apache.send_signal(signal.SIGTERM)
            self.apache.wait(30)

    def chat(self, token, **fields):
        body = {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}]} | fields
        return httpx.post(self.url + "/v1/chat/completions", json=body, timeout=60,
                          headers={"Authorization": f"Bearer {token}"})

    def data(self):
        found = list(self.disk.rglob("secret.key"))
        assert len(found) == 1, found
        return found[0].parent


WAYS = {"suexec-fcgid": (["fcgid"], True), "suexec-cgi": (["cgid"], True), "cgi": (["cgid"], False)}


@pytest.fixture
def hosts(upstream):
    made = []
    Path("/var/log/apache2").mkdir(exist_ok=True)  # suexec writes there

    def make(way, **options):
        modules, suexec = WAYS[way]
        folder = Path(tempfile.mkdtemp(prefix="gb-host."))  # reached by Apache's user too, as pytest's is not
        made.append(Host(folder, upstream, modules, suexec, **options))
        return made[-1].start()

    yield make
    for each in made:
        each.close()
        print(each.log()[-2000:])
        shutil.rmtree(each.folder)


def claim(host):
    """The first visit: the page, the code from the file, a token, the keys. Returns a client token."""
    page = httpx.get(host.url + "/", timeout=30).text
    assert 'name="code"' in page
    file = host.data() / "setup-code.txt"
    assert str(file).replace(str(host.disk), str(host.account)) in page
    with httpx.Client(timeout=60) as visitor:
        done = visitor.post(host.url + "/setup", data={"code": file.read_text(), "auth_token": CHOSEN})
        assert (done.status_code, done.headers["location"].removeprefix(host.url)) == (303, prefix(host) + "/keys")
        keys = visitor.get(host.url + "/keys")
        csrf = keys.text.split('name="csrf" value="')[1].split('"')[0]
        assert visitor.post(host.url + "/keys/add", data={"keys": KEYS, "csrf": csrf}).status_code == 303
        tokens = visitor.get(host.url + "/tokens").text
        token_id = tokens.split('reveal:')[1].split('"')[0]
        shown = visitor.post(host.url + "/tokens/action", data={"only": f"reveal:{token_id}", "csrf": csrf})
    return "sk-" + shown.text.split("sk-")[1][:40]


def prefix(host):
    return host.url.partition(str(host.port))[2]


@pytest.mark.parametrize("way", WAYS)
def test_from_the_first_visit_to_an_answer(hosts, upstream, way):
    host = hosts(way)
    token = claim(host)
    upstream.script(text("Hello from ", "a shared host"))
    assert host.chat(token).json()["choices"][0]["message"]["content"] == "Hello from a shared host"
    upstream.script(text("one ", "by ", "one"))
    assert text_of(chunks_of(host.chat(token, stream=True).content)) == "one by one"
    assert host.chat("wrong").status_code == 401
    native = httpx.post(host.url + "/v1beta/models/gemini-3.8-flash:generateContent", timeout=60,
                        headers={"x-goog-api-key": token}, json={"contents": [{"parts": [{"text": "Hi"}]}]})
    assert native.status_code == 200, native.text
    assert httpx.get(host.url + "/static/admin.css", timeout=30).headers["content-type"].startswith("text/css")
    # Outside the web, the owner's alone.
    data = host.data()
    assert data == host.disk / "gemini-data"
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {path.stat().st_uid for path in data.iterdir()} == {host.owner[0]}
    assert CHOSEN not in host.log() and token not in host.log()


@pytest.mark.parametrize("way", ["suexec-cgi", "cgi"])
def test_a_stream_arrives_as_it_comes(hosts, upstream, way):
    host = hosts(way)
    token = claim(host)
    upstream.script(text("first ", "second", gap=3))
    body = {"model": "gemini-3.8-flash", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    with httpx.stream("POST", host.url + "/v1/chat/completions", json=body, timeout=60,
                      headers={"Authorization": f"Bearer {token}"}) as answer:
        for line in answer.iter_lines():
            if '"first "' in line:
                break
        assert upstream._open, "the first piece came only when upstream had said all"


SECRETS = (".env", ".htaccess", "program/gbctl", "program/lib/loader", "program/templates/login.tpl",
           "gemini-balance.cgi/../.env", "data/secret.key", "data/gemini-balance.db", "data/setup-code.txt",
           "README.txt", "program/", "data/", "%2e%65nv", "data//secret.key")


@pytest.mark.parametrize("way", WAYS)
def test_no_file_is_handed_out(hosts, way):
    host = hosts(way)
    httpx.get(host.url + "/", timeout=30)
    data = host.app / "data"
    if not data.exists():
        data.mkdir()
        shutil.copy(host.app / "program" / ".htaccess", data)
    (data / "secret.key").write_text("what nobody may see")
    for path in (data, *data.iterdir()):
        os.chown(path, *host.owner)
    for name in SECRETS:
        answer = httpx.get(f"{host.url}/{name}", timeout=30)
        assert answer.status_code in (400, 403, 404, 405), (name, answer.status_code)
        assert "what nobody may see" not in answer.text and "CHECK_INTERVAL_HOURS" not in answer.text


def test_data_inside_the_web_folder_is_refused(hosts, upstream):
    """Where nothing above the folder is ours, data lies in it."""
    (host,) = [hosts("cgi")]
    host.close()
    shutil.rmtree(host.data())
    for path in (host.disk, host.disk / "public_html"):
        os.chown(path, 0, 0)
        path.chmod(0o755)
    host.start()
    claim(host)
    assert host.data() == host.app / "data"
    for name in ("secret.key", "gemini-balance.db", ""):
        assert httpx.get(f"{host.url}/data/{name}", timeout=30).status_code in (403, 404)
    assert (host.app / "data" / ".htaccess").read_text().count("denied")


def test_in_the_root_of_the_site(hosts, upstream):
    host = hosts("suexec-cgi", at="public_html")
    assert host.url.endswith(str(host.port))
    token = claim(host)
    assert host.chat(token).status_code == 200
    assert host.data() == host.disk / "public_html-data"


def test_env_makes_the_first_visit_unnecessary(hosts, upstream):
    host = hosts("suexec-cgi")
    host.env(BASE_URL=upstream.url, AUTH_TOKEN=CHOSEN, ALLOWED_TOKENS="sk-of-the-owner-0001", API_KEYS=KEYS)
    assert "/setup" not in httpx.get(host.url + "/", timeout=30).text
    assert host.chat("sk-of-the-owner-0001").status_code == 200


def test_gbctl_for_cron(hosts, upstream):
    host = hosts("suexec-cgi")
    claim(host)
    done = subprocess.run([str(host.app / "gbctl"), "maintain"], capture_output=True, text=True, timeout=60,
                          user=OWNER, group=GROUP, extra_groups=[], env={"PATH": "/usr/bin:/bin"}, cwd="/")
    assert done.returncode == 0, done.stderr
    listed = subprocess.run([str(host.app / "gbctl"), "keys", "list"], capture_output=True, text=True, timeout=60,
                            user=OWNER, group=GROUP, extra_groups=[], env={"PATH": "/usr/bin:/bin"}, cwd="/")
    assert listed.stdout.count("active") == 2
