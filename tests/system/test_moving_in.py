"""Every setting of gemini-balance, as its database and its .env spell it, and databases in every condition."""

import json
import re
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

import reference_site
from stand import GBCTL

KEY = "AIzaSyD1vQ8w-Zr3TmVx7Lp2Nc8Yd5Hs1Fg6JuA"
VERTEX_KEY = "AQ.Ab8RN6Kx_2wTz5Vq9Lm3Pd7Yc1Qw4"
PAID_KEY = "AIzaSyF3xS0y-Bt5VoXz9Nr4Pe0Af7Ju3Hi8LwA"
TOKEN = "sk-moved-8Yt3pQ7wLm2xKd5vRz9n"
NAMED, SECRETS = object(), {KEY, VERTEX_KEY, PAID_KEY, TOKEN, "admin-7Kq2Lm5vX", "its-password", "smms-hidden",
                            "picgo-hidden", "imgbed-hidden", "oss-hidden", "oss-id-hidden"}

# Every name that it has: what stands in its database, and what that becomes. NAMED: nothing, and the report says so.
SETTINGS = {
    "DATABASE_TYPE": ("mysql", NAMED),
    "SQLITE_DATABASE": ("mine.db", NAMED),
    "MYSQL_HOST": ("db", NAMED),
    "MYSQL_PORT": ("3307", NAMED),
    "MYSQL_USER": ("root", NAMED),
    "MYSQL_PASSWORD": ("its-password", NAMED),
    "MYSQL_DATABASE": ("balance", NAMED),
    "MYSQL_SOCKET": ("/run/mysqld.sock", NAMED),
    "AUTH_TOKEN": ("admin-7Kq2Lm5vX", "admin-7Kq2Lm5vX"),
    "BASE_URL": ("https://proxy.example.net/v1beta", "https://proxy.example.net/v1beta"),
    "MAX_FAILURES": ("10.0", "10"),
    "MAX_RETRIES": ("0", "0"),
    "TEST_MODEL": ("gemini-2.5-pro", "gemini-2.5-pro"),
    "TIME_OUT": ("600", "600"),
    "PROXIES": ("['socks5://u:p@10.0.0.1:1080', ]", ["socks5://u:p@10.0.0.1:1080"]),
    "PROXIES_USE_CONSISTENCY_HASH_BY_API_KEY": ("False", "false"),
    "VERTEX_EXPRESS_BASE_URL": ("https://v.example.net/publishers/google", "https://v.example.net/publishers/google"),
    "URL_NORMALIZATION_ENABLED": ("True", "true"),
    "CUSTOM_HEADERS": ('{"X-Team": "one, two # three"}', {"X-Team": "one, two # three"}),
    "SEARCH_MODELS": ('("gemini-3.8-flash","gemini-3.8-pro")', ["gemini-3.8-flash", "gemini-3.8-pro"]),
    "IMAGE_MODELS": ('["gemini-3.1-flash-image"]', ["gemini-3.1-flash-image"]),
    "FILTERED_MODELS": ('["gemini-pro-vision"]', ["gemini-pro-vision"]),
    "TOOLS_CODE_EXECUTION_ENABLED": ("true", "true"),
    "URL_CONTEXT_ENABLED": ("1", "true"),
    "URL_CONTEXT_MODELS": ("gemini-3.8-pro", ["gemini-3.8-pro"]),
    "SHOW_SEARCH_LINK": ("False", "false"),
    "SHOW_THINKING_PROCESS": ("false", "false"),
    "THINKING_MODELS": ('["gemini-2.5-flash"]', ["gemini-2.5-flash"]),
    "THINKING_BUDGET_MAP": ("{'gemini-2.5-flash': 4000.0, 'gone': None}", {"gemini-2.5-flash": 4000}),
    "TTS_MODEL": ("gemini-2.5-pro-preview-tts", "gemini-2.5-pro-preview-tts"),
    "TTS_VOICE_NAME": ("Kore", "Kore"),
    "TTS_SPEED": ("fast", "fast"),
    "CREATE_IMAGE_MODEL": ("imagen-4.0-generate-001", "imagen-4.0-generate-001"),
    "UPLOAD_PROVIDER": ("picgo", "picgo"),
    "SMMS_SECRET_TOKEN": ("smms-hidden", "smms-hidden"),
    "PICGO_API_KEY": ("picgo-hidden", "picgo-hidden"),
    "PICGO_API_URL": ("https://pic.example.net/upload", "https://pic.example.net/upload"),
    "CLOUDFLARE_IMGBED_URL": ("https://img.example.net/upload", "https://img.example.net/upload"),
    "CLOUDFLARE_IMGBED_AUTH_CODE": ("imgbed-hidden", "imgbed-hidden"),
    "CLOUDFLARE_IMGBED_UPLOAD_FOLDER": ("pictures", "pictures"),
    "OSS_ENDPOINT": ("oss-cn-shanghai.aliyuncs.com", "oss-cn-shanghai.aliyuncs.com"),
    "OSS_ENDPOINT_INNER": ("oss-cn-shanghai-internal.aliyuncs.com", NAMED),
    "OSS_ACCESS_KEY": ("oss-id-hidden", "oss-id-hidden"),
    "OSS_ACCESS_KEY_SECRET": ("oss-hidden", "oss-hidden"),
    "OSS_BUCKET_NAME": ("pictures", "pictures"),
    "OSS_REGION": ("cn-shanghai", "cn-shanghai"),
    "STREAM_OPTIMIZER_ENABLED": ("True", "true"),
    "STREAM_MIN_DELAY": ("0.02", "0.02"),
    "STREAM_MAX_DELAY": ("0.05", "0.05"),
    "STREAM_SHORT_TEXT_THRESHOLD": ("11", "11"),
    "STREAM_LONG_TEXT_THRESHOLD": ("51", "51"),
    "STREAM_CHUNK_SIZE": ("6", "6"),
    "FAKE_STREAM_ENABLED": ("True", "true"),
    "FAKE_STREAM_EMPTY_DATA_INTERVAL_SECONDS": ("7", "7"),
    "CHECK_INTERVAL_HOURS": ("12", "12"),
    "TIMEZONE": ("Europe/Berlin", "Europe/Berlin"),
    "TZ": ("Asia/Tokyo", NAMED),
    "GITHUB_REPO_OWNER": ("somebody", NAMED),
    "GITHUB_REPO_NAME": ("a-fork", NAMED),
    "LOG_LEVEL": ("warning", "WARNING"),
    "ERROR_LOG_RECORD_REQUEST_BODY": ("True", "true"),
    "AUTO_DELETE_ERROR_LOGS_ENABLED": ("False", "false"),
    "AUTO_DELETE_ERROR_LOGS_DAYS": ("30", "30"),
    "AUTO_DELETE_REQUEST_LOGS_ENABLED": ("True", "true"),
    "AUTO_DELETE_REQUEST_LOGS_DAYS": ("7", "7"),
    "SAFETY_SETTINGS": ('[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]',
                        [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]),
    "FILES_CLEANUP_ENABLED": ("False", "false"),
    "FILES_CLEANUP_INTERVAL_HOURS": ("2", "2"),
    "FILES_USER_ISOLATION_ENABLED": ("False", "false"),
    "ADMIN_SESSION_EXPIRE": ("7200", "7200"),
    "ENABLE_TTS": ("true", NAMED),
}
SEEDS = {"API_KEYS": json.dumps([KEY]), "VERTEX_API_KEYS": json.dumps([VERTEX_KEY]), "PAID_KEY": PAID_KEY,
         "ALLOWED_TOKENS": json.dumps([TOKEN])}


