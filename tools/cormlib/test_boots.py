"""The boots layer: each architecture's machine started again and again, with 1 to 4 processors.

A boot is good if the Linux world's first program says its line and the machine then switches
itself off, all within a time limit: what `./corm run` checks. tests/boots/results.tsv has the last
full run of each architecture.
"""

import subprocess
import sys
import time

from . import build
from .paths import ROOT, TESTS
from .progress import say
from .test_stress import digest

COUNTS = (1, 2, 3, 4)
BOOTS = 100  # of an architecture, as many with each number of processors
LIMIT_S = 180
LINE = "up\n"
TELL_EVERY = 10
RESULTS = TESTS / "boots" / "results.tsv"
HEADER = "architecture\tboots\tprocessors\tkernel\tminutes\tfailures"


def one(arch, processors):
    """What is wrong with one boot, or None."""
    started = [str(ROOT / "corm"), "run", "--arch", arch.name, "--smp", str(processors),
               "--timeout", str(LIMIT_S), "--", "echo", LINE.strip()]
    done = subprocess.run(started, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, errors="replace")
    if done.returncode == 0 and done.stdout == LINE:
        return None
    return f"status {done.returncode}, {done.stdout!r}: {done.stderr.strip()[-600:]}"


def read_results():
    """{architecture: the other columns}"""
    rows = RESULTS.read_text().splitlines()[1:] if RESULTS.exists() else []
    return {row.split("\t")[0]: row.split("\t")[1:] for row in rows}


def write_result(arch, boots, minutes, failures):
    results = read_results()
    results[arch.name] = [str(boots), f"{COUNTS[0]} to {COUNTS[-1]}", digest(arch.kernel),
                          f"{minutes:.0f}", str(failures)]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(HEADER + "\n" + "".join(
        "\t".join([name, *results[name]]) + "\n" for name in sorted(results)))


def run(report, options, arch):
    build.ensure(arch.name)
    boots = options.boots or BOOTS
    started_s = time.monotonic()
    failures = 0
    for number in range(boots):
        processors = COUNTS[number % len(COUNTS)]
        name = f"boots: number {number + 1}, {processors} processors"
        if wrong := one(arch, processors):
            failures += 1
            report.fail(name, wrong)
        else:
            report.ok(name)
        if (number + 1) % TELL_EVERY == 0:
            say(f"{arch.name}: {number + 1} of {boots} boots, {failures} failed")
            sys.stderr.flush()
    if boots >= BOOTS:
        write_result(arch, boots, (time.monotonic() - started_s) / 60, failures)
