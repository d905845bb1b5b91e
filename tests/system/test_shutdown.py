"""A graceful stop: running answers are finished, up to a bound."""

import signal
import threading
import time

import httpx
import pytest

from stand import SLOW, chunks_of, text_of
from stored import statuses_logged
from upstream import HANG, Reply, text


def in_background(action):
    results = []

    def run():
        try:
            results.append(action())
        except httpx.HTTPError as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_running_answer_is_finished(make_stand, upstream, number, streamed):
    stand = make_stand(front="socket", DRAIN_TIMEOUT="20")
    upstream.script(text(*["word "] * 10, gap=0.15, before=0.2))
    thread, results = in_background(lambda: stand.chat(stream=streamed))
    upstream.wait(lambda: upstream.calls)
    stand.responder.send_signal(number)
    thread.join(30)
    answer = results[0]
    assert answer.status_code == 200
    said = text_of(chunks_of(answer.content)) if streamed else answer.json()["choices"][0]["message"]["content"]
    assert said == "word " * 10
    assert stand.responder.wait(20) == 0


def test_the_bound(make_stand, upstream):
    stand = make_stand(front="socket", DRAIN_TIMEOUT="1")
    upstream.always(Reply(before=HANG))
    thread, _ = in_background(stand.chat)
    upstream.wait(lambda: upstream.calls)
    began = time.monotonic()
    stand.responder.send_signal(signal.SIGTERM)
    code = stand.responder.wait(40 * SLOW)
    assert time.monotonic() - began < 20 * SLOW
    assert code in (0, 1)
    thread.join(30)


def test_an_idle_one_stops_at_once(make_stand, upstream):
    stand = make_stand(front="socket", DRAIN_TIMEOUT="60")
    for _ in range(3):
        stand.chat()
    began = time.monotonic()
    stand.responder.send_signal(signal.SIGTERM)
    assert stand.responder.wait(60 * SLOW) == 0
    assert time.monotonic() - began < 20 * SLOW


def test_what_was_logged_last_is_not_lost(make_stand, upstream):
    stand = make_stand(front="socket")
    for _ in range(5):
        stand.chat()
    stand.stop()
    assert len(statuses_logged(stand)) == 5
