#!/usr/bin/env python3
"""Counts the tests of a phase: tally.py KIND FILE_OR_FOLDER [SINCE] prints "PASSED FAILED SKIPPED".

KIND: lint and pytest read the closing lines of a log; unit reads what automake and cmocka have left in a
build folder since that second of the epoch.
"""

import re
import sys
from pathlib import Path

WORDS = ("passed", "failed", "skipped")


def of_lines(pattern, text):
    """Sums "N word" over the lines that fit."""
    sums = dict.fromkeys(WORDS, 0)
    for line in re.findall(pattern, text, re.M):
        for number, word in re.findall(r"(\d+) (\w+)", line):
            word = "failed" if word.startswith("error") else word
            if word in sums:
                sums[word] += int(number)
    return sums


def of_lint(log, _since):
    return of_lines(r"^lint.*: \d+ (?:passed|skipped).*$", log.read_text(errors="replace"))


def of_pytest(log, _since):
    return of_lines(r"^=*\s?\d+ (?:passed|failed|skipped|error).* in [\d.]+s.*$", log.read_text(errors="replace"))


def of_unit(build, since):
    """Each test of a cmocka program counts; a program that broke off counts as one that failed."""
    sums = dict.fromkeys(WORDS, 0)
    for record in build.glob("tests/**/*.trs"):
        if record.stat().st_mtime < since:
            continue
        outcome = re.search(r":test-result: (\w+)", record.read_text())
        log = record.with_suffix(".log")
        text = log.read_text(errors="replace") if log.exists() else ""
        inside = {word: sum(map(int, re.findall(rf"\[  {word.upper()} +\] (\d+) test\(s\)", text))) for word in WORDS}
        passed = bool(outcome) and outcome.group(1) == "PASS"
        skipped = bool(outcome) and outcome.group(1) == "SKIP"
        sums["passed"] += inside["passed"] or passed
        sums["skipped"] += inside["skipped"] or skipped
        sums["failed"] += 0 if passed or skipped else inside["failed"] or 1
    return sums


def main():
    kind, where = sys.argv[1], Path(sys.argv[2])
    since = float(sys.argv[3]) if len(sys.argv) > 3 else 0
    sums = {"lint": of_lint, "pytest": of_pytest, "unit": of_unit}[kind](where, since)
    print(*[sums[word] for word in WORDS])


main()
