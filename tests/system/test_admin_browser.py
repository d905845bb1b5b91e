"""The admin in Chromium: every page in both languages, light and dark, wide and narrow, with and without scripts;
nothing overlaps the window, nothing is asked of other hosts, nothing serious is found by axe-core.

With GB_DOC_IMAGES=FOLDER (docs/images) it draws the pictures of the documentation, too, of an installation that has
been used for a month."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stand import ADMIN_TOKEN, GBCTL, ROOT, SLOW

HERE = Path(__file__).parent / "browser"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
needs = pytest.mark.skipif(not CHROMIUM or not (HERE / "node_modules").exists(),
                           reason="needs Chromium, and `npm ci` in tests/system/browser")


def draw(make_stand, folder):
    used = make_stand(keys=[])
    used.stop()
    subprocess.run([sys.executable, ROOT / "tests" / "bench" / "seed_log.py", used.data, GBCTL, "--keys", "48",
                    "--rows", "60000"], check=True, env=os.environ | used.environment())
    used.gbctl("keys", "pause", "4")
    used.start()
    subprocess.run(["node", "pictures.mjs", used.url, ADMIN_TOKEN, folder], cwd=HERE, check=True,
                   env=os.environ | {"CHROMIUM": CHROMIUM})


@needs
@pytest.mark.timeout(400)
def test_every_page(make_stand, upstream):
    stand = make_stand()
    for _ in range(3):
        stand.chat()
    stand.chat(model="no-such-model")
    shots = os.environ.get("GB_SCREENSHOTS", str(ROOT / "tests" / "out" / "screenshots"))
    without_keys = make_stand(keys=[])
    done = subprocess.run(["node", "pages.mjs", stand.url, ADMIN_TOKEN, shots, without_keys.url], cwd=HERE, text=True,
                          capture_output=True, timeout=300 * SLOW, env=os.environ | {"CHROMIUM": CHROMIUM})
    # A proxy is tried without a key: any answer will do.
    upstream.faults[:] = [each for each in upstream.faults if "/models?pageSize=1: credentials []" not in each]
    assert done.returncode == 0, done.stderr
    assert not done.stdout, done.stdout
    if os.environ.get("GB_DOC_IMAGES"):
        draw(make_stand, Path(os.environ["GB_DOC_IMAGES"]).absolute())
