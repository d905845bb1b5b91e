"""The Debian package in a clean system without systemd as process 1: what installing it left, and its services."""

import stat

import httpx
import pytest

from chroots import LOG, ROOT, output, services, token
from stand import wait_until


@pytest.fixture(scope="module")
def service():
    with services() as url:
        yield url


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
