"""Lines on standard error, and rows in the store."""

import re
import time

import pytest

import gemini
from stand import wait_until
from stored import logged, statuses_logged, stored
from upstream import gemini_reply

LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\S* (DEBUG|INFO|WARNING|ERROR|CRITICAL) [a-z_.]+( [a-z_]+=.*)?$")
OF_LIGHTTPD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: ")


def lines(stand):
    return [line for line in stand.log().splitlines() if line and not OF_LIGHTTPD.match(line)]


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
    wait_until(lambda: statuses_logged(stand), what="a row")
    assert logged(stand, "SELECT status, attempts, streamed, dialect, model, prompt_tokens, output_tokens, "
                         "first_token_ms >= 0 FROM request_rows") == [(200, 3, 1, "openai", "gemini-3.8-flash", 5, 3, 1)]
    statuses, keys, rules = zip(*logged(stand, "SELECT status, key_id, rule FROM attempt_rows ORDER BY number"))
    assert statuses == (429, 503, 200)
    assert len(set(keys)) >= 2
    assert all(rules)


def test_a_call_that_failed_is_a_row(stand, upstream):
    upstream.always(gemini_reply(gemini.BAD_FIELD))
    stand.chat()
    wait_until(lambda: statuses_logged(stand), what="a row")
    (status, failed, error), = logged(stand, "SELECT status, failed, error FROM request_rows")
    assert (status, failed) == (400, 1)
    assert "hue" in error


# (path, body, status, model of the row, words of its error): refused before upstream was asked
REFUSED = {
    "no json": ("/v1/chat/completions", b"{no", 400, "", "invalid JSON"),
    "no messages": ("/v1/chat/completions", {"model": "gemini-3.8-flash", "messages": []}, 400, "gemini-3.8-flash", "messages"),
    "a model that is not offered": ("/v1/chat/completions", {"model": "gemini-2.5-pro", "messages": [
        {"role": "user", "content": "Hi"}]}, 404, "gemini-2.5-pro", "not offered"),
    "native": ("/v1beta/models/gemini-2.5-pro:generateContent", {"contents": []}, 400, "gemini-2.5-pro", "contents"),
    "pictures": ("/v1/images/generations", {"prompt": 7}, 400, "", "prompt"),
}


def total_use(stand):
    return stored(stand, "SELECT coalesce(sum(requests), 0), sum(output_tokens) "
                         "FROM usage_total WHERE span = (SELECT min(span) FROM usage_total)")[0]


def test_a_call_that_is_refused_here_is_a_row_but_no_use(make_stand, upstream):
    stand = make_stand(FILTERED_MODELS=["gemini-2.5-pro"])
    for path, body, status, _, _ in REFUSED.values():
        assert stand.post(path, body).status_code == status, path
    assert stand.post("/v1/chat/completions", {}, token="a wrong token").status_code == 401
    stand.chat()
    wait_until(lambda: len(statuses_logged(stand)) == len(REFUSED) + 1, what="all rows")
    found = logged(stand, "SELECT status, failed, attempts, model, error, token_id FROM request_rows ORDER BY id")
    for (*row, error, token_id), (_, _, status, model, words) in zip(found, REFUSED.values()):
        assert row == [status, 1, 0, model or None] and words in error and token_id > 0, (row, error)
    wait_until(lambda: total_use(stand)[0] > 0, what="counters")
    assert len(upstream.calls) == total_use(stand)[0] == 1
    refused = [line for line in lines(stand) if "http.refused" in line]
    assert 'error="the client token is not valid"' in refused[-1] and len(refused) == len(REFUSED) + 1


def test_bodies_of_failed_calls_are_kept_where_that_is_wanted(make_stand, upstream):
    upstream.always(gemini_reply(gemini.BAD_FIELD))
    stand = make_stand(ERROR_LOG_RECORD_REQUEST_BODY="true")
    stand.chat("What Google refuses")
    stand.post("/v1/chat/completions", b'{"model":"gemini-3.8-flash","key":"AIzaSyB4kQ9w-Zr3TmVx7Lp2Nc8Yd5Hs1Fg6JuA",broken')
    stand.post("/v1/chat/completions", b'{"messages":"\xff\xfe"}')
    kept = lambda: [body for body, in logged(stand, "SELECT body FROM error_bodies ORDER BY request_id")]
    wait_until(lambda: len(kept()) == 3, what="three bodies")
    google, broken, binary = kept()
    assert "What Google refuses" in google and broken.endswith(",broken") and "6JuA" not in broken
    assert binary == '{"messages":"'


def test_a_tokens_limit_is_a_row_a_second(stand):
    made = stand.gbctl("token", "new", "--rpd", "1").stdout.split()
    token = next(word for word in made if word.startswith("sk-"))
    wait_until(lambda: stand.chat(token=token).status_code == 200, what="the token to be known")
    began = time.monotonic()
    for _ in range(20):
        assert stand.chat(token=token).status_code == 429
    took = time.monotonic() - began
    wait_until(lambda: 429 in statuses_logged(stand), what="a row")
    told = logged(stand, "SELECT error FROM request_rows WHERE status = 429")
    assert len(told) <= took + 2 and "requests a day" in told[0][0], told


def test_usage_is_counted(stand, upstream):
    for _ in range(5):
        stand.chat()
    wait_until(lambda: total_use(stand)[0] == 5, what="counters")
    assert total_use(stand)[1] == 15


def test_nothing_is_kept_when_it_is_switched_off(make_stand, upstream):
    stand = make_stand(LOG_REQUESTS="false")
    stand.chat()
    stand.stop()
    assert statuses_logged(stand) == []
