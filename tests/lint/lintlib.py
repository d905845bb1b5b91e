"""What the lints share: which files there are, C without comments, and how findings are told."""

import os
import re
import subprocess
import sys

ROOT = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else
                       os.path.join(os.path.dirname(__file__), "..", ".."))
SKIPPED_FOLDERS = {".git", "build-aux", "autom4te.cache", ".venv", ".node", "node_modules", "out",
                   "data", "__pycache__"}
GENERATED = {"aclocal.m4", "configure", "configure~", "Makefile.in", "Makefile", "config.h.in",
             "config.h.in~", "config.h", "config.log", "config.status"}
C_ENDINGS = (".c", ".h", ".cc", ".def")


def listed_by_git():
    """The project's files as git knows them, new ones included; None outside a clone."""
    if not os.path.exists(os.path.join(ROOT, ".git")):
        return None
    try:
        done = subprocess.run(
            ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return [name for name in names if name]


def walked():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS and not f.startswith("build")]
        for name in names:
            if name not in GENERATED:
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def files(endings=None, under=("",)):
    """Paths below the root that begin with one of `under` and end with one of `endings`."""
    names = listed_by_git()
    names = walked() if names is None else names
    for name in sorted(set(names)):
        full = os.path.join(ROOT, name)
        if not name.startswith(tuple(under)) or not os.path.isfile(full) or os.path.islink(full):
            continue
        if endings is None or name.endswith(tuple(endings)):
            yield name


def read(name):
    with open(os.path.join(ROOT, name), "rb") as file:
        return file.read().decode("utf-8", "replace")


_BLANKABLE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)


def blank_comments_and_texts(code):
    """The same code with comments and literals as spaces, so that line numbers stay."""
    return _BLANKABLE.sub(lambda found: re.sub(r"[^\n]", " ", found.group(0)), code)


def finish(findings):
    """Prints the findings, one a line, and ends with 1 if there are any."""
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