@pytest.fixture
def alone(make_stand):
    return make_stand(front="none", keys=0, API_KEYS=None, ALLOWED_TOKENS=None, AUTH_TOKEN=None, BASE_URL=None,
                      CHECK_INTERVAL_HOURS=None, LOG_LEVEL=None)


def write_settings(path, rows):
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE t_settings (id INTEGER PRIMARY KEY, key VARCHAR(100), value TEXT, description TEXT)")
        base.executemany("INSERT INTO t_settings (key, value) VALUES (?, ?)", rows.items())
        base.commit()


def as_meant(text):
    try:
        value = json.loads(text)
        return value if isinstance(value, (list, dict)) else text
    except ValueError:
        return text


def in_force(stand):
    """Where each setting comes from, and its value."""
    listed = {match[0]: match[1:] for match in re.findall(r"^(\w+) +(\w+) +(.*)$",
                                                          stand.gbctl("settings", "list").stdout, re.M)}
    for name in ("AUTH_TOKEN", "PROXIES"):  # and what is not shown whole
        listed[name] = (listed[name][0], stand.gbctl("settings", "get", "--reveal", name).stdout.strip())
    return listed


def pool_of(stand):
    exported = json.loads(stand.gbctl("export", "-").stdout)
    keys = {(key["secret"], key["kind"]) for key in exported["keys"]}
    return keys, {token["secret"] for token in exported["tokens"]}, exported["settings"]


