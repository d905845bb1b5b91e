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


def prose(path):
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)


def shape(path):
    """What a translation leaves as it is: the levels of headings, tables and pictures, where links lead, names."""
    text = prose(path)
    links = [re.sub(r"#.*|\.zh-CN", "", link) for link in re.findall(r"\]\(([^)]*)\)", text)]
    code = {name for name in re.findall(r"`([^`]+)`", text) if name.isascii() and not re.search(r"\s", name)}
    return {"headings": [len(level) for level in re.findall(r"^(#+) ", text, re.M)],
            "table rows": [line.count("|") for line in text.splitlines() if line.startswith("|")],
            "links": [link for link in links if link], "code": {name for name in code if not name.startswith("MODEL-")}}


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.name)
def test_both_languages_have_the_same_parts(path):
    one, other = shape(path), shape(path.with_name(path.stem + ".zh-CN.md"))
    for part in one:
        assert one[part] == other[part], part


OF_OTHERS = {"AUTH_TYPE", "REMOTE_USER", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_settings_and_commands_that_it_names_are_there(path):
    text = path.read_text(encoding="utf-8")
    settings = set(re.findall(r'^SETTING\(\w+, \w+, "(\w+)"', (ROOT / "fcgi/config/settings.def").read_text(), re.M))
    named = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", text))
    assert named <= settings | OF_OTHERS, named - settings - OF_OTHERS
    usage = subprocess.run([str(GBCTL), "--help"], capture_output=True, text=True, timeout=20)
    known = set(re.findall(r"^  ([a-z]+(?: [a-z]+)?)\b", usage.stdout + usage.stderr, re.M))
    for noun, verb in re.findall(r"\bgbctl ([a-z]+)(?: ([a-z]+))?", text):
        assert noun in known or f"{noun} {verb}" in known, f"gbctl {noun} {verb}"
    for name in re.findall(r"`(?:conf/)?([\w.-]+\.conf|Caddyfile)`", text):
        assert (ROOT / "conf" / (name + ".in")).exists(), name


def test_what_old_tutorials_show_streams_too(stand, tmp_path):
    block, = [each["text"] for each in blocks(ROOT / "docs" / "use.md") if each["which"] == "python-0.28"]
    head, _, _ = block.partition("print(")
    streamed = head.replace("model=", "stream=True, model=")
    assert streamed != head
    run(stand, "python-0.28", streamed + '''
words = [chunk["choices"][0]["delta"].get("content") or "" for chunk in answer if chunk["choices"]]
assert "".join(words) == "Hello from Gemini", words
print(len(words))
''', tmp_path / "block")
