#!/usr/bin/env python3
"""Keeps what the parts of places gave, and writes the table of docs/ from it.

  results.py record PLACE PART STATUS SECONDS LOG   the counts and figures that the log holds
  results.py passed PLACE PART                      ends with 0 if that part has passed with this program and these tests
  results.py counts PLACE                           one line: "PLACE: N passed, N failed, N skipped"
  results.py write-docs                             docs/places.md and docs/places.zh-CN.md
"""

import contextlib
import hashlib
import json
import re
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "tests" / "out" / "places" / "results"
PROGRAM = ("fcgi", "templates", "static", "configure.ac")
NOT_TESTS = re.compile(r"/(node_modules|__pycache__|out)(/|$)")
# pytest's last line, and that of the unit tests.
COUNTS = re.compile(r"^=*\s?((?:\d+ \w+,? ?)+) in [\d.]+s.*$|^unit: (.*)$", re.M)
FIGURE = re.compile(r"^figure: (\w+) ([\d.]+)$", re.M)
WORDS = ("passed", "failed", "skipped")


def files_of(names):
    for name in names:
        path = ROOT / name
        yield from sorted(path.rglob("*")) if path.is_dir() else [path]


def fingerprint(names):
    """Of all that these files and folders hold."""
    state = hashlib.sha256()
    for path in files_of(names):
        if path.is_file() and not NOT_TESTS.search(str(path.relative_to(ROOT))):
            state.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return state.hexdigest()[:16]


def tests_of(part):
    """The files whose change makes a part's result old."""
    return {"unit": ("tests/unit",), "system": ("tests/system",)}.get(part, ("tests/places", "conf", "Dockerfile"))


def system_files(name):
    """The same for one file of system tests."""
    return tuple(f"tests/system/{each}" for each in (Path(name).name, "stand.py", "conftest.py", "fronts.py", "upstream.py"))


def file_of(place, part):
    return RESULTS / place / f"{part}.json"


def kept(file):
    """The outcomes that keep.py wrote down, the last of each test."""
    last = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        with contextlib.suppress(ValueError):  # cut in the middle of a line
            each = json.loads(line)
            last[each["test"]] = each
    return list(last.values())


def counts_of(log):
    sums = dict.fromkeys(WORDS, 0)
    for pytest, unit in COUNTS.findall(log):
        for number, word in re.findall(r"(\d+) (\w+)", pytest or unit):
            word = "failed" if word.startswith("error") else word
            if word in sums:
                sums[word] += int(number)
    return sums


def record(place, part, status, seconds, log):
    text = Path(log).read_text(errors="replace")
    path = file_of(place, part)
    program = fingerprint(PROGRAM)
    lines = [each for each in kept(path.with_suffix(".kept")) if each["program"] == program]
    tests = [each["outcome"] for each in lines]
    sums = {word: tests.count(word) for word in WORDS} if tests else counts_of(text)
    result = sums | {"status": int(status), "seconds": int(seconds), "date": time.strftime("%Y-%m-%d", time.gmtime()),
                     "program": program, "tests": fingerprint(tests_of(part)),
                     "files": len({each["test"].partition("::")[0] for each in lines}),
                     "figures": {name: float(value) for name, value in FIGURE.findall(text)}}
    if int(status) and not result["failed"]:
        result["failed"] = 1  # it ended before it could count
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1))


def passed(place, part):
    path = file_of(place, part)
    if not path.exists():
        return 1
    result = json.loads(path.read_text())
    if result["status"] or result["program"] != fingerprint(PROGRAM) or \
            result["tests"] != fingerprint(tests_of(part)):
        return 1
    print(f"-- {place}: {part}: as of {result['date']}: " + ", ".join(f"{result[word]} {word}" for word in WORDS))
    return 0


def parts_of(place):
    return {path.stem: json.loads(path.read_text()) for path in sorted((RESULTS / place).glob("*.json"))}


def sum_of(parts):
    return {word: sum(part[word] for part in parts) for word in WORDS}


def counts(place):
    sums = sum_of(parts_of(place).values())
    print(f"{place}: " + ", ".join(f"{sums[word]} {word}" for word in WORDS))


def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "write-docs":
        import places_table
        return places_table.write(parts_of)
    return {"record": record, "passed": passed, "counts": counts}[command](*arguments)


if __name__ == "__main__":
    sys.exit(main())
