"""LOG_DIR: the log of requests in a folder of its own, in memory on a router."""

import shutil

from stand import wait_until


def rows(stand):
    answer = stand.get("/api/logs/requests", token=stand.settings["AUTH_TOKEN"])
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_log_lies_where_it_is_told(make_stand, upstream, tmp_path):
    folder = tmp_path / "memory" / "log"
    stand = make_stand(LOG_DIR=str(folder))
    assert stand.chat().status_code == 200
    wait_until(lambda: "gemini-3.8-flash" in str(rows(stand)), 20, "the log row")
    assert (folder / "log.db").exists() and not (stand.data / "log.db").exists()
    # It may be gone at any start; keys and tokens are not.
    stand.stop()
    shutil.rmtree(folder)
    stand.start()
    assert stand.chat().status_code == 200
    assert (folder / "log.db").exists()
