#!/usr/bin/env python3
"""Fills the store of a stopped installation as years of use would: keys, counters, and a log.

    seed_log.py DATA_DIR GBCTL [--keys 5000] [--rows 2000000] [--days 30]

Then the pages of a server on DATA_DIR show what they need of time with so much in the store."""

import argparse
import hashlib
import os
import sqlite3
import subprocess
import time
from pathlib import Path

MODELS = ("gemini-3.8-flash", "gemini-3.5-flash-lite", "gemini-3.1-pro-preview", "gemini-2.5-flash",
          "gemini-embedding-2")
ROUTES = ("/v1/chat/completions", "/v1beta/models/{model}:{verb}", "/v1/embeddings", "/hf/v1/chat/completions")
COUNTERS = ("requests, successes, failed_429, failed_403, failed_400, failed_5xx, failed_other, prompt_tokens,"
            " output_tokens, thought_tokens, cached_tokens, first_ms_sum, first_count, duration_ms_sum")
# One request of a hundred fails with 429, one of two hundred with 503.
SUMS = ("count(*), sum(failed = 0), sum(status = 429), 0, 0, sum(status = 503), 0, sum(prompt_tokens),"
        " sum(output_tokens), sum(thought_tokens), 0, sum(max(first_token_ms, 0)), sum(first_token_ms >= 0),"
        " sum(CASE failed WHEN 0 THEN duration_ms ELSE 0 END)")
NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)"


def add_keys(data, gbctl, count):
    keys = "\n".join("AQ.Seeded_" + hashlib.sha256(str(number).encode()).hexdigest()[:29] for number in range(count))
    environment = os.environ | {"DATA_DIR": str(data), "AUTH_TOKEN": "seed"}
    subprocess.run([gbctl, "keys", "add", "-"], input=keys, text=True, check=True, env=environment,
                   stdout=subprocess.DEVNULL)


def names(base, kind, texts):
    for text in texts:
        base.execute("INSERT OR IGNORE INTO names (kind, text) VALUES (?, ?)", (kind, text))
    return [base.execute("SELECT id FROM names WHERE kind = ? AND text = ?", (kind, text)).fetchone()[0]
            for text in texts]


def choice(numbers, by):
    return "CASE " + by + " " + " ".join(f"WHEN {at} THEN {number}" for at, number in enumerate(numbers)) + " END"


def add_log(log, keys, rows, start_ms, end_ms):
    models = names(log, "model", MODELS)
    routes = names(log, "route", ROUTES)
    dialect = names(log, "dialect", ["openai"])[0]
    outcome = names(log, "outcome", ["ok"])[0]
    rules = names(log, "rule", ["ok", "quota.minute", "overload"])
    effect = names(log, "effect", ["success"])[0]
    model = choice(models, f"(i * 7) % {len(models)}")
    status = "CASE WHEN i % 100 = 7 THEN 429 WHEN i % 200 = 11 THEN 503 ELSE 200 END"
    failed = "(i % 100 = 7 OR i % 200 = 11)"
    values = {"rows": rows, "start": start_ms, "step": (end_ms - start_ms) / rows}
    log.execute(f"""{NUMBERS} INSERT INTO requests SELECT
        (CAST(:start + i * :step AS INTEGER) << 21) + i % 2097152, CAST(:start + i * :step AS INTEGER),
        1 + i % 3, {choice(routes, f"i % {len(routes)}")}, {dialect}, {model}, {model}, '192.0.2.' || i % 250,
        'OpenAI/Python 2.8.' || i % 9, {status}, {failed}, i % 2, 1 + (i % 50 = 0), 700 + i % 4000,
        CASE WHEN {failed} THEN -1 ELSE 300 + i % 900 END, 300 + i % 90, 200 + i % 5000, 50 + i % 900, i % 300, 0,
        CASE WHEN {failed} THEN 'You exceeded your current quota, attempt ' || i ELSE '' END FROM n""", values)
    log.execute(f"""INSERT INTO attempts SELECT id, 1, time_ms, ? + id % ?, model_id, 0, {outcome}, status, failed,
        CASE status WHEN 200 THEN {rules[0]} WHEN 429 THEN {rules[1]} ELSE {rules[2]} END, {effect}, duration_ms,
        first_token_ms, prompt_tokens, output_tokens, thought_tokens, 0, error FROM requests""", keys)
    log.commit()


def add_usage(main, log_path, keys):
    models = names(main, "model", MODELS)
    main.execute("ATTACH ? AS log", (str(log_path),))
    order = [main.execute("SELECT id FROM log.names WHERE kind = 'model' AND text = ?", (each,)).fetchone()[0]
             for each in MODELS]
    model = "CASE model_id " + " ".join(f"WHEN {theirs} THEN {ours}" for theirs, ours in zip(order, models)) + " END"
    now = int(time.time() * 1000)
    spans = ((0, "time_ms / 60000", now - 2 * 86400000), (1, "time_ms / 3600000", 0), (2, "time_ms / 86400000", 0))
    main.execute(f"INSERT OR IGNORE INTO key_activity SELECT {keys[0]} + id % {keys[1]}, max(time_ms) FROM log.requests"
                 f" GROUP BY 1")
    for span, bucket, since in spans:
        main.execute(f"INSERT INTO usage_total SELECT {span}, {bucket}, {SUMS} FROM log.requests"
                     f" WHERE time_ms > {since} GROUP BY 2")
        main.execute(f"INSERT INTO usage_token SELECT {span}, {bucket}, token_id, {model}, {SUMS} FROM log.requests"
                     f" WHERE time_ms > {since} GROUP BY 2, 3, 4")
        pacific = bucket if span < 2 else "(time_ms - 28800000) / 86400000"
        main.execute(f"INSERT INTO usage_key SELECT {span}, {pacific}, {keys[0]} + id % {keys[1]}, {model}, {SUMS}"
                     f" FROM log.requests WHERE time_ms > {since} GROUP BY 2, 3, 4")
    main.commit()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("gbctl")
    parser.add_argument("--keys", type=int, default=5000)
    parser.add_argument("--rows", type=int, default=2000000)
    parser.add_argument("--days", type=int, default=30)
    options = parser.parse_args()
    add_keys(options.data, options.gbctl, options.keys)
    end = int(time.time() * 1000)
    base = sqlite3.connect(options.data / "gemini-balance.db")
    keys = base.execute("SELECT min(id), count(*) FROM keys WHERE hint LIKE 'AQ.See%'").fetchone()
    log = sqlite3.connect(options.data / "log.db")
    for each in (base, log):
        each.execute("PRAGMA synchronous = OFF")
        each.execute("PRAGMA cache_size = -400000")
    add_log(log, keys, options.rows, end - options.days * 86400000, end)
    log.close()
    add_usage(base, options.data / "log.db", keys)
    base.close()
    print(f"{keys[1]} keys, {options.rows} requests")


main()
