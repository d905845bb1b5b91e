#!/usr/bin/env python3
"""Every class and id that the admin's style sheet names stands on some page: in a template, in the script, or as a
word of the code that ends up in a class."""

import re

from lintlib import files, finish, read

NAMED = re.compile(r"[.#](-?[A-Za-z_][\w-]*)")
WORD = re.compile(r"[A-Za-z_][\w-]*")
FILLED = r"\{\{\w+\}\}"


def selectors(text):
    """What stands before each "{", with its line; the rules inside of @media too."""
    text = re.sub(r"/\*.*?\*/", lambda found: re.sub(r"[^\n]", " ", found.group(0)), text, flags=re.S)
    for found in re.finditer(r"[^{};]+(?=\{)", text):
        for part in found.group(0).split(","):
            if not part.strip().startswith("@"):
                yield text.count("\n", 0, found.start() + found.group(0).index(part) + len(part.rstrip())) + 1, part


def of_templates():
    """Patterns of names: "fill-{{STATE}}" stands for all that begin so."""
    patterns = set()
    for name in files((".tpl",), ("templates/",)):
        text = re.sub(r"\{\{[#/>%][^}]*\}\}", " ", read(name))
        for value in re.findall(r'\b(?:class|id)="([^"]*)"', text):
            for word in value.split():
                if not re.fullmatch(FILLED, word):
                    patterns.add("[\\w-]+".join(re.escape(part) for part in re.split(FILLED, word)))
    return re.compile("|".join(sorted(patterns)) or r"(?!)")


def of_code():
    words = set()
    for name in files((".js",), ("static/",)):
        words.update(WORD.findall(" ".join(re.findall(r"'[^'\n]*'|`[^`]*`", read(name)))))
    for name in files((".c",), ("fcgi/admin/", "fcgi/exchange/key_check")):
        words.update(re.findall(r'"([A-Za-z_][\w-]*)"', read(name)))
    return words


def main():
    templates, code = of_templates(), of_code()
    findings = []
    for sheet in files((".css",), ("static/",)):
        for line, selector in selectors(read(sheet)):
            findings += [f"{sheet}:{line}: {name} is on no page" for name in NAMED.findall(selector)
                         if name not in code and not templates.fullmatch(name)]
    finish(findings)


main()
