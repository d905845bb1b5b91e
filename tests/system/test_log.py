"""Lines on standard error, and rows in the store."""

import re
import sqlite3

import pytest

import gemini
from stand import wait_until
from upstream import gemini_reply

LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\S* (DEBUG|INFO|WARNING|ERROR|CRITICAL) [a-z_.]+( [a-z_]+=.*)?$")
OF_LIGHTTPD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: ")


def lines(stand):
    return [line for line in stand.log().splitlines() if line and not OF_LIGHTTPD.match(line)]


def rows(stand, query):
    with sqlite3.connect(stand.data / "log.db") as log:
        log.row_factory = sqlite3.Row
        return [dict(row) for row in log.execute(query)]


def test_each_event_is_one_line(stand, upstream):
    upstream.script(gemini_reply(gemini.KEY_LEAKED))
    stand.chat()
    stand.chat("a\nb", model="gemini-\r\nnone")
    stand.get("/nothing%0A?x=%0D%0A")
    stand.stop()
    assert len(lines(stand)) >= 3
    assert [line for line in lines(stand) if not LINE.match(line)] == []


@pytest.mark.parametrize("level, allowed", [("error", {"ERROR", "CRITICAL"}), ("warning", {"WARNING", "ERROR", "CRITICAL"}),
                                            ("INFO", {"INFO", "WARNING", "ERROR", "CRITICAL"})])
def test_the_level(make_stand, upstream, level, allowed):
    stand = make_stand(LOG_LEVEL=level)
    upstream.script(gemini_reply(gemini.KEY_LEAKED))
    stand.chat()
    stand.stop()
    assert {line.split()[1] for line in lines(stand)} <= allowed


@pytest.mark.parametrize("zone, offset", [({"TIMEZONE": "Asia/Shanghai"}, "+08:00"), ({"TZ": "Asia/Kolkata"}, "+05:30"),
                                          ({"TZ": "UTC", "TIMEZONE": "Asia/Shanghai"}, "Z")])
def test_the_time_zone(make_stand, zone, offset):
    stand = make_stand(**zone)
    stand.stop()
    assert lines(stand) and all(line.split()[0].endswith(offset) for line in lines(stand)), lines(stand)[0]


def test_a_request_and_its_attempts_are_rows(stand, upstream):
    upstream.script(gemini_reply(gemini.QUOTA_MINUTE), gemini_reply(gemini.OVERLOADED))
    assert stand.chat(stream=True).status_code == 200
    wait_until(lambda: rows(stand, "SELECT * FROM requests"), 3, "a row")
    request = rows(stand, "SELECT * FROM request_rows")[0]
    assert (request["status"], request["attempts"], request["streamed"]) == (200, 3, 1)
    assert (request["dialect"], request["model"]) == ("openai", "gemini-3.8-flash")
    assert (request["prompt_tokens"], request["output_tokens"]) == (5, 3)
    assert request["first_token_ms"] >= 0
    attempts = rows(stand, "SELECT * FROM attempt_rows ORDER BY number")
    assert [row["status"] for row in attempts] == [429, 503, 200]
    assert len({row["key_id"] for row in attempts}) >= 2
    assert all(row["rule"] for row in attempts)


def test_a_call_that_failed_is_a_row(stand, upstream):
    upstream.always(gemini_reply(gemini.BAD_FIELD))
    stand.chat()
    wait_until(lambda: rows(stand, "SELECT * FROM requests"), 3, "a row")
    request = rows(stand, "SELECT * FROM request_rows")[0]
    assert (request["status"], request["failed"]) == (400, 1)
    assert "hue" in request["error"]


def test_usage_is_counted(stand, upstream):
    for _ in range(5):
        stand.chat()

    def total():
        with sqlite3.connect(stand.data / "gemini-balance.db") as store:
            return store.execute("SELECT coalesce(sum(requests), 0), coalesce(sum(output_tokens), 0) "
                                 "FROM usage_total WHERE span = (SELECT min(span) FROM usage_total)").fetchone()

    wait_until(lambda: total()[0] == 5, 5, "counters")
    assert total()[1] == 15


def test_nothing_is_kept_when_it_is_switched_off(make_stand, upstream):
    stand = make_stand(LOG_REQUESTS="false")
    stand.chat()
    stand.stop()
    assert rows(stand, "SELECT * FROM requests") == []
