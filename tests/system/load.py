"""Clients that ask without pause while something happens to a stand."""

import dataclasses
import http.client
import json
import threading
import time
from urllib.parse import urlsplit

from front_calls import CHAT, PATIENCE
from stand import TOKEN, wait_until


@dataclasses.dataclass
class Asked:
    """What became of one request of the load."""

    began: float
    status: int = 0  # 0: no answer
    ended: float = None
    told: str = ""


class Load:
    """Clients that ask without pause, each request on a connection of its own, until they are told to stop."""

    def __init__(self, stand, clients=8):
        self.stand, self.stop_now, self.asked = stand, threading.Event(), []
        self.threads = [threading.Thread(target=self.client, args=(number,)) for number in range(clients)]

    def client(self, number):
        count, site = 0, urlsplit(self.stand.url)
        while not self.stop_now.is_set():
            count += 1
            asked = Asked(time.monotonic())
            self.asked.append(asked)
            connection = http.client.HTTPConnection(site.netloc, timeout=PATIENCE)
            try:
                body = CHAT | {"messages": [{"role": "user", "content": f"Question {number}.{count}"}]}
                connection.request("POST", site.path + "/v1/chat/completions", json.dumps(body), {
                    "Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
                answer = connection.getresponse()
                asked.told = answer.read().decode(errors="replace")
                asked.status = answer.status
            except (OSError, http.client.HTTPException) as error:
                asked.told = repr(error)
            finally:
                asked.ended = time.monotonic()
                connection.close()
                if asked.status != 200:
                    time.sleep(0.05)

    def answered(self):
        return sum(asked.status == 200 for asked in list(self.asked))

    def lost(self):
        return [asked for asked in list(self.asked) if asked.ended and asked.status != 200]

    def go_on(self, count=20):
        """Waits until so many more were answered, or the web server broke down."""
        wanted = self.answered() + count
        wait_until(lambda: self.answered() >= wanted or self.stand.broke_down(), 20, "more answers")

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop_now.set()
        for thread in self.threads:
            thread.join(2 * PATIENCE)
