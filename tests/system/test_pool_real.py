"""The pool against an upstream that enforces its limits: nearly all of the capacity is served, no client is
turned away while a key can serve, few calls are wasted, and what was found out is known to every process."""

import threading
import time
from collections import Counter

import httpx
import pytest

import gemini
from pool_table import explained, now_of
from stand import TOKEN, wait_until
from upstream import gemini_reply, text

MODEL = "gemini-3.8-flash"
LIMIT = 20  # requests of a key in the one minute that a test lasts
GOOD, DEAD, ZERO = 20, 3, 2
LIMITS = {"*": {"gemini-*": {"rpm": LIMIT}}}
# How late a process learns what the others used: it looks every second at what is written every quarter.
LAG_SECONDS = 1.5


class Quotas:
    """Google's side: a minute that begins with the first call, a limit for each key and model."""

    def __init__(self, upstream, names, good=GOOD, dead=DEAD, limit=LIMIT):
        self.lock, self.limit = threading.Lock(), limit
        self.left = {name: limit for name in names[:good]}
        self.dead = set(names[good:good + dead])
        self.zero = set(names[good + dead:])
        self.began, self.empty_at = None, None
        self.answers = Counter()
        upstream.always(self.answer, verb="generateContent")

    def answer(self, request):
        with self.lock:
            self.began = self.began or time.monotonic()
            kind, reply = self.decide(request.key)
            self.answers[kind] += 1
            return reply

    def decide(self, key):
        if key in self.dead:
            return "dead", gemini_reply(gemini.KEY_INVALID)
        if key in self.zero:
            return "zero", gemini_reply(gemini.QUOTA_ZERO)
        if self.left[key] == 0:
            delay = max(1, int(60 - (time.monotonic() - self.began)))
            return "refused", gemini_reply(gemini.quota(
                "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", str(self.limit), f"{delay}s", MODEL))
        self.left[key] -= 1
        if not any(self.left.values()):
            self.empty_at = time.monotonic()
        return "served", text("Hello")

    def capacity_left(self):
        with self.lock:
            return sum(self.left.values())


