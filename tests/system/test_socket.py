"""A responder on a socket of its own."""

import subprocess

import pytest

from stand import free_port


@pytest.mark.parametrize("kind", ["path", "port"])
def test_it_serves(make_stand, upstream, kind, tmp_path):
    address = str(tmp_path / "own.sock") if kind == "path" else f"127.0.0.1:{free_port()}"
    stand = make_stand(front="socket", address=address)
    assert stand.chat().status_code == 200
    assert stand.get("/health").status_code == 200
    stand.stop()
    assert stand.ended == [0]


def test_a_socket_left_by_a_dead_process_is_replaced(make_stand, upstream):
    stand = make_stand(front="socket")
    stand.kill_responders()
    stand.responder.wait(10)
    stand.start_responder()
    assert stand.chat().status_code == 200


def test_a_living_one_is_not_pushed_aside(make_stand, upstream):
    stand = make_stand(front="socket")
    done = subprocess.run(stand.arguments() + ["--socket", stand.address], env=stand.environment(),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, cwd=stand.folder)
    assert done.returncode != 0
    assert "own.sock" in done.stderr
    assert stand.chat().status_code == 200


def test_a_shell_is_told_what_to_do(make_stand):
    stand = make_stand(front="none")
    done = subprocess.run(stand.arguments(), env=stand.environment(), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=20, cwd=stand.folder)
    assert done.returncode == 2
    assert "web server" in done.stderr
