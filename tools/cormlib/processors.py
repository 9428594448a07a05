"""Several processors: each comes into the kernel, where those without work rest.

The kernel is looked at from outside, by QEMU's monitor, while the contract's tests run on the first
processor: the others are to be seen where the kernel waits for interrupts.
"""

import re
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from . import machine
from .nmi import Monitor

COUNTS = (1, 2, 4)
SYSTEM = "test"
RESTS_IN = "arch_idle"
COUNTER = re.compile(r"\b(?:RIP=|PC=|pc\s+)([0-9a-f]{16})")
TOLD = "corm: {0} of {0} processors run\n"


def sentence(count):
    return f"processors: all of {count} are in the kernel"


def resting_place(arch):
    """Where the debug kernel waits for interrupts: first address and the one behind the last."""
    listing = subprocess.run([arch.tool("nm"), "-S", arch.debug_kernel_symbols], check=True,
                             capture_output=True, text=True).stdout
    for line in listing.splitlines():
        words = line.split()
        if words[-1] == RESTS_IN:
            return int(words[0], 16), int(words[0], 16) + int(words[1], 16)
    raise LookupError(RESTS_IN)


def counters(monitor):
    """The program counter of each processor."""
    return [int(found, 16) for found in COUNTER.findall(monitor.ask("info registers -a"))]


def look(config, limit_s, place):
    """Run a machine until all its processors but the first rest; returns (log, what went wrong)."""
    wrong = None
    seen = []
    with tempfile.TemporaryDirectory(prefix="corm-processors-") as folder:
        path = Path(folder) / "qmp"
        config = replace(config, extra=[*config.extra, "-qmp", f"unix:{path},server=on,wait=off"])
        with machine.Machine(config) as running:
            monitor = Monitor(path)
            end_s = time.monotonic() + limit_s
            while not wrong:
                seen = counters(monitor)
                if len(seen) == config.processors and all(
                        place[0] <= at <= place[1] for at in seen[1:]):
                    break
                wrong = running.fatal_line()
                if running.poll() is not None or time.monotonic() > end_s:
                    wrong = wrong or f"they were last seen at {[hex(at) for at in seen]}"
                time.sleep(0.02)
            monitor.close()
            log = running.log_bytes().decode(errors="replace").replace("\r", "")
    if not wrong and config.processors > 1 and TOLD.format(config.processors) not in log:
        wrong = "the boot stage did not say so"
    return log, wrong
