"""Keys that are dead or rest for long are asked again, by the scheduled check, by gbctl and by the admin: who is well
again serves, who is not stays as it is, and a lack of quota is no death."""

import json

import pytest

import gemini
from admin_client import sign_in
from pool_table import explained, now_of
from stand import ADMIN_TOKEN, wait_until
from upstream import gemini_reply

SPENT = gemini.error(402, "Your prepayment credits are depleted.", "FAILED_PRECONDITION")
MODEL = "gemini-3.8-flash"
DIES, INVALID, EMPTY, RESTS, RETURNS = range(5)  # places in stand.keys; the sixth is well
WELL = 5


def states(stand):
    """State and reason in the store, by number."""
    found = {}
    for line in stand.gbctl("keys", "list").stdout.splitlines():
        words = line.split()
        reason = [word.partition("=")[2] for word in words if word.startswith("reason=")]
        found[int(words[0])] = (words[3], *reason)
    return found


def number_of(place):
    return place + 1


def make_ill(stand, upstream):
    """Three keys dead, two at rest for hours, told by clients' calls."""
    for place in (DIES, INVALID, EMPTY):
        upstream.always(gemini_reply(gemini.KEY_LEAKED), key=stand.keys[place])
    for place in (RESTS, RETURNS):
        upstream.always(gemini_reply(SPENT), key=stand.keys[place])
    wait_until(lambda: stand.chat().status_code == 200 and len(upstream.keys_used()) == 6, 20, "each key's turn")
    wait_until(lambda: list(now_of(explained(stand, MODEL)).values()) == 3 * ["dead"] + 2 * ["rests"] + ["serves"], 20,
               "what was found in the store")


def get_well(stand, upstream):
    """What upstream says from now on: one key of each kind works again."""
    upstream.reset()
    upstream.always(gemini_reply(gemini.KEY_INVALID), key=stand.keys[INVALID])
    upstream.always(gemini_reply(gemini.QUOTA_DAY), key=stand.keys[EMPTY])
    upstream.always(gemini_reply(gemini.QUOTA_MINUTE), key=stand.keys[RESTS])


def check_outcome(stand, before):
    """Who was well is active; a key without quota is proven alive; nothing else changed."""
    after = explained(stand, MODEL)
    assert states(stand) == {number_of(place): ("active",) for place in range(6)} | {
        number_of(INVALID): ("dead", "key.invalid")}
    assert (after[number_of(INVALID)].now, after[number_of(INVALID)].why) == ("dead", "[key.invalid]")
    for place in (DIES, EMPTY, RETURNS, WELL):
        assert after[number_of(place)].now == "serves", place
    # A check that finds no quota neither ends nor lengthens a rest.
    assert after[number_of(RESTS)] == before[number_of(RESTS)]


def check_serving(stand, upstream):
    """The running server takes it up: those that are well are called, the dead and the resting one are not."""
    upstream.reset()
    wait_until(lambda: stand.chat().status_code == 200 and
               {stand.keys[place] for place in (DIES, EMPTY, RETURNS, WELL)} <= set(upstream.keys_used()), 20,
               "each healthy key's turn")
    assert not {stand.keys[INVALID], stand.keys[RESTS]} & set(upstream.keys_used())


def scheduled(stand):
    assert "jobs ran" in stand.gbctl("maintain", "--force").stdout


def by_gbctl(stand):
    """One line for each key, with the progress, the outcome and upstream's words."""
    done = stand.gbctl("keys", "verify", "--all", check=False)
    assert done.returncode == 1, "a dead key is an answer of its own"
    lines = [line.split(None, 5) for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == [f"{at}/6" for at in range(1, 7)]
    assert {int(line[1]): line[3:5] for line in lines} == {
        number_of(place): ["works", "200"] for place in (DIES, RETURNS, WELL)} | {
        number_of(INVALID): ["dead", "400"], number_of(EMPTY): ["rests", "429"], number_of(RESTS): ["rests", "429"]}
    assert any("API key not valid" in line[5] for line in lines if int(line[1]) == number_of(INVALID))


def by_the_form(stand):
    with sign_in(stand) as client:
        answer = client.post("/keys/action", data={"csrf": client.csrf, "action": "verify", "all": "1"},
                             headers={"Accept": "application/x-ndjson"})
    steps = [json.loads(line) for line in answer.text.splitlines()]
    assert [(step["done"], step["total"]) for step in steps] == [(at, 6) for at in range(1, 7)]
    assert {step["id"]: step["finding"] for step in steps} == {
        number_of(place): "works" for place in (DIES, RETURNS, WELL)} | {
        number_of(INVALID): "dead", number_of(EMPTY): "rests", number_of(RESTS): "rests"}


def by_the_api(stand):
    answer = stand.post("/api/keys/action", {"action": "verify", "filter": {}}, token=ADMIN_TOKEN).json()
    assert (answer["valid_count"], answer["invalid_count"]) == (5, 1)
    assert [(why["finding"], why["error_code"]) for why in answer["failed_keys"].values()] == [("dead", 400)]


@pytest.mark.parametrize("check", [scheduled, by_gbctl, by_the_form, by_the_api])
def test_all_are_asked_again(make_stand, upstream, check):
    stand = make_stand(keys=6)
    make_ill(stand, upstream)
    before = explained(stand, MODEL)
    get_well(stand, upstream)
    check(stand)
    asked = upstream.keys_used()
    assert asked[stand.keys[INVALID]] == 2, "invalid is believed when it is said twice"
    assert asked[stand.keys[WELL]] == (check is not scheduled), "the scheduled check asks only those that need it"
    assert all(asked[stand.keys[place]] == 1 for place in (DIES, EMPTY, RESTS, RETURNS))
    check_outcome(stand, before)
    check_serving(stand, upstream)


def test_one_key_alone(make_stand, upstream):
    stand = make_stand(front="none", keys=3)
    upstream.always(gemini_reply(gemini.KEY_LEAKED), key=stand.keys[1])
    told = stand.gbctl("keys", "verify", "2", check=False)
    assert told.returncode == 1
    assert told.stdout.split()[:2] == ["1/1", "2"] and " dead " in told.stdout and "leaked" in told.stdout
    assert states(stand) == {1: ("active",), 2: ("dead", "key.leaked"), 3: ("active",)}
    upstream.always(gemini_reply(gemini.OVERLOADED), key=stand.keys[1])
    assert " unknown " in stand.gbctl("keys", "verify", "2").stdout
    assert states(stand)[2] == ("dead", "key.leaked"), "a check that failed says nothing of the key"
    upstream.always(gemini_reply(gemini.THROTTLED), key=stand.keys[0])
    assert " rests " in stand.gbctl("keys", "verify", "1").stdout
    upstream.reset()
    told = stand.gbctl("keys", "verify", stand.keys[1])
    assert " works " in told.stdout and stand.keys[1] not in told.stdout
    assert states(stand) == {number: ("active",) for number in (1, 2, 3)}
    assert upstream.keys_used() == {stand.keys[1]: 1}