class Traffic:
    """Clients that ask at a steady pace; what became of each request."""

    def __init__(self, stand, quotas):
        self.stand, self.quotas = stand, quotas
        self.lock = threading.Lock()
        self.statuses, self.early, self.numbers = Counter(), 0, 0

    def run(self, requests, seconds, clients=16):
        self.next, self.last = self.numbers, self.numbers + requests
        self.start, self.gap = time.monotonic(), seconds / requests
        self.first = self.next
        threads = [threading.Thread(target=self.client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 60)
        self.numbers = self.last

    def take(self):
        with self.lock:
            if self.next == self.last:
                return None
            self.next += 1
            return self.next - 1

    def client(self):
        with httpx.Client(timeout=60, headers={"Authorization": f"Bearer {TOKEN}"}) as session:
            while (number := self.take()) is not None:
                time.sleep(max(0, self.start + (number - self.first) * self.gap - time.monotonic()))
                left = self.quotas.capacity_left()
                body = {"model": MODEL, "messages": [{"role": "user", "content": f"Question {number}"}]}
                status = session.post(self.stand.url + "/v1/chat/completions", json=body).status_code
                with self.lock:
                    self.statuses[status] += 1
                    self.early += status != 200 and min(left, self.quotas.capacity_left()) > 0


def tell(name, traffic, quotas):
    served, wasted = quotas.answers["served"], sum(quotas.answers.values()) - quotas.answers["served"]
    print(f"{name}: served {served} of {GOOD * LIMIT}, {dict(traffic.statuses)}, refused while capacity was left "
          f"{traffic.early}, wasted {wasted} ({100 * wasted / max(served, 1):.1f} of 100) {dict(quotas.answers)}")
    return served


def all_keys():
    return [f"AQ.Test_{number:04d}_k9Qw3ZrT7uLp2VbN5mXc" for number in range(1, GOOD + DEAD + ZERO + 1)]


@pytest.mark.parametrize("procs", [1, 4])
@pytest.mark.parametrize("load", [1.0, 1.3])
def test_limits_that_are_known(make_stand, upstream, procs, load):
    seconds = 8
    names = all_keys()
    quotas = Quotas(upstream, names)
    stand = make_stand(keys=names, procs=procs, RATE_LIMITS=LIMITS)
    traffic = Traffic(stand, quotas)
    offered = int(GOOD * LIMIT * load)
    traffic.run(offered, seconds)
    served = tell(f"known, {procs} processes, {load:.0%}", traffic, quotas)
    capacity = GOOD * LIMIT
    assert set(traffic.statuses) <= {200, 429}
    assert traffic.statuses[200] == served
    # Within the lag a process may believe that a key is used up, or that it is not.
    lag = 0 if procs == 1 else int(offered / seconds * LAG_SECONDS)
    assert served >= 0.99 * capacity - lag
    assert traffic.early <= 0.01 * capacity + lag
    # An ill key may be asked again before its first answer is there, and by each process that has not been told.
    finding_out = 2 * (DEAD + ZERO) * procs
    assert quotas.answers["dead"] + quotas.answers["zero"] <= finding_out
    assert quotas.answers["refused"] <= 0.01 * capacity + lag


@pytest.mark.parametrize("procs", [1, 4])
def test_limits_that_are_to_be_learned(make_stand, upstream, procs):
    names = all_keys()
    quotas = Quotas(upstream, names)
    stand = make_stand(keys=names, procs=procs)
    traffic = Traffic(stand, quotas)
    traffic.run(GOOD * LIMIT, 8)
    served = tell(f"to be learned, {procs} processes", traffic, quotas)
    assert set(traffic.statuses) <= {200, 429}
    assert served >= 0.9 * GOOD * LIMIT
    # One refusal teaches the limit of a key, and of its kind.
    assert quotas.answers["refused"] <= GOOD * procs


def test_a_restart_in_the_middle_forgets_nothing(make_stand, upstream):
    names = all_keys()
    quotas = Quotas(upstream, names)
    stand = make_stand(keys=names, procs=2, RATE_LIMITS=LIMITS)
    traffic = Traffic(stand, quotas)
    half = GOOD * LIMIT // 2
    traffic.run(half, 4)
    found_out = dict(quotas.answers)
    stand.restart()
    traffic.run(half, 4)
    tell("restarted", traffic, quotas)
    for kind in ("dead", "zero"):
        assert quotas.answers[kind] == found_out[kind], "the new processes asked what was known"
    lag = int(half / 4 * LAG_SECONDS)
    assert quotas.answers["refused"] <= lag
    assert quotas.answers["served"] >= 0.99 * GOOD * LIMIT - lag


@pytest.mark.parametrize("front", ["cgi", "apache_fcgid"])
def test_a_process_for_each_request(make_stand, make_front, upstream, front):
    """The rotation that is leased pick by pick wastes nothing: what a process found out, the next one knows."""
    names, limit = all_keys()[:8], 10
    quotas = Quotas(upstream, names, good=6, dead=1, limit=limit)
    settings = {"keys": names, "RATE_LIMITS": {"*": {"gemini-*": {"rpm": limit}}}}
    stand = make_stand(front="cgi", **settings) if front == "cgi" else make_front(front, **settings)
    traffic = Traffic(stand, quotas)
    traffic.run(6 * limit, 3, clients=2)
    served = tell(f"a process for each request, {front}", traffic, quotas)
    assert set(traffic.statuses) <= {200, 429}
    # Two at once may send the last call of a key twice, of each key.
    assert served >= 6 * limit - 3
    assert quotas.answers["refused"] <= 6
    assert quotas.answers["dead"] + quotas.answers["zero"] <= 2 * (2 + 1)


def test_conversations_stay_on_their_key_with_four_processes(make_stand, upstream):
    stand = make_stand(keys=10, procs=4)
    conversations, turns = 16, 6

    def talk(number):
        messages = [{"role": "user", "content": f"Conversation {number}"}]
        with httpx.Client(timeout=60, headers={"Authorization": f"Bearer {TOKEN}"}) as session:
            for _ in range(turns):
                answer = session.post(stand.url + "/v1/chat/completions", json={"model": MODEL, "messages": messages})
                assert answer.status_code == 200
                messages += [answer.json()["choices"][0]["message"], {"role": "user", "content": "Go on"}]

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(conversations)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    keys = {}
    for request in upstream.calls:
        keys.setdefault(request.json["contents"][0]["parts"][0]["text"], []).append(request.key)
    later = [turn == before for each in keys.values() for before, turn in zip(each, each[1:])]
    print(f"later turns on the key of the turn before: {sum(later)} of {len(later)}, by {len(stand.pids())} processes")
    assert len(later) == conversations * (turns - 1)
    assert sum(later) >= 0.97 * len(later)
    assert len({each[0] for each in keys.values()}) >= 5, "conversations are spread over the keys"


def test_rests_and_deaths_are_known_everywhere_at_once(make_stand, upstream):
    stand = make_stand(keys=6, procs=4)
    for number in range(16):  # all processes run and know the model
        assert stand.chat(f"Warm {number}").status_code == 200
    rests, dies = stand.keys[0], stand.keys[1]
    upstream.always(gemini_reply(gemini.QUOTA_DAY), key=rests)
    upstream.always(gemini_reply(gemini.KEY_LEAKED), key=dies)
    wait_until(lambda: stand.chat().status_code == 200 and
               {rests, dies} <= {each.key for each in upstream.calls if each.status in (403, 429)}, 20, "both keys' turn")
    wait_until(lambda: list(now_of(explained(stand, MODEL)).values()) == ["rests", "dead"] + 4 * ["serves"], 20, "both in the store")
    time.sleep(0.3)  # every process looks there before its next call, if it has not done so just now
    upstream.requests = []
    for number in range(60):
        assert stand.chat(f"After {number}").status_code == 200
    assert not {rests, dies} & set(upstream.keys_used())


def test_scheduled_checks_run_in_one_process(make_stand, upstream):
    stand = make_stand(keys=3, procs=4)
    ill = stand.keys[0]
    upstream.always(gemini_reply(gemini.KEY_LEAKED), key=ill)
    wait_until(lambda: stand.chat().status_code == 200 and "key.state" in stand.log(), 20, "a death")
    stand.stop()
    upstream.reset()
    stand.settings["CHECK_INTERVAL_HOURS"] = "1"
    stand.start()
    wait_until(lambda: "job=key-check" in stand.log(), 20, "the check")
    time.sleep(6)  # the other processes look for work every five seconds
    assert stand.log().count("job=key-check") == 1
    assert [request.key for request in upstream.calls] == [ill]
    wait_until(lambda: stand.get("/health").json()["keys"]["ready"] == 3, 20, "its return")


def test_from_the_shell(make_stand, upstream):
    stand = make_stand(keys=4)
    well, ill, rests, _ = stand.keys
    upstream.always(gemini_reply(gemini.KEY_INVALID), key=ill)
    upstream.always(gemini_reply(gemini.QUOTA_DAY), key=rests)
    done = stand.gbctl("keys", "verify", "--all", check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 1, "a dead key is an answer of its own"
    assert len(lines) == 4 and lines[-1].startswith("4/4")
    assert sorted(line.split()[3] for line in lines) == ["dead", "rests", "works", "works"]
    for _ in range(8):
        assert stand.chat().status_code == 200
    told = wait_until(lambda: "quota of the day" in (rows := explained(stand, MODEL))[3].why and rows, 20, "the rest in the store")
    assert (told[2].now, told[2].why) == ("dead", "[key.invalid]")
    kinds, _, models = stand.gbctl("pool", "status").stdout.partition("\n\n")
    assert kinds.splitlines()[1].split()[:5] == ["gemini", "4", "3", "0", "1"]
    assert MODEL in models and "1: quota of the day" in models
    upstream.reset()
    assert "jobs ran" in stand.gbctl("maintain", "--force").stdout
    wait_until(lambda: stand.get("/health").json()["keys"].get("ready", 0) >= 3, 20, "the dead key's return")
    assert well != ill
