"""The table of the places names every place that tests/places.sh knows, in both languages, and nothing that failed."""

import re
import sys

import pytest

from stand import ROOT

sys.path.insert(0, str(ROOT / "tests" / "places"))

import places_table  # noqa: E402

SCRIPT = (ROOT / "tests" / "places.sh").read_text()
ROW = re.compile(r"^\| ([^|]+) \| [^|]+ \| ", re.M)


def test_every_place_has_its_rows_and_its_words():
    known = set(re.search(r'^all="(.*)"$', SCRIPT, re.M).group(1).split())
    assert known == set(places_table.PLACES)
    for name in known:
        assert re.search(rf"^place_{name.replace('-', '_')}\(\)", sources(), re.M), name


def sources():
    return SCRIPT + "".join(path.read_text() for path in sorted((ROOT / "tests" / "places").glob("*.sh")))


@pytest.mark.parametrize("name", places_table.FILES)
def test_the_page_has_every_place(name):
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    language = places_table.FILES[name]
    assert page.startswith(places_table.HEAD[language])
    assert {title for title in ROW.findall(page)} >= {titles[language] for titles in places_table.PLACES.values()}
