"""The table of the web servers in front says what the front suite asserts."""

import re

import pytest

import fronts_limits
import fronts_table
from fronts import FRONTS
from stand import HERE, ROOT


@pytest.mark.parametrize("name", fronts_table.FILES)
def test_it_is_current(name, request):
    path, page = ROOT / name, fronts_table.page(fronts_table.FILES[name])
    if request.config.getoption("--write-docs"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(page)
    assert path.read_text() == page, "pytest test_fronts_table.py --write-docs"


def test_each_case_is_tried_and_each_limit_is_one_of_a_case():
    tried = {name for path in HERE.glob("test_fronts*.py") for name in re.findall(r"^def test_(\w+)", path.read_text(), re.M)}
    for case in fronts_limits.CASES:
        assert fronts_limits.WITHIN.get(case, case) in tried, case
    asserted = "".join(path.read_text() for path in HERE.glob("test_fronts*.py"))
    for front, case in fronts_limits.LIMITS:
        assert front in FRONTS and case in fronts_limits.CASES
        assert f'"{case}")' in asserted, f"nothing asserts the limit {case}"


def test_each_file_of_conf_is_a_front():
    tried = {front.conf + ".in" for front in FRONTS.values()} | {"quickstart-lighttpd.conf.in"}
    servers = re.compile(r"lighttpd|apache|nginx|caddy", re.I)
    assert {path.name for path in (ROOT / "conf").glob("*.in") if servers.search(path.name)} <= tried