ALL_KEYS = {(KEY, "gemini"), (VERTEX_KEY, "vertex"), (PAID_KEY, "paid")}


def test_every_setting_of_its_database(alone, tmp_path):
    base = tmp_path / "default_db"
    write_settings(base, {name: value for name, (value, _) in SETTINGS.items()} | SEEDS)
    done = alone.gbctl("import", "gemini-balance", "--db", str(base))
    keys, tokens, saved = pool_of(alone)
    assert (keys, tokens) == (ALL_KEYS, {TOKEN})
    told = set(re.findall(r"^  (\w+): ", done.stdout, re.M))
    listed = in_force(alone)
    for name, (_, wanted) in SETTINGS.items():
        if wanted is NAMED:
            assert name in told and name not in saved, name
        else:
            source, now = listed[name]
            assert as_meant(saved[name] if now == "(secret)" else now) == wanted, name
            assert source == "default" or (source == "saved" and name in told), (name, source)
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS)


def env_text(ending="\n"):
    """Its .env, as people write one."""
    lines = ["\ufeff# made for gemini-balance", ""]
    for number, (name, value) in enumerate((SEEDS | {name: value for name, (value, _) in SETTINGS.items()}).items()):
        plain = not re.search(r"[\[({'\"# ,]", value)
        spelled = [value, f'"{value}"', f"'{value}'"][number % 3] if plain else value
        lines.append(f"{'export ' if number % 5 == 0 else ''}{name}{' = ' if number % 4 == 0 else '='}{spelled}"
                     f"{'  # a note' if number % 7 == 0 else ''}")
    return ending.join(lines) + ending


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_every_setting_of_its_env_as_it_is(alone, ending):
    """Started on its .env, without any import."""
    (alone.folder / "env").write_bytes(env_text(ending).encode())
    listed = in_force(alone)
    for name, (_, wanted) in SETTINGS.items():
        if wanted is not NAMED:
            source, now = listed[name]
            assert source == "environment", (name, source)
            assert now == "(secret)" or as_meant(now) == wanted, name
    assert pool_of(alone)[:2] == (ALL_KEYS, {TOKEN})


# --- rows that people's databases really have --------------------------------------------------------


def test_values_that_are_none(alone, tmp_path):
    base = tmp_path / "default_db"
    write_settings(base, {"API_KEYS": json.dumps(["请在此输入密钥", "your_api_key_1", KEY, KEY, ""]), "PAID_KEY": "",
                          "MAX_FAILURES": "None", "CHECK_INTERVAL_HOURS": "", "STREAM_CHUNK_SIZE": "many",
                          "undefined": "[]", "TIME_OUT": None, "ALLOWED_TOKENS": "[]"})
    done = alone.gbctl("import", "gemini-balance", "--db", str(base))
    keys, tokens, saved = pool_of(alone)
    assert (keys, tokens, saved) == ({(KEY, "gemini")}, set(), {})
    for name in ("MAX_FAILURES", "STREAM_CHUNK_SIZE", "undefined"):
        assert re.search(rf"^  {name}: \S", done.stdout, re.M), name
    assert "2 left behind" in done.stdout.partition("keys ")[2]


# --- databases in every condition --------------------------------------------------------------------


def refused(stand, base):
    done = stand.gbctl("import", "gemini-balance", "--db", str(base), check=False)
    assert done.returncode == 1 and base.name in done.stderr, done.stdout + done.stderr
    assert pool_of(stand) == (set(), set(), {})
    return done.stderr


def test_what_is_no_database_of_it(alone, tmp_path):
    empty, other, text = tmp_path / "empty", tmp_path / "other", tmp_path / "text"
    empty.touch()
    text.write_text(env_text())
    with closing(sqlite3.connect(other)) as base:
        base.execute("CREATE TABLE t (a)")
        base.commit()
    for path in (empty, other, text):
        assert "t_settings" in refused(alone, path) or path is text
    refused(alone, tmp_path)  # a folder


