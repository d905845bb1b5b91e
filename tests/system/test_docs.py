"""The documents say what is true: every command in them is run here, taken from the text itself.

A fenced block follows a comment that says what it is:
    <!-- run: KIND -->        run, with the address and the token of a stand in place of the examples'
    <!-- conf: FILE -->       these lines stand in conf/FILE.in
    <!-- by hand: REASON -->  cannot be run here
"""

import json
import os
import re
import subprocess
from urllib.parse import unquote

import pytest

import reference_site

from stand import GBCTL, HERE, ROOT, SLOW, TOKEN

DOCUMENTS = sorted(path for pattern in ("docs/*.md", "README*.md") for path in ROOT.glob(pattern))
ENGLISH = [path for path in DOCUMENTS if not path.name.endswith(".zh-CN.md")]
BLOCK = re.compile(r"(?:^<!-- (?P<what>[\w ]+): (?P<which>[^\n]*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
ADDRESS = "http://127.0.0.1:8000"
OLD_SDK = ROOT / "tests" / ".venv" / "old-sdk"
SHELLS = {"shell", "reference", "keys-file"}


def blocks(path):
    return [match.groupdict() for match in BLOCK.finditer(path.read_text(encoding="utf-8"))]


def program(kind, text, folder):
    """The command line that runs a block, which may need a file of its own."""
    if kind in SHELLS:
        return ["bash", "-euo", "pipefail", "-c", text]
    if kind == "node":
        (folder / "node_modules").symlink_to(HERE / "node" / "node_modules")
        (folder / "block.mjs").write_text(text, encoding="utf-8")
        return ["node", "block.mjs"]
    assert kind in ("python", "python-0.28"), kind
    return [str(ROOT / "tests" / ".venv" / "bin" / "python"), "-c", "import os\nTOKEN = os.environ['TOKEN']\n" + text]


def set_scene(kind, folder):
    if kind == "reference":
        (folder / ".env").write_text(reference_site.ENV, encoding="utf-8")
        (folder / "data").mkdir()
        now = reference_site.datetime.datetime.now(reference_site.datetime.timezone.utc)
        reference_site.write_sqlite(folder / "data" / "default_db", reference_site.tables(now))
    elif kind == "keys-file":
        (folder / "exported.json").write_text(json.dumps({"keys": reference_site.KEYS}), encoding="utf-8")


def run(stand, kind, text, folder):
    folder.mkdir()
    set_scene(kind, folder)
    tools = stand.folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "gbctl").write_text(f'#!/bin/sh\nexec {GBCTL} --env-file {stand.folder}/env "$@"\n')
    (tools / "gbctl").chmod(0o755)
    (folder / "build").symlink_to(tools)
    environment = stand.environment() | {"TOKEN": TOKEN, "PATH": f"{tools}:{os.environ['PATH']}"}
    if kind == "python-0.28":
        environment["PYTHONPATH"] = str(OLD_SDK)
    done = subprocess.run(program(kind, text.replace(ADDRESS, stand.url), folder), cwd=folder, env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60 * SLOW)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    assert kind in SHELLS or done.stdout.strip(), text


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.name)
def test_what_a_document_says_works(make_stand, path, tmp_path):
    stand = None
    for number, block in enumerate(blocks(path)):
        if block["what"] == "run":
            stand = stand or make_stand(keys=2)
            run(stand, block["which"], block["text"], tmp_path / f"block{number}")
        elif block["what"] == "conf":
            assert block["text"] in (ROOT / "conf" / (block["which"] + ".in")).read_text(), block["which"]
        else:
            assert block["what"] == "by hand" or block["language"] == "", f"{path.name}: {block['text']}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", link):
            continue
        name, _, part = unquote(link).partition("#")
        target = path.parent / name if name else path
        assert target.exists(), f"{path.name}: {link}"
        if part and target.suffix == ".md":
            assert part in anchors(target), f"{path.name}: {link}"


def anchors(path):
    """Headings as a page shows their anchors: lower case, no punctuation, dashes for spaces."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(path):
    """Its blocks without what is translated: texts in quotes and comments."""
    return [(block["what"], block["which"], block["language"],
             re.sub(r' +#.*', "", re.sub(r'"[^"\n]*"', '""', block["text"])))
            for block in blocks(path)]


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.name)
def test_both_languages_say_the_same(path):
    """The Chinese twin has the same commands in the same order, so that running one runs both."""
    twin = path.with_name(path.stem + ".zh-CN.md")
    assert twin.exists(), twin.name
    for one, other in zip(commands(path), commands(twin), strict=True):
        if one[0] is not None:
            assert one == other
