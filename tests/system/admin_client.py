"""A person at the admin: signing in, and reading what a page says and asks for."""

import contextlib
import html
import re
from html.parser import HTMLParser

import httpx

from stand import ADMIN_TOKEN, SLOW

NASTY = "\"><script>alert(1)</script>'"  # for whatever a page repeats


class Forms(HTMLParser):
    """Forms of a page: [{action, method, fields, rows}]."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "form":
            self.found.append({"action": values.get("action", ""), "method": values.get("method", "get"),
                               "fields": {}, "rows": []})
        elif tag in ("input", "textarea", "select", "button") and self.found and values.get("name"):
            if values.get("type") == "checkbox":
                self.found[-1]["rows"].append(values.get("value"))
            elif tag != "button":
                self.found[-1]["fields"][values["name"]] = values.get("value") or ""


def forms(answer):
    reader = Forms()
    reader.feed(answer.text)
    return reader.found


def form(answer, action):
    return next(each for each in forms(answer) if each["action"].endswith(action))


def text_of_page(answer):
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


@contextlib.contextmanager
def sign_in(stand, base=""):
    """A client with a session, below the path that the admin was moved to; `csrf` is the session's token."""
    with httpx.Client(base_url=stand.url + base, follow_redirects=False, timeout=30 * SLOW) as client:
        answer = client.post("/auth", data={"auth_token": ADMIN_TOKEN})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{stand.below}{base}/dashboard")
        client.csrf = form(client.get("/keys"), "/keys/add")["fields"]["csrf"]
        yield client
