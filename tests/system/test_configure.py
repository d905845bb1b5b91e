"""configure names what is missing, with the package that has it."""

import os
import subprocess

import pytest

from stand import ROOT


@pytest.mark.skipif(not (ROOT / "configure").exists(), reason="there is no configure")
def test_missing_libraries_are_named_all_at_once(tmp_path):
    environment = os.environ | {"PKG_CONFIG_LIBDIR": str(tmp_path), "PKG_CONFIG_PATH": ""}
    done = subprocess.run([ROOT / "configure"], cwd=tmp_path, env=environment, capture_output=True, text=True,
                          timeout=110, stdin=subprocess.DEVNULL)
    assert done.returncode != 0
    for package in ("libcurl4-openssl-dev", "libjson-c-dev", "libsqlite3-dev", "libssl-dev", "libctemplate-dev"):
        assert package in done.stderr
