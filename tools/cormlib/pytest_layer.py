"""Runs a folder of pytest tests and counts its results."""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from .paths import ROOT

NO_TESTS_COLLECTED = 5


def run_pytest(report, source, folder, pattern, live=False, environment=None):
    """Run `folder`; with `live` a dot appears for each test as it ends."""
    with tempfile.TemporaryDirectory(prefix="corm-pytest-") as scratch:
        outcome = Path(scratch) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider",
                   f"--junitxml={outcome}", str(folder)]
        command += ["-k", pattern] if pattern else []
        result = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, text=True,
                                env={**os.environ, "PYTHONPATH": str(ROOT / "tools"),
                                     **(environment or {})},
                                stdout=None if live else subprocess.PIPE,
                                stderr=None if live else subprocess.STDOUT)
        if result.returncode == NO_TESTS_COLLECTED and pattern:
            return
        if not outcome.exists():
            report.fail(f"{source}: pytest did not run", result.stdout or "")
            return
        _count(report, source, ElementTree.parse(outcome).getroot())


def _count(report, source, root):
    for case in root.iter("testcase"):
        name = f"{source}: {case.get('name')}"
        bad = next((case.find(tag) for tag in ("failure", "error")
                    if case.find(tag) is not None), None)
        skipped = case.find("skipped")
        if bad is not None:
            report.fail(name, bad.text or bad.get("message") or "")
        elif skipped is not None:
            report.skip(name, skipped.get("message") or "")
        else:
            report.ok(name)
