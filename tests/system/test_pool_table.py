"""`gbctl pool explain` as a table: one key of each kind, the word and the end of each, and the totals of `gbctl pool
status`, which agree with it."""

import re
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import gemini
from pool_table import explained, now_of
from stand import wait_until
from upstream import gemini_reply

MODEL = "gemini-3.8-flash"
SPENT = gemini.error(402, "Your prepayment credits are depleted.", "FAILED_PRECONDITION")
HOUR = 3600
# By the number of the key: what upstream says to it; NOW and WHY of its line, without the end of its rest.
KEYS = {
    1: (None, "serves", ""),
    2: (gemini.QUOTA_MINUTE, "rests", "quota of the minute used up [minute_quota]"),
    3: (gemini.QUOTA_DAY, "rests", "quota of the day used up [day_quota]"),
    4: (None, "paused", ""),
    5: (gemini.KEY_LEAKED, "dead", "[key.leaked]"),
    6: (gemini.QUOTA_ZERO, "rests", "model not on this key's tier [not_entitled]"),
    7: (SPENT, "rests", "credits used up [spent]"),
}
ASKED = [number for number in KEYS if number != 4]
ELSEWHERE = "gemini-3.6-flash"


def end_of_day(now):
    """When a key returns whose day is used up: the span. Right after midnight the day may still be the old one."""
    pacific = datetime.fromtimestamp(now, ZoneInfo("America/Los_Angeles"))
    today = pacific.replace(hour=0, minute=0, second=0, microsecond=0)
    midnight = (today + timedelta(days=1)).timestamp()
    if now - today.timestamp() < HOUR / 2:
        return now + 60, now + 60
    return midnight + 5, midnight + 45


def ends(began, asked):
    """The earliest and the latest end of each rest that began between the two times."""
    spans = {2: (48 + 2, 49 + 2), 6: (21.6 * HOUR, 26.4 * HOUR), 7: (5.4 * HOUR, 6.6 * HOUR)}
    return {number: (began + low, asked + high) for number, (low, high) in spans.items()} | {
        3: (end_of_day(began)[0], end_of_day(asked)[1])}


def test_a_key_of_each_kind(make_stand, upstream):
    stand = make_stand(keys=len(KEYS))
    for number, (answer, _, _) in KEYS.items():
        if answer:
            upstream.always(gemini_reply(answer), key=stand.keys[number - 1])
    stand.gbctl("keys", "pause", "4")
    wait_until(lambda: stand.get("/health").json()["keys"]["ready"] == 6, 20, "the pause")
    began = time.time()
    wait_until(lambda: stand.chat(model=MODEL).status_code == 200 and len(upstream.keys_used()) == len(ASKED), 20,
               "each key's turn")
    asked = time.time()
    wait_until(lambda: now_of(explained(stand, MODEL)) == {number: row[1] for number, row in KEYS.items()}, 20,
               "each in the store")
    told = explained(stand, MODEL)
    assert {number: row.why for number, row in told.items()} == {number: row[2] for number, row in KEYS.items()}
    bounds = ends(began, asked)
    assert {number for number, row in told.items() if row.until} == set(bounds)
    for number, (low, high) in bounds.items():
        assert low - 1 <= told[number].until <= high + 1, (number, told[number])

    # Rests of one model are that model's; whatever it is, the totals are those of the lines.
    words = list(now_of(explained(stand, ELSEWHERE)).values())
    assert words == ["serves", "serves", "serves", "paused", "dead", "serves", "rests"]
    kinds, _, models = stand.gbctl("pool", "status").stdout.partition("\n\n")
    *counts, resting = kinds.splitlines()[1].split(None, 5)[1:]
    by_word = [words.count(word) for word in ("serves", "paused", "dead")]
    assert [int(count) for count in counts] == [len(words), *by_word]
    assert resting == "1: credits used up"
    of_model, = [line for line in models.splitlines() if line.startswith(MODEL + " ")]
    resting = re.findall(r"(\d+): ([^;]+)", of_model)
    assert sorted(resting) == sorted(("1", KEYS[number][2].partition(" [")[0]) for number in (2, 3, 6))
    assert int(counts[1]) - len(resting) == list(now_of(told).values()).count("serves")
