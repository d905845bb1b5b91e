"""The web servers in front: each is started for real, from its file in conf/, on free ports.

    front = make_front("nginx")        conftest's; a Stand: post(), get(), chat(), log(), pids(), reload() ...

In the files of conf/ only ports, paths and addresses are replaced. The program is installed into the stand's own
folder with its templates, so that its processes are told from all others by their arguments. Where the web server starts no
process by itself, Supervisor does what systemd's socket activation does. As root, everything runs as www-data.
"""

import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import httpx

from stand import GBCTL, RESPONDER, ROOT, SLOW, START_SECONDS, STOP_SECONDS, Stand, as_text, free_port, wait_until

SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
MOUNT = "/gemini"  # the path in examples of a sub-path
APACHE_MODULES = Path("/usr/lib/apache2/modules")

LIGHTTPD_SITE = """
server.bind = "127.0.0.1"
server.port = {site_port}
server.document-root = "{folder}/web"
server.upload-dirs = ("{folder}/tmp")
server.errorlog = "{folder}/server.log"
server.pid-file = "{folder}/run/server.pid"
server.feature-flags += ("server.graceful-shutdown-timeout" => {patience})
server.http-parseopts = ("header-strict" => "enable", "host-strict" => "enable", "host-normalize" => "enable",
    "url-normalize-unreserved" => "enable", "url-normalize-required" => "enable", "url-ctrls-reject" => "enable",
    "url-path-2f-decode" => "enable", "url-path-dotseg-remove" => "enable")
include "{conf}"
"""
APACHE_SITE = """
ServerRoot "{folder}"
ServerName localhost
Suexec Off
PidFile "{folder}/run/apache.pid"
DefaultRuntimeDir "{folder}/run"
ErrorLog "{folder}/server.log"
LogLevel warn
Timeout 300
{modules}
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<IfModule mod_reqtimeout.c>
    RequestReadTimeout header=20-40,minrate=500
    RequestReadTimeout body=10,minrate=500
</IfModule>
<IfModule mod_cgid.c>
    ScriptSock "{folder}/run/cgid.sock"
</IfModule>
<IfModule mod_fcgid.c>
    FcgidIPCDir "{folder}/run/fcgid"
    FcgidProcessTableFile "{folder}/run/fcgid.shm"
</IfModule>
DocumentRoot "{folder}/web"
Include "{conf}"
"""
NGINX_SITE = """
pid {folder}/run/nginx.pid;
error_log {folder}/server.log info;
worker_processes 2;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/tmp/body;
    fastcgi_temp_path {folder}/tmp/fastcgi;
    proxy_temp_path {folder}/tmp/proxy;
    uwsgi_temp_path {folder}/tmp/uwsgi;
    scgi_temp_path {folder}/tmp/scgi;
    include {conf};
}}
"""
CADDY_SITE = """
{{
    admin 127.0.0.1:{site_port}
    default_bind 127.0.0.1
    log {{
        output file {folder}/server.log
    }}
}}
import {conf}
"""


def identity():
    """Whom the servers run as: no web server serves as root."""
    if os.getuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("www-data")
    except KeyError:
        user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def program(name):
    return shutil.which(name, path=SBIN)


class Supervisor:
    """Holds a listening socket and keeps processes on it, as systemd does with a .socket and a .service."""

    def __init__(self, stand, address, count=1):
        self.stand, self.count, self.stopping = stand, count, False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(address))
        os.chmod(address, 0o666)
        self.listener.listen(1024)
        self.processes = [self.begin() for _ in range(count)]
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def begin(self):
        return self.stand.spawn([str(self.stand.program)], stdin=self.listener,
                                env=self.stand.bare_environment() | {"DATA_DIR": str(self.stand.data)})

    def watch(self):
        while not self.stopping:
            with self.lock:
                for at, process in enumerate(self.processes):
                    if process.poll() is not None and not self.stopping:
                        self.stand.ended.append(process.returncode)
                        self.processes[at] = self.begin()
            time.sleep(0.02)

    def stop(self):
        with self.lock:
            self.stopping = True
        self.thread.join(10)
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            self.stand.finish(process)
            self.stand.ended.append(process.returncode)
        self.listener.close()


