"""The target layer: systems that test themselves on the machine and report TAP in the log.

Each of SYSTEMS is booted whole, with init and its drivers. The testing component is essential, so
its exit ends the machine. Panic, silence, a failing status and a short plan are failures.

The kernel's contract is tested on a machine whose clock counts instructions (-icount): what depends
on time is the same at every run, however busy the host is.
"""

import tempfile
import time
from pathlib import Path

from . import bundle, machine, tap
from .paths import shown

SYSTEMS = {"test": "kernel contract", "recovery": "recovery"}
EXACT_TIME = ["-icount", "shift=0,sleep=off", "-seed", "1"]
OPTIONS = {"test": EXACT_TIME}
LIMIT_S = 120


def boot(config, limit_s):
    """Run a machine to its end; returns (log as text, what went wrong or None)."""
    end_s = time.monotonic() + limit_s
    wrong = None
    with machine.Machine(config) as running:
        while running.wait(0.1) is None and not wrong:
            wrong = running.fatal_line()
            if time.monotonic() > end_s:
                wrong = f"no end after {limit_s} s"
        if not wrong and running.poll() != machine.EXIT_ORDERLY:
            wrong = running.fatal_line() or f"QEMU ended with status {running.poll()}"
        return running.log_bytes().decode(errors="replace"), wrong


def run_system(report, system, name):
    with tempfile.TemporaryDirectory(prefix="corm-target-") as folder:
        path = Path(folder) / "bundle"
        world = bundle.World("WORLD_CONSOLE", ["/bin/true"], bundle.default_environment())
        size = bundle.compose(system, world, [], path)
        config = machine.Config(machine.log_path(f"target-{system}"), path,
                                machine.memory_for(size), extra=OPTIONS.get(system, []))
        log, wrong = boot(config, LIMIT_S)
    results = tap.parse(log)
    if wrong:
        results.failed.append(wrong)
    report.take_tap(name, results, f"{shown(config.log)}:\n{log}" if results.failed else "")


def run(report, pattern):
    for system, name in SYSTEMS.items():
        if not pattern or pattern in name or pattern in system:
            run_system(report, system, name)
