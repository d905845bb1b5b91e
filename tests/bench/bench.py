#!/usr/bin/env python3
"""Measures the program behind lighttpd against lighttpd's own mod_proxy, in one run on one machine.

Usage: bench.py BUILD_FOLDER [--rounds N] [--seconds N] [--streams N] [--tls]

Both stand in front of the same upstream that answers at once; rounds of the two are interleaved and
the median counts. With store and log on, as people run it. --tls measures idle streams once more, with an
upstream that speaks TLS and HTTP/2 (lighttpd's mod_openssl and the openssl command). Only loopback; everything
that was started is ended by its process id.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "bench-client-token"
BODY = json.dumps({"model": "gemini-3.8-flash", "messages": [
    {"role": "system", "content": "You are brief."},
    {"role": "user", "content": "What is the capital of Wyoming?"}]})
WRK_SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
wrk.body = [==[%s]==]
done = function(summary, latency)
    io.write(string.format("RESULT %%f %%f %%d\\n", summary.requests / summary.duration * 1e6,
                           latency.mean, summary.errors.status + summary.errors.timeout +
                           summary.errors.read + summary.errors.connect))
end
"""
PROXY_CONF = """
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{folder}"
server.errorlog = "/dev/stderr"
server.modules = ("mod_proxy")
server.max-keep-alive-requests = 1000000
proxy.server = ("" => (("host" => "127.0.0.1", "port" => {upstream})))
"""
TLS_CONF = """
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{folder}"
server.errorlog = "/dev/stderr"
server.modules = ("mod_openssl", "mod_proxy")
server.max-connections = 4000
server.max-fds = 10000
server.stream-response-body = 2
ssl.engine = "enable"
ssl.pemfile = "{folder}/tls.pem"
ssl.privkey = "{folder}/tls.key"
proxy.server = ("" => (("host" => "127.0.0.1", "port" => {upstream})))
"""
QUIET_SECONDS = 6  # after which a waiting call has given back what it can, also after signs of life


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Processes:
    """What was started, ended in reverse."""

    def __init__(self):
        self.started = []

    def start(self, arguments, **options):
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, **options)
        self.started.append(process)
        return process

    def end(self):
        for process in reversed(self.started):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(url):
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                answer.read()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"bench: {url} does not answer")


def wait_for_port(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 2).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"bench: nothing listens on port {port}")


def start_proxy(processes, folder, upstream):
    port = free_port()
    config = folder / "proxy.conf"
    config.write_text(PROXY_CONF.format(port=port, folder=folder, upstream=upstream))
    processes.start(["lighttpd", "-D", "-f", str(config)])
    wait_for(f"http://127.0.0.1:{port}/health")
    return port


def start_tls(processes, folder, upstream):
    """TLS in front of the upstream; returns the settings for it."""
    port = free_port()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.pem")],
                   check=True, capture_output=True)
    config = folder / "tls.conf"
    config.write_text(TLS_CONF.format(port=port, folder=folder, upstream=upstream))
    processes.start(["lighttpd", "-D", "-f", str(config)])
    wait_for_port(port)
    return {"BASE_URL": f"https://127.0.0.1:{port}/v1beta", "CA_FILE": str(folder / "tls.pem")}


def start_program(processes, folder, build, settings, log, streams):
    port = free_port()
    folder.mkdir(exist_ok=True)
    text = (ROOT / "conf" / "quickstart-lighttpd.conf.in").read_text()
    for name, value in {"BIND": "127.0.0.1", "PORT": port, "PROCS": 1, "DEMO": "", "RUN_DIR": folder,
                        "RESPONDER": build / "gemini-balance.fcgi", "TEMPLATES": ROOT / "templates",
                        "STATIC": ROOT / "static", "ENV_FILE": ""}.items():
        text = text.replace(f"@{name}@", str(value))
    text = text.replace("server.max-keep-alive-requests = 1000", "server.max-keep-alive-requests = 1000000")
    config = folder / "program.conf"
    config.write_text(text + "server.max-connections = 4000\nserver.max-fds = 10000\n")
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment |= {"DATA_DIR": str(folder / "data"), "ALLOWED_TOKENS": TOKEN, "AUTH_TOKEN": "bench-admin-token",
                    "API_KEYS": ",".join(f"bench-key-{number:04d}" for number in range(20)),
                    "LOG_LEVEL": "warning", "WORKERS": str(max(64, streams + 50)), "POOL_AFFINITY": "true"}
    environment |= settings
    server = processes.start(["lighttpd", "-D", "-f", str(config)], env=environment, stderr=log, stdout=log)
    wait_for(f"http://127.0.0.1:{port}/health")
    return port, server.pid


