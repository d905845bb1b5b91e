#!/usr/bin/env python3
"""A source file above 800 lines is two things."""

from lintlib import files, finish, read

LONGEST = 800
ENDINGS = (".c", ".h", ".cc", ".def", ".py", ".sh", ".js", ".css", ".sql", ".tpl", ".mk")


def main():
    findings = []
    for name in files(ENDINGS, ("fcgi/", "tests/", "templates/", "static/", "conf/")):
        length = read(name).count("\n")
        if length > LONGEST:
            findings.append(f"{name}: {length} lines, the most are {LONGEST}")
    finish(findings)


main()
