"""What `gbctl pool explain` says, as rows."""

import re
from dataclasses import dataclass
from datetime import datetime

LINE = re.compile(r"(?P<number>\d+) +(?P<key>\S+) +(?P<kind>\w+) +(?P<now>\w+) *(?P<why>.*?)"
                  r"(?:, until (?P<until>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d))?(?: *used (?P<used>\d.*))?")


@dataclass
class Row:
    now: str  # serves, rests, paused, dead
    why: str  # the reason and, in brackets, its kind or the rule of a death
    until: float  # seconds since 1970; None: no end
    limits: list  # "20 calls a day"


def row_of(found):
    until = found["until"] and datetime.fromisoformat(found["until"] + "+00:00").timestamp()
    limits = [each.split(" of ")[1] for each in (found["used"] or "").split(", ") if each]
    return Row(found["now"], found["why"].strip(), until, limits)


def explained(stand, model):
    """The rows by the numbers of their keys."""
    zone = {"TIMEZONE": "UTC", "TZ": "UTC"}
    lines = stand.gbctl("pool", "explain", "--model", model, settings=zone).stdout.splitlines()
    assert lines[0].split() == ["ID", "KEY", "KIND", "NOW", "WHY"]
    rows = {}
    for line in lines[1:]:
        found = LINE.fullmatch(line)
        assert found, line
        rows[int(found["number"])] = row_of(found)
    return rows


def now_of(rows):
    return {number: row.now for number, row in rows.items()}
