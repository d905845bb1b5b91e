#!/usr/bin/env python3
"""Functions with a safer kin are not called: unbounded copies, static buffers, no error report."""

import re

from lintlib import C_ENDINGS, blank_comments_and_texts, files, finish, read

BANNED = {
    "strcpy": "text_copy, xstrdup or memcpy",
    "strcat": "strbuf_puts",
    "stpcpy": "text_copy or memcpy",
    "strncat": "strbuf_append",
    "sprintf": "snprintf or strbuf_printf",
    "vsprintf": "vsnprintf or strbuf_vprintf",
    "strtok": "strcspn or strsep",
    "gmtime": "clock_iso",
    "localtime": "clock_local",
    "asctime": "clock_iso",
    "ctime": "clock_iso",
    "atoi": "text_to_int",
    "atol": "text_to_int",
    "atoll": "text_to_int",
    "atof": "text_to_num",
    "rand": "rand_below",
    "srand": "rand_below",
    "random": "rand_below",
    "gets": "fgets",
    "tmpnam": "mkostemp",
    "tempnam": "mkostemp",
    "mktemp": "mkostemp",
    "system": "posix_spawn",
    "popen": "posix_spawn",
    "alloca": "arena_alloc",
}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")


def main():
    findings = []
    for name in files(C_ENDINGS, ("fcgi/", "tests/")):
        code = blank_comments_and_texts(read(name))
        for found in CALL.finditer(code):
            line = code.count("\n", 0, found.start()) + 1
            word = found.group(1)
            findings.append(f"{name}:{line}: {word}() is banned; use {BANNED[word]}")
    finish(findings)


main()
