"""The emulated machine: QEMU's command line, its start, its end.

Whoever starts a machine ends it: leaving the `with` block kills QEMU, and should this process
itself be killed, the kernel of the host does it (setpriv --pdeathsig).
"""

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import plugin
from .arches import X86_64, Arch
from .failure import Failure
from .paths import LOGS

MEMORY_MB = 256
PROCESSORS = "CORM_PROCESSORS"  # what --smp says to the tests and what they start
EXIT_ORDERLY = 33  # what isa-debug-exit makes of 0x10; the other boards are told this number
FATAL_MARKS = (b"corm: panic: ", b"corm: cannot start: ")


def usual_processors():
    """How many a machine has if nobody says."""
    return int(os.environ.get(PROCESSORS, "1"))


@dataclass
class Config:
    log: Path
    bundle: Path | None = None
    memory_mb: int = MEMORY_MB
    arch: Arch = X86_64
    cpu: str = ""  # the architecture's, if nobody says
    kernel: Path | None = None  # likewise
    append: str = ""
    processors: int = 0  # the environment's PROCESSORS, if nobody says, or one
    channel: Path | None = None  # path of the pipes, see line.py
    extra: list = field(default_factory=list)

    def __post_init__(self):
        self.cpu = self.cpu or self.arch.cpu
        self.kernel = self.kernel or self.arch.kernel
        self.processors = self.processors or usual_processors()


def log_path(name):
    """A log file name of its own, so that machines that run side by side do not mix."""
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / f"{name}-{time.strftime('%H%M%S')}-{time.monotonic_ns() % 1000000:06d}.log"


def memory_for(bundle_bytes, wanted_mb=None):
    """Memory of the machine: as wanted, or the default plus what a large bundle takes."""
    if wanted_mb:
        return wanted_mb
    return MEMORY_MB + max(0, bundle_bytes // 1000000 - 16)


def command_line(config):
    """QEMU's arguments for a machine that boots the kernel directly."""
    arch = config.arch
    arguments = [arch.qemu, *arch.board, "-m", str(config.memory_mb), "-cpu", config.cpu,
                 "-display", "none", "-monitor", "none", "-no-reboot", "-nic", "none",
                 "-serial", f"file:{config.log}"]
    if config.processors > 1:
        arguments += ["-smp", str(config.processors),
                      *plugin.let_waiting_give_way(config.extra)]
    if config.channel is not None:
        arguments += ["-chardev", f"pipe,id=channel,path={config.channel}", *arch.channel]
    if config.bundle is not None:
        append = f"{arch.append} {config.append}".strip()
        arguments += ["-kernel", str(config.kernel), "-initrd", str(config.bundle),
                      "-append", append]
    return arguments + config.extra


class Machine:
    """A running QEMU. `poll` and `wait` give its exit status, None while it runs."""

    def __init__(self, config, command=None, kept=()):
        """`command` replaces QEMU's arguments; `kept` are descriptors that it needs."""
        self.config = config
        self.command = command or command_line(config)
        self.kept = kept
        self.process = None

    def __enter__(self):
        config = self.config
        if config.bundle is not None and not config.kernel.is_file():
            raise Failure(f"the kernel is not built ({config.kernel} is missing)", "./corm build")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *self.command], pass_fds=self.kept,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def poll(self):
        return self.process.poll()

    def wait(self, timeout_s):
        try:
            return self.process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def complaint(self):
        """What QEMU itself said; call after its end."""
        return self.process.stderr.read().decode(errors="replace").strip()

    def log_bytes(self):
        try:
            return self.config.log.read_bytes()
        except OSError:
            return b""

    def fatal_line(self):
        """The kernel's last words, or None while it has not said any."""
        for line in self.log_bytes().split(b"\n")[:-1]:  # what has no end is still being written
            if any(mark in line for mark in FATAL_MARKS):
                return line.decode(errors="replace").strip()
        return None
