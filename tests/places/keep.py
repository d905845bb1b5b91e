"""A pytest plugin (-p keep): writes down every test's outcome as it comes, into the file that GB_KEEP names, and leaves out
the tests that have passed there with this program and this very file of tests. So a run of hours can be cut and
resumed. GB_RESUME=no runs all."""

import json
import os
from pathlib import Path

import results

FILE = Path(os.environ["GB_KEEP"])
PROGRAM = results.fingerprint(results.PROGRAM)


class Kept:
    def __init__(self):
        self.hashes, self.outcomes = {}, {}

    def hash_of(self, nodeid):
        name = nodeid.partition("::")[0]
        if name not in self.hashes:
            self.hashes[name] = results.fingerprint(results.system_files(name))
        return self.hashes[name]

    def pytest_collection_modifyitems(self, config, items):
        if os.environ.get("GB_RESUME") != "yes":
            return
        done = {line["test"] for line in results.kept(FILE)
                if line["outcome"] != "failed" and (line["program"], line["tests"]) == (PROGRAM, self.hash_of(line["test"]))}
        left = [item for item in items if item.nodeid not in done]
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in done])
        items[:] = left

    def pytest_runtest_logreport(self, report):
        if os.environ.get("PYTEST_XDIST_WORKER"):
            return
        worst = self.outcomes.get(report.nodeid, "passed")
        self.outcomes[report.nodeid] = worst = report.outcome if report.outcome != "passed" else worst
        if report.when == "teardown":
            line = {"test": report.nodeid, "outcome": worst, "program": PROGRAM, "tests": self.hash_of(report.nodeid)}
            with open(FILE, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


def pytest_configure(config):
    config.pluginmanager.register(Kept())
