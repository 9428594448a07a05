"""What must end the machine: its last words, and then a reset.

The program or system that does it is told which by the day of the month of the machine's clock
(tests/kernel/day.h).
"""

import re
from dataclasses import dataclass

from . import machine

EXIT_RESET = 0  # of QEMU, which is told not to reboot
LIMIT_S = 120


@dataclass(frozen=True)
class Panic:
    """One sentence of the contract, and a regular expression of the words behind `panic: `."""

    sentence: str
    day: int
    words: str

    debug = True  # of the kernel
    system = "provoke"  # systems/provoke.toml
    first = ""

    def clock(self):
        return ["-rtc", f"base=2001-01-{self.day:02}"]

    def wrong(self, log):
        """What is wrong with a log, or None."""
        wanted = f"corm: panic: {self.words}\n"
        return None if re.search(wanted, log.replace("\r", "")) else f"no /{wanted.strip()}/"


class InitPanic(Panic):
    """A program stands in the place of init, under the kernel as it is shipped."""

    debug = False
    system = "init_faults"
    first = "tests/kernel/init_faults"


def _exception(address, vector_error):
    """15 registers, vector and error code, then rip, cs, rflags, rsp, and the address."""
    return ("exception in the kernel; [^:]*:"
            rf"( [0-9a-f]+){{15}} {vector_error}( [0-9a-f]+){{4}} {address}")


def _init_fault(address, error):
    image = "4[0-9a-f]{5}"
    return f"init faulted; address or vector, error, pc, sp: {address} {error} {image} {image}"


# Address, vector and error code in hexadecimal.
KERNEL_PANICS = [
    Panic("the kernel cannot read user memory (SMAP)", 1, _exception("400000", "e 1")),
    Panic("the kernel cannot write its own code", 2, _exception("ffffffff8[0-9a-f]+", "e 3")),
    Panic("the kernel cannot execute its data", 3, _exception("ffffffff8[0-9a-f]+", "e 11")),
    Panic("the kernel's stack ends at a page that is not there", 4,
          _exception("ffffffff8[0-9a-f]+", "8 0")),
    Panic("the kernel cannot execute user memory (SMEP)", 5, _exception("400000", "e 11")),
]

# Address or vector; enum guest_access bits or error code.
INIT_PANICS = [
    InitPanic("a read of nothing by the first program is the end of the machine, whose last words "
              "say where", 1, _init_fault("0", "0")),
    InitPanic("a write to its own code by the first program is the end of the machine", 2,
              _init_fault("4[0-9a-f]{5}", "3")),
    InitPanic("a trap of the first program is the end of the machine", 3, _init_fault("6", "0")),
]

PANICS = {"x86_64": KERNEL_PANICS + INIT_PANICS}


def to_reset(config, _limit_s):
    """Run a machine until it resets; returns (log as text, what went wrong or None)."""
    with machine.Machine(config) as running:
        status = running.wait(LIMIT_S)
        log = running.log_bytes().decode(errors="replace")
    if status is None:
        return log, f"no reset after {LIMIT_S} s"
    return log, None if status == EXIT_RESET else f"QEMU ended with status {status}"
