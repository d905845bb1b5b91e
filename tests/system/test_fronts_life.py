"""Every web server in front through what happens in its life: a reload, a process that dies, a silent minute."""

import os
import signal
import threading
import time

import httpx
import pytest

import gemini
from front_calls import CHAT, PATIENCE, InStep
from fronts import FRONTS
from fronts_limits import BREAKS_DOWN, limit_of
from load import Load
from stand import SLOW, alive, chunks_of, text_of, wait_until
from upstream import Answer, text

CLIENTS = 8


@pytest.mark.parametrize("name", FRONTS)
def test_reload(make_front, upstream, name):
    """A graceful reload under load, in the middle of a stream: nothing is lost, the stream ends whole."""
    front = make_front(name, keys=6, LOG_LEVEL="info", DRAIN_TIMEOUT="2")
    is_cut = limit_of(name, "reload_stream") not in (None, BREAKS_DOWN)
    go_on, got = threading.Event(), [b""]
    said = InStep(4, before_event={1: lambda: go_on.wait(4 * PATIENCE)})
    upstream.script(said, verb="streamGenerateContent")

    def read():
        try:
            with front.stream("/v1/chat/completions", CHAT | {"stream": True}, timeout=5 * PATIENCE) as reply:
                got[0] = said.read(reply.iter_raw())
        except httpx.HTTPError:
            pass  # cut

    reading = threading.Thread(target=read)
    reading.start()
    assert said.arrived[1].wait(PATIENCE)
    try:
        with Load(front, CLIENTS) as load:
            load.go_on()
            front.reload()
            load.go_on(3 * CLIENTS)
        if is_cut:
            reading.join(PATIENCE)  # upstream does not go on: only the web server ends it
    finally:
        go_on.set()
        reading.join(PATIENCE)
    if front.broke_down():
        assert limit_of(name, "reload") and limit_of(name, "reload_stream")
        return
    whole = b"[DONE]" in got[0] and all(word.strip().encode() in got[0] for word in said.words)
    # Where the server breaks down only at times, the stream may also end whole.
    assert whole != is_cut, got
    assert len(load.lost()) <= (CLIENTS if limit_of(name, "reload") else 0), load.lost()


def kill_one(front):
    """kill -9 to a process that serves; from when to when it was dying. Its socket takes connections until it is dead,
    which is a moment after kill() has returned: those are lost with it."""
    def once():
        for pid in front.pids()[:1]:
            try:
                os.kill(pid, signal.SIGKILL)
                return pid
            except ProcessLookupError:
                pass  # a CGI process that has ended by itself
        return None

    front.expected_signals.add(signal.SIGKILL)
    before = time.monotonic()
    killed = wait_until(once, 20, "a process to kill")
    wait_until(lambda: not alive(killed), 20, "its end")
    return before, time.monotonic()


@pytest.mark.parametrize("name", FRONTS)
def test_kill(make_front, upstream, name):
    """A process dies under load: only what it held is lost."""
    front = make_front(name, keys=6, LOG_LEVEL="info")
    upstream.always(text("Hello", before=0.05))
    kills = []
    with Load(front, CLIENTS) as load:
        load.go_on()
        kills.append(kill_one(front))
        load.go_on(3 * CLIENTS)
    lost = load.lost()
    # What it held: a request of each client, and where connections to it are kept one more of each, sent on a
    # connection that went with it before the web server had looked at it again.
    held = (1 if front.per_request else CLIENTS) * (2 if front.keeps_connections else 1)
    for asked in lost:
        assert any(asked.began < after + 3 * SLOW and before <= asked.ended for before, after in kills), asked
    # lighttpd looks after its processes once a second. Where a connection was refused before it knew of the death,
    # it answers 500 by itself until then.
    if "all handlers for" not in front.log():
        assert len(lost) <= held * len(kills), [(asked.began - kills[0][1], asked.status) for asked in lost]
    assert "in order" in front.gbctl("db", "check").stdout


# --- silence ----------------------------------------------------------------------------------------

MINUTE = 60


def in_silence(front, results, fields, answers):
    """One call during which upstream says nothing for a minute."""
    began, arrivals, content = time.monotonic(), [], b""
    try:
        with front.stream("/v1/chat/completions", CHAT | fields, timeout=2 * MINUTE * SLOW) as reply:
            for piece in reply.iter_raw():
                content += piece
                arrivals.append(time.monotonic())
        results.append((front.name, fields, answers, content, began, arrivals))
    except httpx.HTTPError as error:
        results.append((front.name, fields, answers, repr(error).encode(), began, arrivals))


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_silence(make_front, upstream):
    """All web servers at the same time, so that it costs one minute: before the first word, between two, and before
    an answer that is not streamed."""
    silent = {"before": text("At", " last", before=MINUTE), "between": Answer(*gemini.text_events("At", " last"), gap=MINUTE)}
    upstream.always(lambda request: silent["before" if b"before" in request.body else "between"])
    results, threads = [], []
    for name in FRONTS:
        front = make_front(name, LOG_LEVEL="info", STREAM_HEARTBEAT_SECONDS="5")
        front.name = name
        for where, stream in (("before", True), ("between", True), ("before", False)):
            fields = {"messages": [{"role": "user", "content": where}], "stream": stream}
            threads.append(threading.Thread(target=in_silence, args=(front, results, fields, where)))
            threads[-1].start()
    for thread in threads:
        thread.join(3 * MINUTE * SLOW)
    assert len(results) == 3 * len(FRONTS)
    for name, fields, where, content, began, arrivals in results:
        assert arrivals and arrivals[-1] - began > MINUTE - 5, (name, fields, content)
        if not fields["stream"]:
            assert b"At last" in content, (name, content)
            continue
        assert text_of(chunks_of(content)) == "At last", (name, where)
        assert content.count(b": waiting") >= 8, (name, where)
        gaps = [after - before for before, after in zip([began] + arrivals, arrivals)]
        assert max(gaps) < 20 * SLOW, (name, where, gaps)
    assert len(upstream.calls) == len(results)
