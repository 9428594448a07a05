"""What must end the machine: its last words, and then a reset.

A program in the place of init does it (tests/kernel/panics), which the kernel's command line tells
what to do.
"""

import re
from dataclasses import dataclass

from . import machine

SYSTEM = "panics"
FIRST = "tests/kernel/panics"
EXIT_RESET = 0  # of QEMU, which is told not to reboot
LIMIT_S = 120


@dataclass(frozen=True)
class Panic:
    """One sentence of the contract."""

    sentence: str
    way: int  # of the program
    words: dict  # by architecture: a regular expression of what stands behind `panic: `
    debug: bool = True  # the kernel

    @property
    def append(self):
        return f"panic={self.way}"

    def wrong(self, log, arch_name):
        """What is wrong with a log, or None."""
        wanted = f"corm: panic: {self.words[arch_name]}\n"
        return None if re.search(wanted, log.replace("\r", "")) else f"no /{wanted.strip()}/"


WORD = " [0-9a-f]+"
KERNEL = "ffffffff[8c][0-9a-f]{7}"
IMAGE = "400000"  # of the program, and somewhere in it
INIT_CODE = "4[0-9a-f]{5}"
PC_AND_SP = f"{INIT_CODE} {INIT_CODE}"


def _exception(address, x86_64, aarch64, riscv64):
    """What each architecture says of an exception in the kernel, all in hexadecimal: vector and
    error code; the syndrome; scause."""
    return {
        # 15 registers before them, then rip, cs, rflags, rsp, and the address
        "x86_64": rf"exception in the kernel; [^:]*:({WORD}){{15}} {x86_64}({WORD}){{4}} {address}",
        # x0 to x30, sp, pc and pstate before it
        "aarch64": rf"exception in the kernel; [^:]*:({WORD}){{34}} {aarch64} {address}",
        "riscv64": rf"exception in the kernel; [^:]*: {riscv64} {address}{WORD}",
    }


def _init_fault(x86_64, aarch64, riscv64):
    """Address and enum guest_access bits, or what says which exception it was."""
    said = {"x86_64": x86_64, "aarch64": aarch64, "riscv64": riscv64}
    return {name: f"init faulted; address or vector, error, pc, sp: {words} {PC_AND_SP}"
            for name, words in said.items()}


KERNEL_PANICS = [
    Panic("the kernel cannot read user memory", 0, _exception(IMAGE, "e 1", "9600000f", "d")),
    Panic("the kernel cannot write its own code", 1, _exception(KERNEL, "e 3", "9600004f", "f")),
    Panic("the kernel cannot execute its data", 2, _exception(KERNEL, "e 11", "8600000f", "c")),
    Panic("the kernel's stack ends at a page that is not there", 3,
          _exception(KERNEL, "8 0", "96000047", "f")),
    Panic("the kernel cannot execute user memory", 4, _exception(IMAGE, "e 11", "8600000f", "c")),
]

INIT_PANICS = [
    Panic("a read of nothing by the first program is the end of the machine, whose last words say "
          "where", 5, _init_fault("0 0", "0 0", "0 0"), debug=False),
    Panic("a write to its own code by the first program is the end of the machine", 6,
          _init_fault(*3 * [f"{INIT_CODE} 3"]), debug=False),
    Panic("a trap of the first program is the end of the machine", 7,
          _init_fault("6 0", "0 2000000", "2 0"), debug=False),
]

PANICS = KERNEL_PANICS + INIT_PANICS


def to_reset(config, _limit_s):
    """Run a machine until it resets; returns (log as text, what went wrong or None)."""
    with machine.Machine(config) as running:
        status = running.wait(LIMIT_S)
        log = running.log_bytes().decode(errors="replace")
    if status is None:
        return log, f"no reset after {LIMIT_S} s"
    return log, None if status == EXIT_RESET else f"QEMU ended with status {status}"
