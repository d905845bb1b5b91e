"""Moving over from gemini-balance in a clean system: its tables in a real MariaDB, dumped by the real mysqldump in the
ways in which people call it, and its SQLite file; brought over by root with the installed package, then served."""

import datetime
import json
import subprocess

import httpx
import pytest

import reference_site
from chroots import ROOT, inside, output, services
from reference_site import COLUMNS, ENV, KEYS, OTHER_TOKEN, TOKEN, quoted
from stand import chunks_of, text_of, wait_until
from test_moving import ALL_NEW, counts
from upstream import text

# The tables as the other program's models have them made in MySQL.
TABLES = """
CREATE TABLE `t_settings` (`id` int NOT NULL AUTO_INCREMENT, `key` varchar(100) NOT NULL, `value` text,
  `description` varchar(255) DEFAULT NULL, `created_at` datetime(6) DEFAULT NULL, `updated_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`), UNIQUE KEY `key` (`key`)) DEFAULT CHARSET=utf8mb4;
CREATE TABLE `t_error_logs` (`id` int NOT NULL AUTO_INCREMENT, `gemini_key` varchar(100) DEFAULT NULL,
  `model_name` varchar(100) DEFAULT NULL, `error_type` varchar(50) DEFAULT NULL, `error_log` text,
  `error_code` int DEFAULT NULL, `request_msg` json DEFAULT NULL, `request_time` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`)) DEFAULT CHARSET=utf8mb4;
CREATE TABLE `t_request_log` (`id` int NOT NULL AUTO_INCREMENT, `request_time` datetime(6) DEFAULT NULL,
  `model_name` varchar(100) DEFAULT NULL, `api_key` varchar(100) DEFAULT NULL, `is_success` tinyint(1) NOT NULL,
  `status_code` int DEFAULT NULL, `latency_ms` int DEFAULT NULL, PRIMARY KEY (`id`)) DEFAULT CHARSET=utf8mb4;
CREATE TABLE `t_file_records` (`id` int NOT NULL AUTO_INCREMENT, `name` varchar(255) NOT NULL,
  `display_name` varchar(255) DEFAULT NULL, `mime_type` varchar(100) NOT NULL, `size_bytes` bigint NOT NULL,
  `sha256_hash` varchar(255) DEFAULT NULL, `state` enum('PROCESSING','ACTIVE','FAILED') NOT NULL,
  `create_time` datetime(6) NOT NULL, `update_time` datetime(6) NOT NULL, `expiration_time` datetime(6) NOT NULL,
  `uri` varchar(500) NOT NULL, `api_key` varchar(100) NOT NULL, `upload_url` text, `user_token` varchar(100) DEFAULT NULL,
  `upload_completed` tinyint(1) NOT NULL DEFAULT 0, PRIMARY KEY (`id`), UNIQUE KEY `name` (`name`)) DEFAULT CHARSET=utf8mb4;
"""
DUMPS = {
    "as it is": [],
    "phpMyAdmin's way": ["--complete-insert", "--skip-opt", "--create-options"],
    "one row an INSERT": ["--skip-extended-insert", "--single-transaction"],
    "several databases": ["--databases"],
    "no locks, hex": ["--hex-blob", "--skip-lock-tables", "--skip-add-drop-table", "--order-by-primary"],
    "ANSI quotes": ["--compatible=ansi"],
}
SOCKET = "/run/mysqld/mysqld.sock"


@pytest.fixture(scope="module")
def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=123000)


@pytest.fixture(scope="module")
def database(now):
    """The other program's base in a MariaDB of the clean system."""
    run = ROOT / "run/mysqld"
    run.mkdir(exist_ok=True)
    output("chown", "mysql:mysql", "/run/mysqld")
    server = inside("mariadbd", "--user=mysql", "--skip-networking", f"--socket={SOCKET}", stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: server.poll() is None and (run / "mysqld.sock").exists(), 60, "MariaDB's socket")
        rows = reference_site.tables(now)
        statements = ["DROP DATABASE IF EXISTS default_db; CREATE DATABASE default_db; USE default_db;", TABLES]
        for table, found in rows.items():
            names = ", ".join(f"`{name}`" for name in COLUMNS[table].split(","))
            statements += [f"INSERT INTO {table} ({names}) VALUES ({', '.join(map(quoted, row))});" for row in found]
        output("mariadb", "--default-character-set=utf8mb4", f"--socket={SOCKET}", stdin="\n".join(statements))
        yield "default_db"
    finally:
        server.terminate()
        server.wait(60)


@pytest.fixture
def clean():
    """The package's own data as right after the installation."""
    data, kept = "/var/lib/gemini-balance", "/root/data-as-installed"
    output("sh", "-c", f"[ -d {kept} ] || cp -a {data} {kept}; rm -rf {data} && cp -a {kept} {data}")
    path = ROOT / "root" / "old.env"
    path.write_text(ENV, encoding="utf-8")
    path.chmod(0o600)


def dump(database, options):
    path = ROOT / "root" / "dump.sql"
    path.write_text(output("mysqldump", f"--socket={SOCKET}", *options, database), encoding="utf-8")
    path.chmod(0o600)
    return "/root/dump.sql"


def bring_over(base):
    return output("gbctl", "import", "gemini-balance", "--env", "/root/old.env", "--db", base)


@pytest.mark.parametrize("way", DUMPS)
def test_a_real_dump(clean, database, way):
    base = dump(database, DUMPS[way])
    tried = output("gbctl", "import", "gemini-balance", "--env", "/root/old.env", "--db", base, "--dry-run")
    done = bring_over(base)
    assert counts(done) == counts(tried) == ALL_NEW, done
    for secret in [*KEYS, TOKEN, OTHER_TOKEN]:
        assert secret not in done
    again = counts(bring_over(base))
    assert {name: found[0] for name, found in again.items()} == dict.fromkeys(ALL_NEW, 0)
    exported = json.loads(output("gbctl", "export", "-"))
    assert {key["secret"] for key in exported["keys"]} == set(KEYS)
    assert {TOKEN, OTHER_TOKEN} <= {token["secret"] for token in exported["tokens"]}


def test_an_sqlite_file(clean, now):
    path = ROOT / "root" / "default.db"
    path.unlink(missing_ok=True)
    reference_site.write_sqlite(path, reference_site.tables(now))
    path.chmod(0o600)
    assert counts(bring_over("/root/default.db")) == ALL_NEW


def test_clients_go_on_as_before(clean, database, upstream):
    """What its users have in their clients, token and address, is answered with its keys."""
    bring_over(dump(database, []))
    output("gbctl", "settings", "set", "BASE_URL", upstream.url)
    output("gbctl", "settings", "reset", "PROXIES")
    with services() as url:
        for token in (TOKEN, OTHER_TOKEN):
            upstream.script(text("Hello from ", "the new one"))
            body = {"model": "gemini-3.8-flash", "stream": True, "messages": [{"role": "user", "content": "Hi " + token}]}
            answer = httpx.post(url + "/v1/chat/completions", json=body, timeout=60,
                                headers={"Authorization": f"Bearer {token}"})
            assert text_of(chunks_of(answer.content)) == "Hello from the new one"
        login = httpx.post(url + "/auth", data={"auth_token": "admin-of-the-base-7Kq2"}, timeout=30)
        assert login.status_code == 303
    assert set(upstream.keys_used()) <= set(KEYS)
    user = int(output("id", "-u", "gemini-balance"))
    assert {path.stat().st_uid for path in (ROOT / "var/lib/gemini-balance").iterdir()} == {user}
