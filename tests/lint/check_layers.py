#!/usr/bin/env python3
"""No folder of fcgi/ includes a folder above it, and each library has one home (layers.txt)."""

import os
import re

from lintlib import files, finish, read

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
GENERATED = {"config.h"}


def read_table():
    folders, libraries = {}, {}
    with open(os.path.join(os.path.dirname(__file__), "layers.txt"), encoding="utf-8") as table:
        for line in table:
            line = line.split("#")[0].strip()
            if not line:
                continue
            left, right = line.split(":")
            if left.startswith("library "):
                libraries[left.split()[1]] = set(right.split())
            else:
                folders[left] = set(right.split())
    return folders, libraries


def fault_of_own(folder, header, folders):
    """What is wrong with #include "header" in `folder`, or None."""
    if folder is None or header in GENERATED:
        return None
    target = header.split("/")[0]
    if "/" not in header or target == "..":
        return "is not named from the include root fcgi/"
    if target == folder or target in folders[folder] or header in folders[folder]:
        return None
    return f"is not among what {folder}/ may use"


def fault_of_library(folder, header, libraries):
    for prefix, homes in libraries.items():
        if header.startswith(prefix) and folder is not None and folder not in homes:
            where = " and ".join(sorted(home + "/" for home in homes)) or "no folder"
            return f"belongs to {where}"
    return None


def main():
    folders, libraries = read_table()
    findings = []
    for name in files((".c", ".h", ".cc", ".def"), ("fcgi/",)):
        parts = name.split("/")
        folder = parts[1] if len(parts) > 2 else None
        if folder is not None and folder not in folders:
            findings.append(f"{name}: folder {folder}/ has no row in tests/lint/layers.txt")
            continue
        code = read(name)
        for found in INCLUDE.finditer(code):
            quote, header = found.groups()
            fault = (fault_of_own(folder, header, folders) if quote == '"'
                     else fault_of_library(folder, header, libraries))
            if fault:
                line = code.count("\n", 0, found.start()) + 1
                findings.append(f"{name}:{line}: {header} {fault}")
    finish(findings)


main()
