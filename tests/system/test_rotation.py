"""Two processes share one rotation."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from stand import TOKEN, wait_until

CHAT = {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}]}


def many(stand, requests, clients, body_of):
    """The status codes of so many requests of so many clients, each on a connection of its own."""
    def client(number):
        with httpx.Client(timeout=60, headers={"Authorization": f"Bearer {TOKEN}"}) as session:
            return [session.post(stand.url + "/v1/chat/completions", json=body_of(number, at)).status_code
                    for at in range(requests // clients)]

    with ThreadPoolExecutor(clients) as pool:
        return [status for statuses in pool.map(client, range(clients)) for status in statuses]


def different(number, at):
    return CHAT | {"messages": [{"role": "user", "content": f"Question {number}.{at}"}]}


def test_no_key_is_used_much_above_the_mean(make_stand, upstream):
    stand = make_stand(keys=20, procs=2)
    statuses = many(stand, 2000, 32, different)
    assert set(statuses) == {200}
    assert len(statuses) >= 1984
    used = upstream.keys_used()
    mean = len(statuses) / 20
    assert len(used) == 20
    assert max(used.values()) <= mean * 1.1, used
    assert min(used.values()) >= mean * 0.8, used


def test_both_processes_run(make_stand, upstream):
    stand = make_stand(keys=4, procs=2)
    many(stand, 64, 16, different)
    pids = {str(pid) for pid in stand.pids()}
    assert len(pids) == 2

    def started():
        return {line.split("pid=")[1].split()[0] for line in stand.log().splitlines() if "app.started" in line}

    wait_until(lambda: started() == pids, what="both to say so")


def test_the_same_question_again_and_again_is_fair_without_affinity(make_stand, upstream):
    stand = make_stand(keys=5, procs=1, POOL_AFFINITY="false")
    many(stand, 100, 4, lambda number, at: CHAT)
    used = upstream.keys_used().values()
    assert len(used) == 5 and max(used) - min(used) <= 5, used
