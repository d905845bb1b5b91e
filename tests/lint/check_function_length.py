#!/usr/bin/env python3
"""No function is longer than 100 lines; those above 60 are listed, and do not fail.

.clang-format puts the braces of a function alone into the first column, so that is what a
function is here."""

import re

from lintlib import blank_comments_and_texts, files, finish, read

LONGEST = 100
WORTH_A_LOOK = 60
NAME = re.compile(r"([A-Za-z_]\w*)\s*\(")


def name_before(lines, brace):
    """The name in the declaration that ends above line `brace`."""
    start = brace
    while start > 0 and lines[start - 1].strip() and not lines[start - 1].startswith(("}", "#")):
        start -= 1
    names = NAME.findall(" ".join(lines[start:brace]))
    return next((name for name in names if not name.isupper()), "?")


def functions(code):
    """Yields (first line, length, name) of each function body, braces included."""
    lines = blank_comments_and_texts(code).split("\n")
    start = None
    for number, line in enumerate(lines):
        if line.rstrip() == "{":
            start = number
        elif line.startswith("}") and start is not None:
            yield start + 1, number - start + 1, name_before(lines, start)
            start = None


def main():
    findings = []
    for name in files((".c", ".h", ".cc"), ("fcgi/", "tests/")):
        for line, length, function in functions(read(name)):
            if length > LONGEST:
                findings.append(f"{name}:{line}: {function} has {length} lines, the most are {LONGEST}")
            elif length > WORTH_A_LOOK and name.startswith("fcgi/"):
                print(f"note: {name}:{line}: {function} has {length} lines")
    finish(findings)


main()
