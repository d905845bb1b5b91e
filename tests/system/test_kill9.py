"""kill -9 at any moment: the next request works, the store is whole, nothing settled is forgotten."""

import random
import threading
import time

import pytest

import gemini
from front_calls import MODEL
from load import Load
from pool_table import explained
from stand import wait_until
from upstream import HANG, Reply, gemini_reply


@pytest.mark.parametrize("procs", [1, 2])
def test_under_load(make_stand, upstream, procs):
    stand = make_stand(keys=10, procs=procs)
    chance = random.Random(4)
    with Load(stand, 12) as load:
        for _ in range(4):
            load.go_on()
            time.sleep(chance.random() * 0.2)
            killed = stand.kill_responders()
            wait_until(lambda: set(stand.pids()) and not set(stand.pids()) & set(killed), 20, "a new responder")
        load.go_on()
    assert stand.chat().status_code == 200
    assert "in order" in stand.gbctl("db", "check").stdout


def test_what_was_settled_is_still_known(make_stand, upstream):
    stand = make_stand(keys=4)
    upstream.always(gemini_reply(gemini.KEY_LEAKED), key=stand.keys[0])
    upstream.always(gemini_reply(gemini.QUOTA_DAY), key=stand.keys[1])
    while len(upstream.keys_used()) < 4:
        assert stand.chat().status_code == 200
    explained = lambda: stand.gbctl("pool", "explain", "--model", "gemini-3.8-flash").stdout
    wait_until(lambda: "day_quota" in explained() and "leaked" in explained(), 20, "both in the store")
    killed = stand.kill_responders()
    wait_until(lambda: stand.pids() and not set(stand.pids()) & set(killed), 20, "a new responder")
    wait_until(lambda: stand.get("/health").status_code == 200)
    upstream.reset()
    for _ in range(8):
        assert stand.chat().status_code == 200
    assert set(upstream.keys_used()) == set(stand.keys[2:])
    assert len(stand.gbctl("keys", "list", "--state", "dead").stdout.strip().splitlines()) >= 1


def test_a_learned_limit_is_still_known(make_stand, upstream):
    stand = make_stand(keys=1)
    upstream.script(gemini_reply(gemini.quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "3", "1s")))
    stand.chat()
    wait_until(lambda: "of 3 calls a minute" in stand.gbctl("pool", "explain", "--model", "gemini-3.8-flash").stdout, 20,
               "the limit in the store")
    killed = stand.kill_responders()
    wait_until(lambda: stand.pids() and not set(stand.pids()) & set(killed), 20, "a new responder")
    wait_until(lambda: stand.chat().status_code == 200, 20, "the end of the rest")
    statuses = [stand.chat().status_code for _ in range(6)]
    assert 429 in statuses
    assert sum(request.status == 200 for request in upstream.calls) <= 3, "more was sent than the limit allows"


def test_a_rest_a_death_and_a_limit_at_once(make_stand, upstream):
    stand = make_stand(keys=5)
    rests, dies, learns = stand.keys[:3]
    upstream.always(gemini_reply(gemini.QUOTA_DAY), key=rests)
    upstream.always(gemini_reply(gemini.KEY_LEAKED), key=dies)
    upstream.always(gemini_reply(gemini.quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "50", "600s")),
                    key=learns)
    wait_until(lambda: stand.chat().status_code == 200 and len(upstream.keys_used()) == 5, 20, "each key's turn")

    def settled():
        """Why each key does not serve, until when, and its learned limits, which those of its kind share."""
        rows = explained(stand, MODEL)
        return {number: (row.now, row.why, row.until, row.limits) for number, row in rows.items()}

    def all_are_told():
        told = settled()
        return [row[0] for row in told.values()] == ["rests", "dead", "rests", "serves", "serves"] and \
            all(row[3] == ["50 calls a minute", "20 calls a day"] for row in told.values()) and told

    before = wait_until(all_are_told, 20, "all three in the store")
    assert before[1][1].startswith("quota of the day used up")
    assert before[3][1].startswith("quota of the minute used up")
    assert before[2][1] == "[key.leaked]" and before[1][2] and before[3][2]
    killed = stand.kill_responders()
    wait_until(lambda: stand.pids() and not set(stand.pids()) & set(killed), 20, "a new responder")
    wait_until(lambda: stand.get("/health").status_code == 200, 20, "its answer")
    assert settled() == before
    upstream.reset()
    wait_until(lambda: stand.chat().status_code == 200 and len(upstream.keys_used()) == 2, 20,
               "both healthy keys' turn")
    for _ in range(6):
        assert stand.chat().status_code == 200
    assert set(upstream.keys_used()) == set(stand.keys[3:])
    assert settled() == before


def test_a_client_sees_an_error_and_not_half_an_answer(make_stand, upstream):
    stand = make_stand()
    upstream.script(Reply(before=HANG))
    results = []
    asking = threading.Thread(target=lambda: results.append(stand.chat().status_code))
    asking.start()
    upstream.wait(lambda: upstream.calls)
    stand.kill_responders()
    asking.join(20)
    assert results and results[0] >= 500
    # lighttpd must not be told to stop while it makes the next one: its own handler would take the signal there.
    wait_until(lambda: stand.get("/health").status_code == 200)
