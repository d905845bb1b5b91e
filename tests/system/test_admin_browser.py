"""The admin in Chromium: every page in both languages, light and dark, wide and narrow, with and without scripts;
nothing overlaps the window, nothing is asked of other hosts, nothing serious is found by axe-core."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from stand import ADMIN_TOKEN, ROOT, SLOW, TOKEN

HERE = Path(__file__).parent / "browser"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
needs = pytest.mark.skipif(not CHROMIUM or not (HERE / "node_modules").exists(),
                           reason="needs Chromium, and `npm ci` in tests/system/browser")


@needs
@pytest.mark.timeout(400)
def test_every_page(make_stand, upstream):
    stand = make_stand()
    for _ in range(3):
        stand.chat()
    stand.chat(model="no-such-model")
    shots = os.environ.get("GB_SCREENSHOTS", str(ROOT / "tests" / "out" / "screenshots"))
    done = subprocess.run(["node", "pages.mjs", stand.url, ADMIN_TOKEN, TOKEN, shots], cwd=HERE, text=True,
                          capture_output=True, timeout=300 * SLOW, env=os.environ | {"CHROMIUM": CHROMIUM})
    # A proxy is tried without a key: any answer will do.
    upstream.faults[:] = [each for each in upstream.faults if "/models?pageSize=1: credentials []" not in each]
    assert done.returncode == 0, done.stderr
    assert not done.stdout, done.stdout
