"""Fixtures for the places: what the system tests have, and folders that are mounted into a root."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from upstream import Upstream  # noqa: E402


@pytest.fixture
def upstream():
    made = Upstream()
    yield made
    made.close()
    assert not made.faults, made.faults
