"""What a router's program keeps in memory with 8 workers that have all worked, with TLS to upstream and the system's
authorities: GB_BUILD is the program of a 32-bit system, built as the router's package builds it; GB_LIBCURL says whose
libcurl it runs with; GB_GUEST is where an emulator was told to put the program's memory, whose own is not counted."""

import collections
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from certificates import own_certificate
from stand import ADMIN_TOKEN, TOKEN, Stand, chunks_of, text_of
from upstream import Later, Upstream
import gemini

MACHINE = os.environ["GB_MACHINE"]
LIBCURL = os.environ["GB_LIBCURL"]
GUEST = int(os.environ["GB_GUEST"], 0)
WORKERS = 8
ROUNDS = 5
MORE = 600  # calls, until the database's caches are full
# Debian's libcurl brings 20 libraries that a router does not have.
MOST_KIB = {"router": 12 * 1024, "debian": 17 * 1024}[LIBCURL]
FIGURE = {"router": "resident_kib", "debian": "resident_debian_kib"}[LIBCURL]
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
KEYS = [f"AQ.Test_{number:04d}_k9Qw3ZrT7uLp2VbN5mXc" for number in range(1, 21)]
MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ *(.*)$")


def resident(pid):
    """KiB by what is mapped: each library and file, "heap and stacks" for the rest."""
    found, at, name = collections.Counter(), 0, ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        mapping = MAPPING.match(line)
        if mapping:
            at, name = int(mapping.group(1), 16), mapping.group(4)
        elif line.startswith("Rss:") and (MACHINE == "i386" or GUEST <= at < GUEST + (1 << 32)):
            kind = "heap and stacks" if not name or name.startswith("[") else Path(name).name
            found[kind] += int(line.split()[1])
    return found


@pytest.fixture
def tls(tmp_path):
    certificate, context = own_certificate(tmp_path)
    made = Upstream(context)
    made.authorities = tmp_path / "authorities.pem"
    made.authorities.write_text(AUTHORITIES.read_text() + certificate.read_text())
    yield made
    made.close()
    assert not made.faults, made.faults


@pytest.fixture
def site(tmp_path, tls):
    made = Stand(tmp_path / "site", {
        "API_KEYS": KEYS, "ALLOWED_TOKENS": [TOKEN], "AUTH_TOKEN": ADMIN_TOKEN, "BASE_URL": tls.url,
        "CA_FILE": str(tls.authorities), "CHECK_INTERVAL_HOURS": "0", "WORKERS": str(WORKERS),
        "LOG_DIR": str(tmp_path / "log"), "LOG_MAX_MB": "2"})
    yield made.start()
    made.stop()
    assert not made.complaints()


def at_once(site, upstream):
    """As many streams as there are workers, all of them open at the same time."""
    everybody = threading.Barrier(WORKERS)

    def together():
        everybody.wait(120)
        return b""

    frames = [gemini.sse_frame(event, at) for at, event in enumerate(gemini.text_events("one ", "by ", "one"))]
    upstream.always(Later((frames[0], together, *frames[1:])),
                    verb="streamGenerateContent")
    with ThreadPoolExecutor(WORKERS) as pool:
        for answer in pool.map(lambda _: site.chat(stream=True), range(WORKERS)):
            assert text_of(chunks_of(answer.content)) == "one by one"
    upstream.reset()


def many(site):
    with ThreadPoolExecutor(WORKERS) as pool:
        for answer in pool.map(lambda number: site.chat(stream=number % 2 == 0), range(MORE)):
            assert answer.status_code == 200


def test_resident_memory_with_8_workers(site, tls):
    pid, = site.pids()
    begun = resident(pid)
    assert ("libgnutls.so.30" in " ".join(begun)) == (LIBCURL == "debian"), begun
    for _ in range(ROUNDS):
        at_once(site, tls)
    streamed = sum(resident(pid).values())
    many(site)
    worked = resident(pid)
    total = sum(worked.values())
    print(f"\n{LIBCURL}'s libcurl: resident at start {sum(begun.values())} KiB, after {ROUNDS} times {WORKERS} streams at once "
          f"{streamed} KiB, {MORE} calls later {total} KiB:")
    for name, kib in worked.most_common(14):
        print(f"  {kib:6} {name}")
    print(f"figure: {FIGURE} {total}")
    assert total <= MOST_KIB, worked
