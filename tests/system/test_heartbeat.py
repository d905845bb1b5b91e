"""A minute of silence upstream: the front server and the client hear that something goes on."""

import time

import pytest

from stand import chunks_of, text_of
from upstream import Answer, text

import gemini

BODY = {"model": "gemini-3.8-flash", "messages": [{"role": "user", "content": "Hi"}], "stream": True}


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("answer", [
    text("At", " last", before=60),
    Answer(*gemini.text_events("At", " last"), gap=60)], ids=["before the first word", "between two words"])
def test_a_minute_of_silence(make_stand, upstream, answer):
    stand = make_stand(STREAM_HEARTBEAT_SECONDS="5")
    upstream.script(answer)
    began, content, arrivals = time.monotonic(), b"", []
    with stand.stream("/v1/chat/completions", BODY, timeout=20) as reply:
        for piece in reply.iter_raw():
            content += piece
            arrivals.append(time.monotonic())
    assert text_of(chunks_of(content)) == "At last"
    assert time.monotonic() - began > 55
    assert content.count(b": waiting") >= 8
    gaps = [after - before for before, after in zip([began] + arrivals, arrivals)]
    assert max(gaps) < 12
    assert len(upstream.calls) == 1
