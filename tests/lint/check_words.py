#!/usr/bin/env python3
"""Nothing is left for later, and nothing names the machine it was written on."""

import re

from lintlib import files, finish, read

# In brackets, so that this file does not find itself.
RULES = (
    (re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b"), "is work left undone"),
    (re.compile(r"(?<![\w.~-])/(?:wor[k]|far[m])/"), "is a path of one machine"),
)
BINARY = (".png", ".ico", ".woff2", ".jpg", ".gif", ".pcm", ".wav", ".mp3", ".gz")


def main():
    findings = []
    for name in files():
        if name.endswith(BINARY):
            continue
        for number, line in enumerate(read(name).split("\n"), 1):
            for pattern, fault in RULES:
                found = pattern.search(line)
                if found:
                    findings.append(f"{name}:{number}: {found.group(0)} {fault}")
    finish(findings)


main()