def responder_of(lighttpd):
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "stat").read_text().rpartition(")")[2].split()[1] == str(lighttpd):
                    return int(entry.name)
            except OSError:
                continue
    sys.exit("bench: there is no responder")


def resident_mb(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024


def wrk(script, port, connections, seconds):
    """(requests a second, mean latency in microseconds)"""
    done = subprocess.run(["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}s", "-s", str(script),
                           f"http://127.0.0.1:{port}/v1/chat/completions"], capture_output=True, text=True, check=True)
    rate, latency, errors = re.search(r"RESULT (\S+) (\S+) (\d+)", done.stdout).groups()
    if int(errors):
        print(f"  ({errors} errors)", file=sys.stderr)
    return float(rate), float(latency)


async def open_streams(port, count):
    """Opens streams that say one word and then nothing; returns the writers that hold them."""
    body = BODY[:-1] + ',"stream":true}'
    head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        await asyncio.wait_for(reader.readuntil(b"Hm"), 60)
        return writer

    opened = []
    for _ in range(0, count, 50):
        opened += await asyncio.gather(*[one() for _ in range(min(50, count - len(opened)))])
    return opened


async def streams_cost(port, pid, count):
    before = resident_mb(pid)
    writers = await open_streams(port, count)
    await asyncio.sleep(QUIET_SECONDS)
    after = resident_mb(pid)
    for writer in writers:
        writer.close()
    return before, after


def measure(options, ports, script):
    """{(name, connections): [(rate, latency), ...]} of interleaved rounds."""
    results = {}
    for number in range(options.rounds + 1):
        for connections in (32, 1):
            for name, port in ports.items():
                seconds = options.seconds if number else 1  # round 0 warms up
                result = wrk(script, port, connections, seconds)
                if number:
                    results.setdefault((name, connections), []).append(result)
    return results


def report(results):
    def median(name, connections, which):
        return statistics.median(result[which] for result in results[name, connections])

    proxy, ours = median("mod_proxy", 32, 0), median("chat", 32, 0)
    print(f"{'32 connections':26}{'requests/s':>12}{'ratio':>9}")
    print(f"{'  lighttpd mod_proxy':26}{proxy:12.0f}{1:9.2f}")
    print(f"{'  /v1/chat/completions':26}{ours:12.0f}{ours / proxy:9.2f}")
    direct, proxy, ours = (median(name, 1, 1) for name in ("direct", "mod_proxy", "chat"))
    print(f"{'1 connection':26}{'mean, us':>12}{'added to the upstream alone, us':>34}")
    print(f"{'  upstream alone':26}{direct:12.0f}")
    print(f"{'  lighttpd mod_proxy':26}{proxy:12.0f}{proxy - direct:34.0f}")
    print(f"{'  /v1/chat/completions':26}{ours:12.0f}{ours - direct:34.0f}")


def report_streams(name, port, pid, count):
    before, after = asyncio.run(streams_cost(port, pid, count))
    each = (after - before) * 1024 / count
    print(f"{f'  {count} {name}':26}{after:9.1f} MB, {each:.1f} KB each")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--tls", action="store_true")
    options = parser.parse_args()
    options.build = options.build.resolve()
    for tool in ("wrk", "lighttpd"):
        if not shutil.which(tool):
            sys.exit(f"bench: {tool} is not installed")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 20000), limit))
    with tempfile.TemporaryDirectory(prefix="gemini-balance-bench.") as name:
        folder, processes = Path(name), Processes()
        with open(folder / "log", "ab") as log:
            try:
                run(options, folder, processes, log)
            finally:
                processes.end()


def run(options, folder, processes, log):
    instant = processes.start([str(options.build / "tests" / "bench" / "instant_upstream")],
                              stdout=subprocess.PIPE, text=True)
    upstream = int(instant.stdout.readline())
    script = folder / "post.lua"
    script.write_text(WRK_SCRIPT % (TOKEN, BODY))
    proxy = start_proxy(processes, folder, upstream)
    plain = {"BASE_URL": f"http://127.0.0.1:{upstream}/v1beta"}
    chat, lighttpd = start_program(processes, folder, options.build, plain, log, options.streams)
    pid = responder_of(lighttpd)
    idle = resident_mb(pid)
    report(measure(options, {"direct": upstream, "mod_proxy": proxy, "chat": chat}, script))
    loaded = resident_mb(pid)
    print(f"{'resident memory':26}{idle:9.1f} MB at start, {loaded:.1f} MB after the load")
    report_streams("idle streams", chat, pid, options.streams)
    if options.tls:
        settings = start_tls(processes, folder, upstream)
        chat, lighttpd = start_program(processes, folder / "tls", options.build, settings, log, options.streams)
        report_streams("with TLS", chat, responder_of(lighttpd), options.streams)


main()
