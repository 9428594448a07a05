"""The instructions that the benchmark ran, one after the other, in the kernel and at user level.

QEMU runs the benchmark's system one instruction at a time and logs each address, counting as
`./corm bench` does: the figures that the benchmark prints and the instructions behind them come
from one run.
"""

import fcntl
import os
import re
import tempfile
import threading
from array import array
from dataclasses import dataclass
from pathlib import Path

from . import bench, bundle
from .arches import X86_64
from .elf import PF_X, load_segments
from .failure import Failure
from .paths import ROOT, shown

PROGRAM = "apps/bench"
GUEST_BYTES = 4096  # a page of system calls
ONE_BY_ONE = ["-singlestep", "-d", "exec,nochain"]
# "Trace 0: HOST [CS_BASE/PC/FLAGS/...": about to run; the PC as 16 digits. What it may say next is
# that it did not run after all: "Stopped ... [PC]", or, where a device is touched, "... rewound
# execution of TB to PC", and then it comes again.
FIELDS = 3
UNDONE = re.compile(rb"^(?:Stopped|cpu_io_recompile).*\b([0-9a-f]{16})\]?\s*\n", re.M)
CHUNK_BYTES = 1 << 20
READ_MAX_S = 60  # for what is left in the pipe when the machine has ended


@dataclass
class Trace:
    ran: array  # addresses, in the order in which the instructions ran
    figures: dict  # {name: instructions}, in the order in which they were printed


def constant(name, file):
    """A number that a source of the project defines."""
    found = re.search(rf"^#define {name}\s+(0x[0-9a-f]+|\d+)", (ROOT / file).read_text(), re.M)
    if not found:
        raise Failure(f"{file} no longer defines {name} as a number")
    return int(found[1], 0)


def code_range(elf):
    """(first address, number of bytes) of what an ELF has to execute."""
    found = [(address, size) for flags, address, _, size in load_segments(elf)[1] if flags & PF_X]
    start = min(address for address, _ in found)
    return start, max(address + size for address, size in found) - start


def guest_range():
    return constant("GUEST_ADDRESS", f"{PROGRAM}/guest.c"), GUEST_BYTES


class _Reader(threading.Thread):
    """Takes the log out of a pipe while the machine writes it."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe = pipe
        self.ran = array("Q")

    def run(self):
        rest = b""
        with open(self.pipe, "rb", buffering=0) as stream:
            fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, CHUNK_BYTES)
            while chunk := stream.read(CHUNK_BYTES):
                lines, newline, rest = (rest + chunk).rpartition(b"\n")
                self._take(lines + newline)

    def _take(self, text):
        start = 0
        for undone in UNDONE.finditer(text):
            self._add(text[start:undone.start()])
            if self.ran and self.ran[-1] == int(undone[1], 16):
                self.ran.pop()
            start = undone.end()
        self._add(text[start:])

    def _add(self, lines):
        digits = b"".join(lines.split(b"/")[1::FIELDS])
        addresses = array("Q", bytes.fromhex(digits.decode()))
        addresses.byteswap()  # the digits are most significant first
        self.ran.extend(addresses)


def record(wanted):
    """Boot the benchmark under the log until every wanted figure has been printed."""
    ranges = [code_range(X86_64.kernel_symbols), code_range(bundle.program_elf(PROGRAM)),
              guest_range()]
    with tempfile.TemporaryDirectory(prefix="corm-paths-") as folder:
        pipe = Path(folder) / "log"
        os.mkfifo(pipe)
        reader = _Reader(pipe)
        reader.start()
        found, log = bench.measure("bench", wanted, extra=[
            *ONE_BY_ONE, "-D", str(pipe),
            "-dfilter", ",".join(f"{start:#x}+{size:#x}" for start, size in ranges)])
        reader.join(READ_MAX_S)
    if missing := wanted - set(found):
        raise Failure(f"not measured: {' '.join(sorted(missing))}; the log is {shown(log)}")
    return Trace(reader.ran, {name: found[name] for name in found if name in wanted})