class Front(Stand):
    """A web server with the program behind it."""

    titles = ()  # in English and in Chinese
    conf = None  # the file in conf/
    server = None  # its program
    port_text = ":8000"  # how the port stands in the file
    supervised = False  # the program runs by itself on a socket
    cgi = False  # a process for each request
    mount = ""  # the path that the file itself puts it under
    moves = ()  # what is replaced in the file by what, to put it under MOUNT
    below_a_path = None  # whose file does that, where it is another's
    site = ""  # what stands around the file
    per_request = False  # a process answers one request at a time
    keeps_connections = False  # and so learns of a process's end only when it looks at them again
    reload_signal = signal.SIGUSR1
    reload_mark = None  # what its log says once more when a reload is done; None: reload() waits by itself
    patience = round(2 * SLOW)  # seconds that lighttpd gives running answers when it reloads or stops

    def __init__(self, settings, mount=None):
        # TMPDIR may be closed to www-data.
        folder = Path(tempfile.mkdtemp(prefix="gb-front-", dir="/tmp" if os.getuid() == 0 else None))
        super().__init__(folder, settings)
        self.below = self.mount if mount is None else mount
        self.identity = identity()
        self.site_port = free_port()
        self.process = self.supervisor = None
        self.url = f"http://127.0.0.1:{self.public_port()}{self.below}"
        self.port = self.public_port()
        self.program = folder / "libexec" / "gemini-balance.fcgi"
        self.real = folder / "real" / "gemini-balance.fcgi"

    def public_port(self):
        return self.port

    # --- the installation -------------------------------------------------------------------------

    def install(self):
        for name in ("libexec", "real", "run", "tmp", "web", "data"):
            (self.folder / name).mkdir(exist_ok=True)
        shutil.copy(RESPONDER, self.real)
        for name in ("templates", "static"):
            shutil.copytree(ROOT / name, self.folder / name, dirs_exist_ok=True)
        reports = {name: value for name, value in super().environment().items() if name.endswith("SAN_OPTIONS")}
        exports = [f"export {name}={shlex.quote(value)}" for name, value in reports.items()]
        command = f'exec "{self.real}" --templates "{self.folder}/templates" --static "{self.folder}/static"'
        self.program.write_text("\n".join(["#!/bin/sh", *exports, f'{command} "$@" 2>>"{self.folder}/responder.log"'])
                                + "\n")
        self.program.chmod(0o755)
        settings = {name: value for name, value in self.settings.items() if name != "DATA_DIR"}
        (self.data / ".env").write_text("".join(f"{name}={as_text(value)}\n" for name, value in settings.items()))
        for name in ("responder.log", "server.log"):
            (self.folder / name).touch()
        self.data.chmod(0o700)
        self.folder.chmod(0o755)
        if self.identity:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, self.identity["user"], self.identity["group"])

    def bare_environment(self):
        return {"PATH": SBIN, "HOME": str(self.folder), "LANG": "C.UTF-8"}

    def environment(self):
        return super().environment() | {"HOME": str(self.folder)}

    def spawn(self, command, **options):
        options.setdefault("env", self.bare_environment())
        options.setdefault("stdin", subprocess.DEVNULL)
        with open(self.folder / "server.log", "ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self.identity, **options)

    def configuration(self):
        """The file of conf/ with this stand's ports and paths, and the site around it."""
        text = (ROOT / "conf" / (self.conf + ".in")).read_text()
        text = self.place_at(text, self.below)
        for before, after in (("@pkglibexecdir@", self.program.parent), ("/var/lib/gemini-balance", self.data),
                              ("/run/gemini-balance", self.folder / "run"), ("/run/lighttpd", self.folder / "run")):
            text = text.replace(before, str(after))
        return text.replace(self.port_text, self.port_text.replace("8000", str(self.port)))

    def place_at(self, text, mount):
        """The file as its head says it is to be changed for a sub-path."""
        if mount == self.mount:
            return text
        for before, after in self.moves:
            assert before in text, f"{self.conf}: {before}"
            text = text.replace(before, after)
        return text

    def write_configuration(self):
        conf, site = self.folder / "front.conf", self.folder / "site.conf"
        conf.write_text(self.configuration())
        site.write_text(self.site.format(folder=self.folder, conf=conf, site_port=self.site_port,
                                         modules=self.module_lines(), patience=self.patience))
        return site

    def module_lines(self):
        return ""

    # --- life -------------------------------------------------------------------------------------

    def command(self, site):
        raise NotImplementedError

    def start(self):
        self.install()
        if self.supervised:
            self.supervisor = Supervisor(self, self.folder / "run" / "responder.sock")
        self.process = self.spawn(self.command(self.write_configuration()))
        wait_until(self.answers, START_SECONDS, f"{self.conf}: answering")
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError("the web server ended at once:\n" + self.log())
        try:
            return httpx.get(self.url + "/health", timeout=START_SECONDS).status_code in (200, 503)
        except httpx.HTTPError:
            return False

    def reload(self):
        """Asks for it, and waits until it is done."""
        before = self.marks()
        self.process.send_signal(self.reload_signal)
        wait_until(lambda: self.marks() > before, 40, f"{self.conf}: a reload")

    def marks(self):
        return (self.folder / "server.log").read_text(errors="replace").count(self.reload_mark)

    def pids(self):
        """The processes that run this stand's program: by what they were started with, for under an emulator
        the file that runs is the emulator's."""
        found, started_with = [], f"\0--templates\0{self.folder}/templates\0".encode()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and started_with in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return sorted(found)

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.finish(self.process)
        self.process = None
        if self.supervisor:
            self.supervisor.stop()
        try:
            wait_until(lambda: not self.pids(), STOP_SECONDS, "the end of all processes")
        finally:
            for pid in self.pids():
                os.kill(pid, signal.SIGKILL)

    def finish(self, process):
        try:
            process.wait(STOP_SECONDS * SLOW)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
            raise AssertionError(f"{self.conf}: did not stop:\n" + self.log()) from None

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- looking in -------------------------------------------------------------------------------

    def log(self):
        return "".join(path.read_text(errors="replace") for path in
                       (self.folder / "responder.log", self.folder / "server.log") if path.exists())

    def gbctl(self, *arguments, check=True, stdin=None, settings=None):
        done = subprocess.run([str(GBCTL), *arguments], input=stdin, capture_output=True, text=True, timeout=60,
                              stdin=None if stdin is not None else subprocess.DEVNULL, cwd=self.folder,
                              env=self.bare_environment() | {"DATA_DIR": str(self.data)} | (settings or {}),
                              **self.identity)
        if check and done.returncode != 0:
            raise AssertionError(f"gbctl {arguments} ended with {done.returncode}: {done.stderr}")
        return done


# --- the servers ------------------------------------------------------------------------------------


class Lighttpd(Front):
    titles = ("lighttpd", "lighttpd")
    conf, server, site = "lighttpd.conf", "lighttpd", LIGHTTPD_SITE
    below_a_path, reload_mark = "lighttpd_subpath", "server started"

    def configuration(self):
        return super().configuration().replace(f'"socket"] == ":{self.port}"', f'"socket"] == "127.0.0.1:{self.port}"')

    def command(self, site):
        return [program("lighttpd"), "-D", "-f", str(site)]


class LighttpdProcesses(Lighttpd):
    titles = ("lighttpd, several processes", "lighttpd,多进程")
    conf = "lighttpd-processes.conf"


class LighttpdSubpath(Lighttpd):
    titles = ("lighttpd, below a path", "lighttpd,子路径")
    conf, mount, below_a_path = "lighttpd-subpath.conf", MOUNT, None

    def __init__(self, settings, mount=None):
        super().__init__(settings, mount)
        self.site_port = self.port


class LighttpdCgi(Lighttpd):
    titles = ("lighttpd, CGI", "lighttpd,CGI")
    conf, cgi, per_request, below_a_path = "lighttpd-cgi.conf", True, True, None
    patience = round(6 * SLOW)
    moves = (('alias.url = (""', f'alias.url = ("{MOUNT}"'), ('cgi.assign = (""', f'cgi.assign = (""'),
             ('"GB_MOUNT" => ""', f'"GB_MOUNT" => "{MOUNT}"'))


class Apache(Front):
    server, site, port_text = "apache2", APACHE_SITE, "8000"
    reload_mark = "resuming normal operations"
    modules = ()

    def configuration(self):
        return super().configuration().replace("Listen ", "Listen 127.0.0.1:")

    def module_lines(self):
        wanted = ("mpm_event", "authz_core", "alias", "env", "reqtimeout", "dir", *self.modules)
        return "\n".join(f'LoadModule {name}_module "{APACHE_MODULES}/mod_{name}.so"' for name in wanted
                         if (APACHE_MODULES / f"mod_{name}.so").exists())

    def command(self, site):
        return [program("apache2"), "-DFOREGROUND", "-d", str(self.folder), "-f", str(site)]


class ApacheProxy(Apache):
    titles = ("Apache, mod_proxy_fcgi", "Apache,mod_proxy_fcgi")
    conf, modules, supervised = "apache-proxy-fcgi.conf", ("proxy", "proxy_fcgi"), True
    moves = (('<Location "/">', f'<Location "{MOUNT}">'), ('GB_MOUNT ""', f'GB_MOUNT "{MOUNT}"'))


class ApacheFcgid(Apache):
    titles = ("Apache, mod_fcgid", "Apache,mod_fcgid")
    conf, modules, per_request = "apache-fcgid.conf", ("fcgid",), True
    moves = (('ScriptAlias "/"', f'ScriptAlias "{MOUNT}/"'),)


class ApacheCgid(Apache):
    titles = ("Apache, CGI", "Apache,CGI")
    conf, modules, cgi, per_request = "apache-cgid.conf", ("cgid",), True, True
    moves = (('ScriptAlias "/"', f'ScriptAlias "{MOUNT}/"'),)


class Nginx(Front):
    titles = ("nginx", "nginx")
    conf, server, site, port_text, supervised = "nginx.conf", "nginx", NGINX_SITE, "8000", True
    moves = (("location / {", f"location {MOUNT}/ {{"), ('GB_MOUNT ""', f'GB_MOUNT "{MOUNT}"'))
    reload_signal, reload_mark, keeps_connections = signal.SIGHUP, "gracefully shutting down", True

    def configuration(self):
        return super().configuration().replace("listen ", "listen 127.0.0.1:")

    def command(self, site):
        return [program("nginx"), "-p", str(self.folder), "-c", str(site), "-e", str(self.folder / "server.log"),
                "-g", "daemon off;"]


class Caddy(Front):
    titles = ("Caddy", "Caddy")
    conf, server, site, supervised = "Caddyfile", "caddy", CADDY_SITE, True
    moves = (("reverse_proxy unix", f"reverse_proxy {MOUNT}/* unix"), ('GB_MOUNT ""', f'GB_MOUNT "{MOUNT}"'))

    def command(self, site):
        return [program("caddy"), "run", "--config", str(site), "--adapter", "caddyfile"]

    def reload(self):
        done = subprocess.run([program("caddy"), "reload", "--config", str(self.folder / "site.conf"), "--adapter",
                               "caddyfile", "--force", "--address", f"127.0.0.1:{self.site_port}"], env=self.bare_environment(), capture_output=True, text=True,
                              timeout=60, cwd=self.folder, **self.identity)
        # The door through which it is told is itself replaced, at times before it has answered.
        assert done.returncode == 0 or done.stderr.rstrip().endswith("EOF"), done.stderr

    def broke_down(self):
        return self.process.poll() is not None and "panic: context: internal error" in self.log()


FRONTS = {
    "lighttpd": Lighttpd,
    "lighttpd_processes": LighttpdProcesses,
    "lighttpd_subpath": LighttpdSubpath,
    "lighttpd_cgi": LighttpdCgi,
    "apache_proxy_fcgi": ApacheProxy,
    "apache_fcgid": ApacheFcgid,
    "apache_cgid": ApacheCgid,
    "nginx": Nginx,
    "caddy": Caddy,
}
