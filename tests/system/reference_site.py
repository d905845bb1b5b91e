"""What a gemini-balance leaves behind: its .env and its database, as an SQLite file or as the text of
a mysqldump."""

import datetime
import json
import sqlite3

KEYS = ["AIza" + letter * 3 + "Zr7uLp2VbN5k9Qw3ZrT7uLp2VbN5k9Qw" for letter in "ABC"]
TOKEN = "sk-moved-8Yt3pQ7wLm2xKd5vRz9n"
OTHER_TOKEN = "sk-moved-second-4Hc6tPq1sWx8bN"
LOCAL = datetime.timezone(datetime.timedelta(hours=8))  # Asia/Shanghai

ENV = f"""# written for the other program
DATABASE_TYPE=mysql
MYSQL_HOST=10.0.0.5
MYSQL_PASSWORD=not-to-be-shown
API_KEYS=["{KEYS[0]}","{KEYS[1]}"]
ALLOWED_TOKENS=["{TOKEN}"]
AUTH_TOKEN=admin-of-old-5Tg8hJ2k
MAX_RETRIES=5
TEST_MODEL=gemini-2.5-flash-lite
TZ=Asia/Shanghai
SOME_OLD_SWITCH=true
"""

COLUMNS = {
    "t_settings": "id,key,value,description,created_at,updated_at",
    "t_error_logs": "id,gemini_key,model_name,error_type,error_log,error_code,request_msg,request_time",
    "t_request_log": "id,request_time,model_name,api_key,is_success,status_code,latency_ms",
    "t_file_records": "id,name,display_name,mime_type,size_bytes,sha256_hash,state,create_time,update_time,"
                      "expiration_time,uri,api_key,upload_url,user_token,upload_completed",
}


def local(moment):
    return moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S.%f")


def tables(now):
    """The rows of each table, as tuples in the order of COLUMNS."""
    early, soon = local(now - datetime.timedelta(hours=3)), local(now + datetime.timedelta(hours=20))
    failed = local(now - datetime.timedelta(hours=2))
    noted = local(now - datetime.timedelta(hours=2) + datetime.timedelta(milliseconds=40))
    alone = local(now - datetime.timedelta(hours=1))
    settings = {"API_KEYS": json.dumps(KEYS), "ALLOWED_TOKENS": json.dumps([TOKEN, OTHER_TOKEN]),
                "AUTH_TOKEN": "admin-of-the-base-7Kq2", "MAX_RETRIES": "6", "MAX_FAILURES": "3",
                "TIME_OUT": "120", "TEST_MODEL": "gemini-2.5-flash-lite",
                "PROXIES": '["socks5://me:its-secret@10.1.1.1:1080"]', "SHOW_SEARCH_LINK": "True",
                "THINKING_BUDGET_MAP": '{"gemini-2.5-flash": 4000.0}', "URL_NORMALIZATION_ENABLED": "False",
                "CHECK_INTERVAL_HOURS": "9999", "A_NAME_OF_ITS_OWN": "1"}
    body = {"contents": [{"parts": [{"text": "it's \"quoted\"\n\\ and 中文; -- not a comment"}]}]}
    return {
        "t_settings": [(number, name, value, "about " + name, early, early)
                       for number, (name, value) in enumerate(settings.items(), 1)],
        "t_error_logs": [
            (1, KEYS[1], "gemini-3.8-flash", "openai-chat-stream", "429: quota's \"gone\"\n\\now", 429,
             json.dumps(body, ensure_ascii=False), noted),
            (2, KEYS[2], "gemini-3.8-pro", "google-tts", "403, suspended", 403, None, alone)],
        "t_request_log": [
            (1, early, "gemini-3.8-flash", KEYS[0], 1, 200, 900),
            (2, failed, "gemini-3.8-flash", KEYS[1], 0, 429, 321),
            (3, early, "gemini-3.8-pro", "AIza-of-a-key-long-gone-from-the-pool", 0, 500, 50)],
        "t_file_records": [
            (1, "files/kept1", "a.pdf", "application/pdf", 10, None, "ACTIVE", early, early, soon,
             "https://generativelanguage.googleapis.com/v1beta/files/kept1", KEYS[0], "", OTHER_TOKEN, 1),
            (2, "files/over1", "b.pdf", "application/pdf", 10, None, "ACTIVE", early, early, early,
             "https://generativelanguage.googleapis.com/v1beta/files/over1", KEYS[0], "", TOKEN, 1),
            (3, "files/alien", "c.pdf", "application/pdf", 10, None, "ACTIVE", early, early, soon,
             "https://generativelanguage.googleapis.com/v1beta/files/alien", "AIza-unknown", "", "", 1)],
    }


def write_sqlite(path, rows):
    base = sqlite3.connect(path)
    for table, found in rows.items():
        names = ", ".join(f'"{name}"' for name in COLUMNS[table].split(","))
        base.execute(f"CREATE TABLE {table} ({names})")
        marks = ", ".join("?" for _ in COLUMNS[table].split(","))
        base.executemany(f"INSERT INTO {table} VALUES ({marks})", found)
    base.commit()
    base.close()


def quoted(value):
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    for plain, escaped in (("\\", "\\\\"), ("'", "\\'"), ('"', '\\"'), ("\n", "\\n")):
        value = value.replace(plain, escaped)
    return f"'{value}'"


def write_dump(path, rows):
    """As mysqldump writes it: no names of columns in the INSERT, several rows in one."""
    parts = ["-- MySQL dump 10.13  Distrib 8.0.43, for Linux (x86_64)\n", "/*!40101 SET NAMES utf8mb4 */;\n"]
    for table, found in rows.items():
        lines = [f"  `{name}` text DEFAULT 'a, (b'" for name in COLUMNS[table].split(",")]
        lines[0] = "  `id` int NOT NULL AUTO_INCREMENT COMMENT 'it''s the number; here'"
        parts.append(f"DROP TABLE IF EXISTS `{table}`;\n/*!50503 SET character_set_client = utf8mb4 */;\n"
                     f"CREATE TABLE `{table}` (\n" + ",\n".join(lines) +
                     ",\n  PRIMARY KEY (`id`),\n  UNIQUE KEY `n` (`id`)\n) ENGINE=InnoDB COMMENT='logs (all)';\n")
        values = ",".join("(" + ",".join(map(quoted, row)) + ")" for row in found)
        parts.append(f"LOCK TABLES `{table}` WRITE;\nINSERT INTO `{table}` VALUES {values};\nUNLOCK TABLES;\n")
    parts.append("-- Dump completed on 2026-05-01 10:00:00\n")
    path.write_text("".join(parts), encoding="utf-8")