def test_a_damaged_one(alone, tmp_path):
    base = tmp_path / "default_db"
    write_settings(base, {"API_KEYS": json.dumps([KEY])} | {f"NAME_{number}": "x" * 500 for number in range(100)})
    whole = base.read_bytes()
    base.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert "malformed" in refused(alone, base)
    base.write_bytes(whole[:len(whole) // 2])
    refused(alone, base)
    base.write_bytes(whole[:18] + b"\x07\x07" + whole[20:])  # written by a format to come
    refused(alone, base)


def test_one_that_is_in_use(alone, tmp_path):
    """Its program writes while it is read; what stands in the write-ahead log only is read, too."""
    base = tmp_path / "default_db"
    write_settings(base, {"API_KEYS": json.dumps([KEY])})
    with closing(sqlite3.connect(base, isolation_level=None)) as its:
        its.execute("BEGIN EXCLUSIVE")
        running = subprocess.Popen([str(GBCTL), "--env-file", str(alone.folder / "env"), "import", "gemini-balance",
                                    "--db", str(base)], cwd=alone.folder, env=alone.environment(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        time.sleep(0.3)
        its.execute("COMMIT")
        said = running.communicate(timeout=60)[0]
        assert running.returncode == 0, said
        its.execute("PRAGMA journal_mode=WAL")
        its.execute("INSERT INTO t_settings (key, value) VALUES ('MAX_FAILURES', '8')")
        assert base.with_name("default_db-wal").stat().st_size > 0
        alone.gbctl("import", "gemini-balance", "--db", str(base))
    assert pool_of(alone) == ({(KEY, "gemini")}, set(), {"MAX_FAILURES": "8"})


@pytest.fixture
def dump(tmp_path):
    path = tmp_path / "dump.sql"
    now = reference_site.datetime.datetime.now(reference_site.datetime.timezone.utc)
    reference_site.write_dump(path, reference_site.tables(now))
    return path


def test_a_dump_that_was_cut(alone, dump, tmp_path):
    """Anywhere: within its settings nothing is taken over; later, what is missing is told."""
    whole = dump.read_bytes()
    settings_end = whole.index(b"UNLOCK TABLES")
    cut = tmp_path / "cut.sql"
    for at in (settings_end // 2, settings_end * 3 // 4, settings_end - 40):
        cut.write_bytes(whole[:at])
        refused(alone, cut)
    cut.write_bytes(whole[:whole.index(b"-- Dump completed")])
    assert "its end may be missing" in alone.gbctl("import", "gemini-balance", "--dry-run", "--db", str(cut)).stdout
    assert "may be missing" not in alone.gbctl("import", "gemini-balance", "--db", str(dump)).stdout


def test_a_dump_in_ansi_quotes_with_names(alone, tmp_path):
    """As mysqldump --compatible=ansi --complete-insert --skip-extended-insert writes it, and other tables beside."""
    path = tmp_path / "ansi.sql"
    path.write_text('/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB\n'
                    'CREATE TABLE "t_settings" (\n  "id" int(11) NOT NULL,\n  "key" varchar(100) NOT NULL,\n'
                    '  "value" text DEFAULT NULL,\n  PRIMARY KEY ("id"),\n  UNIQUE KEY "key" ("key")\n);\n'
                    'INSERT INTO "wp_posts" VALUES (1,\'INSERT INTO `t_settings` VALUES (9)\');\n'
                    f"INSERT INTO \"t_settings\" VALUES (1,'API_KEYS','[\\\"{KEY}\\\"]');\n"
                    "INSERT INTO \"t_settings\" (\"value\", \"id\", \"key\") VALUES (_utf8mb4'4',2,'MAX_RETRIES');\n"
                    "INSERT INTO `t_settings` VALUES (3,'CUSTOM_HEADERS','{\\\"X-Name\\\": \\\"\U0001F511 密钥 it''s\\\"}');\n"
                    "-- Dump completed on 2026-05-01 10:00:00\n", encoding="utf-8")
    alone.gbctl("import", "gemini-balance", "--db", str(path))
    keys, _, saved = pool_of(alone)
    assert keys == {(KEY, "gemini")} and saved["MAX_RETRIES"] == "4"
    assert json.loads(saved["CUSTOM_HEADERS"]) == {"X-Name": "\U0001F511 密钥 it's"}
