"""The host layer: unit tests under ASan and UBSan, fuzzing, tests of the tools, SPIN's models."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from . import build, fuzz, tap, test_model
from .paths import TESTS
from .pytest_layer import run_pytest

LIMIT_S = 300
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}


def _unit_programs(build_folder):
    """[(name, command, environment)] of the tests that the host build declares."""
    listed = json.loads((build_folder / "meson-info" / "intro-tests.json").read_text())
    return [(test["name"], test["cmd"], test["env"]) for test in listed]


def _selected(name, command, pattern, folder):
    """Arguments that make a test program run what matches; None when nothing does."""
    if not pattern or pattern in name:
        return []
    if len(command) > 1:  # a script around programs: it has no tests of its own to choose from
        return None
    listed = subprocess.run([*command, "--list"], capture_output=True, text=True, cwd=folder)
    return [pattern] if any(pattern in line for line in listed.stdout.splitlines()) else None


def _run_unit(program, pattern, folder):
    name, command, extra = program
    chosen = _selected(name, command, pattern, folder)
    if chosen is None:
        return name, None, ""
    try:
        result = subprocess.run([*command, *chosen], capture_output=True, timeout=LIMIT_S,
                                stdin=subprocess.DEVNULL, cwd=folder,
                                env={**os.environ, **SANITIZERS, **extra})
    except subprocess.TimeoutExpired:
        return name, tap.Results(failed=[f"no end after {LIMIT_S} s"]), ""
    output = (result.stdout + result.stderr).decode(errors="replace")
    results = tap.parse(result.stdout.decode(errors="replace"))
    if result.returncode != 0 and not results.failed:
        results.failed.append(f"exit status {result.returncode}")
    return name, results, output


def run(report, pattern):
    build_folder = build.ensure("host")
    programs = _unit_programs(build_folder)
    wanted = not pattern or pattern in "fuzz: " + fuzz.SENTENCE.format(fuzz.SHORT_S)
    fuzzing = fuzz.ShortRun() if wanted else None
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        run_one = partial(_run_unit, pattern=pattern, folder=build_folder)
        for name, results, output in pool.map(run_one, programs):
            if results is not None:
                report.take_tap(name, results, output)
    run_pytest(report, "tools", Path(TESTS) / "tools", pattern)
    test_model.run(report, pattern)
    if fuzzing is not None:
        fuzzing.finish(report)
