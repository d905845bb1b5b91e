"""Calls whose time is not left to chance: streams in step with upstream, clients on bare sockets."""

import dataclasses
import json
import socket
import threading

import gemini
from stand import SLOW, TOKEN
from upstream import Answer

MODEL = "gemini-3.8-flash"
CHAT = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
NATIVE = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
PATIENCE = 20 * SLOW
AT_ONCE = 10 * SLOW  # below the heartbeat's interval, by which a client's leaving may show as well


class InStep(Answer):
    """A streamed answer whose next event is sent only when the client has got the one before: whatever holds
    events back on the way brings it to a stop."""

    def __init__(self, count, before_event=None):
        self.words = [f"word-{number} " for number in range(count)]
        super().__init__(*gemini.text_events(*self.words))
        self.arrived = [threading.Event() for _ in range(count)]
        self.before_event = before_event or {}
        self.held = None

    def render(self, request):
        reply = super().render(request)
        steps, at = [], 0
        for each in reply.steps:
            steps.append(each)
            if isinstance(each, bytes) and at < len(self.words):
                steps.append(lambda number=at: self.wait(number))
                at += 1
        return dataclasses.replace(reply, steps=tuple(steps))

    def wait(self, number):
        if self.held is None and not self.arrived[number].wait(PATIENCE):
            self.held = number
        if number in self.before_event:
            self.before_event[number]()

    def read(self, pieces):
        """Reads the client's side to its end; the whole of it."""
        got = b""
        for piece in pieces:
            got += piece
            for word, event in zip(self.words, self.arrived):
                if word.strip().encode() in got:
                    event.set()
        return got


def once(event, reply):
    """That reply to a call, when the event has happened."""
    return lambda _: event.wait(PATIENCE) and reply


def head_of(method, target, headers, version="1.1"):
    lines = [f"{method} {target} HTTP/{version}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def connect(front):
    return socket.create_connection(("127.0.0.1", front.port), timeout=PATIENCE)


def begin(front, path, body):
    """Sends a request; the connection, on which the answer is to be read.

    lighttpd 1.4 watches a connection for its end only where it had to wait for the request, as it has to for every
    client that is not on the same machine. Here it has to because the body follows only when it is asked for.
    """
    data = json.dumps(body).encode()
    connection = connect(front)
    connection.sendall(head_of("POST", front.below + path, {
        "Host": f"127.0.0.1:{front.port}", "Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json",
        "Content-Length": str(len(data)), "Expect": "100-continue"}))
    assert status_of(read_until(connection, b"\r\n\r\n")) == 100
    connection.sendall(data)
    return connection


def read_all(connection):
    got = b""
    try:
        while piece := connection.recv(65536):
            got += piece
    except ConnectionResetError:
        pass
    return got


def read_until(connection, wanted):
    got = b""
    while wanted not in got:
        piece = connection.recv(65536)
        assert piece, got
        got += piece
    return got


def status_of(answer):
    assert answer.startswith(b"HTTP/1."), answer[:200]
    return int(answer.split(b" ", 2)[1])
