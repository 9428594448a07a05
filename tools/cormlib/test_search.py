"""The search layer: every world of tests/search, for long. Resumable; keeps its last result."""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from . import build, tap
from .paths import BUILD, TESTS

TRANSITIONS = 10_000_000
CHECKPOINTS = BUILD / "search"
RESULTS = TESTS / "search" / "results.txt"
FIGURES = re.compile(r"^# (\w+: \d+ states, .*)$", re.M)
HEAD = """\
# ./corm test search: each world until nothing is left or about {} transitions were made.
# Depth is the number of actions from the start; "closed" means that every state was met.
"""


def worlds(program):
    listed = subprocess.run([program], capture_output=True, text=True).stdout
    return re.search(r"^worlds: (.*)$", listed, re.M)[1].split()


def _search(world, program):
    command = [program, "--transitions", str(TRANSITIONS), "--checkpoint",
               CHECKPOINTS / f"{world}.checkpoint", world]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    results = tap.parse(result.stdout)
    if result.returncode != 0 and not results.failed:
        results.failed.append(f"exit status {result.returncode}")
    return world, results, result.stdout + result.stderr


def run(report, pattern):
    program = build.ensure("host") / "tests" / "search" / "search-search"
    CHECKPOINTS.mkdir(parents=True, exist_ok=True)
    names = [name for name in worlds(program) if not pattern or pattern in name]
    figures = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for world, results, output in pool.map(partial(_search, program=program), names):
            report.take_tap(f"search-{world}", results, output)
            figures += FIGURES.findall(output)
    for line in figures:
        report.note(line)
    if not pattern and not report.failed:
        RESULTS.write_text(HEAD.format(f"{TRANSITIONS:,}") + "\n".join(figures) + "\n")
