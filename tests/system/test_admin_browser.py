"""The admin in Chromium: every page in both languages, light and dark, wide and narrow, with and without scripts;
nothing overlaps the window, nothing is asked of other hosts, nothing serious is found by axe-core."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from stand import ADMIN_TOKEN, SLOW, TOKEN

HERE = Path(__file__).parent / "browser"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
needs = pytest.mark.skipif(not CHROMIUM or not (HERE / "node_modules").exists(),
                           reason="needs Chromium, and `npm ci` in tests/system/browser")


@needs
def test_every_page(stand, upstream, tmp_path):
    for _ in range(3):
        stand.chat()
    stand.chat(model="no-such-model")
    shots = os.environ.get("GB_SCREENSHOTS", str(tmp_path / "screenshots"))
    done = subprocess.run(["node", "pages.mjs", stand.url, ADMIN_TOKEN, TOKEN, shots], cwd=HERE, text=True,
                          capture_output=True, timeout=300 * SLOW, env=os.environ | {"CHROMIUM": CHROMIUM})
    assert done.returncode == 0, done.stderr
    assert not done.stdout, done.stdout
