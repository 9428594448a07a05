"""The target layer: contract tests that run on the machine and report TAP in its log.

A target test is a folder below tests/kernel with a built program: the program is booted as init,
alone with the kernel. The machine ends itself; panic, silence and a short plan are failures.
"""

import tempfile
import time
from pathlib import Path

from . import bundle, elf, machine, tap
from .paths import TARGET, TESTS, shown

LIMIT_S = 60


def programs():
    """Names of the built test programs, tests/kernel/NAME/NAME in the build folder."""
    folders = (path.parent.name for path in (TESTS / "kernel").glob("*/main.c"))
    return sorted(name for name in folders if (TARGET / "tests" / "kernel" / name / name).is_file())


def _boot(name, config):
    """Run the machine to its end; returns (log, what went wrong or None)."""
    end_s = time.monotonic() + LIMIT_S
    with machine.Machine(config) as running:
        while running.wait(0.1) is None:
            if line := running.fatal_line():
                return running.log_bytes(), line
            if time.monotonic() > end_s:
                return running.log_bytes(), f"no end after {LIMIT_S} s"
        status = running.poll()
        if line := running.fatal_line():
            return running.log_bytes(), line
        if status != machine.EXIT_ORDERLY:
            return running.log_bytes(), f"QEMU ended with status {status}: {running.complaint()}"
    return running.log_bytes(), None


def run_one(report, name):
    with tempfile.TemporaryDirectory(prefix="corm-target-") as folder:
        image = elf.flatten_init(TARGET / "tests" / "kernel" / name / name)
        whole = bundle.Bundle()
        whole.add("init", "BUNDLE_INIT", [image])
        path = Path(folder) / "bundle"
        whole.write(path)
        config = machine.Config(machine.log_path(f"target-{name}"), path, memory_mb=64)
        log, wrong = _boot(name, config)
    text = log.decode(errors="replace")
    results = tap.parse(text)
    if wrong:
        results.failed.append(wrong)
    report.take_tap(name, results, f"{shown(config.log)}:\n{text}" if results.failed else "")


def run(report, pattern):
    found = programs()
    if not found and not pattern:
        report.fail("target: there is no built test program below tests/kernel")
    for name in found:
        if not pattern or pattern in name:
            run_one(report, name)
