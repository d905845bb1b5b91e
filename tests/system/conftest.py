"""Fixtures: a scripted upstream, and the program behind its web server."""

import itertools
import os
import re

import openai
import pytest
from google import genai
from google.genai import types as genai_types
from xdist.scheduler import LoadScopeScheduling

from admin_client import sign_in
from fronts import FRONTS
from stand import ADMIN_TOKEN, BUILD, GBCTL, RESPONDER, SLOW, TOKEN, Stand
from upstream import Upstream


def pytest_addoption(parser):
    parser.addoption("--write-docs", action="store_true", help="write the tables of docs/ that tests compare")


def pytest_configure():
    for program in (RESPONDER, GBCTL):
        if not program.exists():
            pytest.exit(f"{program} is not built; GB_BUILD names the build folder (now {BUILD})", 2)


# Tests that share what is made once: with the first bracket's first word where there is one, else by the file.
SHARED = re.compile(r"test_quickstart\.py|test_fronts\.py::test_\w+\[\w+")


class Shares(LoadScopeScheduling):
    """Sends tests that share something to one worker, all others wherever there is room."""

    def _split_scope(self, nodeid):
        found = SHARED.match(nodeid)
        return re.sub("::.*\\[", " ", found.group(0)) if found else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Shares(config, log)


def key_names(count):
    return [f"AQ.Test_{number:04d}_k9Qw3ZrT7uLp2VbN5mXc" for number in range(1, count + 1)]


@pytest.fixture
def tmp_path(tmp_path_factory):
    """Without the test's name in its own: the path of a Unix socket has 107 bytes at most."""
    return tmp_path_factory.mktemp("test")


@pytest.fixture
def upstream():
    made = Upstream()
    made.forbidden = [TOKEN, ADMIN_TOKEN]
    yield made
    made.close()
    assert not made.faults, made.faults


def settings_of(names, upstream, settings):
    base = {"API_KEYS": names, "ALLOWED_TOKENS": [TOKEN], "AUTH_TOKEN": ADMIN_TOKEN,
            "BASE_URL": upstream.url, "LOG_LEVEL": "debug", "POOL_MAX_WAIT": "0",
            "DRAIN_TIMEOUT": "5", "CHECK_INTERVAL_HOURS": "0"}
    return {name: value for name, value in (base | settings).items() if value is not None}


def stop_and_look(stands, failed):
    """Stops them; whatever is amiss in their logs is a failure."""
    faults = []
    for stand in stands:
        try:
            stand.stop()
        except AssertionError as error:
            faults.append(str(error))
        faults += stand.complaints()
        for secret in [TOKEN, ADMIN_TOKEN] + list(stand.keys):
            if secret in stand.log():
                faults.append(f"the log holds a whole secret: {secret}")
    if failed or faults:
        for stand in stands:
            print(f"--- log of {stand.folder.name} ---\n{stand.log()[-6000:]}")
    assert not faults, "\n".join(faults)


@pytest.fixture
def make_stand(upstream, tmp_path, request):
    """make_stand(keys=3, procs=1, front="spawned", SETTING=value...) starts one."""
    made, counter = [], itertools.count()

    def make(keys=3, front="spawned", procs=1, start=True, address=None, **settings):
        names = key_names(keys) if isinstance(keys, int) else keys
        folder = tmp_path / f"stand{next(counter)}"
        stand = Stand(folder, settings_of(names, upstream, settings), front, procs, address)
        stand.keys = names
        made.append(stand)
        return stand.start() if start else stand

    yield make
    stop_and_look(made, getattr(request.node, "failed", False))


@pytest.fixture
def make_front(upstream, request):
    """make_front("nginx", keys=3, mount=None, SETTING=value...) starts one of FRONTS, or of a class of a test's
    own, a web server with its file of conf/; mount is a path to put it under."""
    made = []

    def make(name, keys=3, mount=None, **settings):
        names = key_names(keys) if isinstance(keys, int) else keys
        front = (FRONTS[name] if isinstance(name, str) else name)(settings_of(names, upstream, settings), mount)
        front.keys = names
        made.append(front)
        return front.start()

    yield make
    try:
        stop_and_look(made, getattr(request.node, "failed", False))
    finally:
        for front in made:
            front.remove()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if outcome.get_result().failed:
        item.failed = True


@pytest.fixture
def stand(make_stand):
    return make_stand()


@pytest.fixture
def admin(stand):
    with sign_in(stand) as client:
        yield client


def openai_client(stand, **options):
    options = {"max_retries": 0, "timeout": 30 * SLOW} | options
    return openai.OpenAI(base_url=stand.url + "/v1", api_key=TOKEN, **options)


def google_client(stand, **options):
    http = {"base_url": stand.url, "timeout": int(30000 * SLOW)} | options
    return genai.Client(api_key=TOKEN, http_options=genai_types.HttpOptions(**http))


@pytest.fixture
def openai_sdk(stand):
    with openai_client(stand) as client:
        yield client


@pytest.fixture
def google_sdk(stand):
    return google_client(stand)


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch):
    """No key or proxy of the person who runs the tests gets into them."""
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY"):
            monkeypatch.delenv(name)
