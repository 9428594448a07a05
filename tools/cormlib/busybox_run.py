"""Runs scripts of busybox's suite in the Linux world, and on Linux's own kernel in the same QEMU.

One machine runs one script after another. Should it die, or a script not come to its end, another
machine goes on with the next script.
"""

import os
import selectors
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from . import busybox_suite, machine, peer_linux, root
from .failure import Failure
from .paths import LOGS, ROOT, TESTS, shown
from .progress import tail

INIT = TESTS / "busybox" / "linux-init.sh"
MEMORY_MB = 512
TICK_S = 0.5
READ_BYTES = 64 * 1024
BOOT_S = 180
GRACE_S = 120  # beyond the limit that the guest itself keeps
LIMIT_S = 180
SLOW_S = {"bc": 10800, "dc": 1200, "ash-z_slow": 1200}  # long sums; everything is emulated

HUNG = "hung"
DIED = "died"


def limit_s(script):
    return SLOW_S.get(script, LIMIT_S)


def arguments(scripts):
    return [f"{name}={limit_s(name)}" for name in scripts]


def _lines(read, ended):
    """Lines as they come; None when nothing came for a while. `read` waits a tick at most."""
    rest = b""
    while True:
        over = ended()
        data = read()
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace").rstrip("\r")
        if not data:
            if over:
                return
            yield None


@contextmanager
def corm(tree, scripts, verbose=False):
    """The Linux world of the shell system; yields its lines."""
    LOGS.mkdir(parents=True, exist_ok=True)
    total_s = BOOT_S + sum(limit_s(name) + GRACE_S for name in scripts)
    command = [ROOT / "corm", "run", "--mem", str(MEMORY_MB), "--timeout", str(total_s),
               "--add", f"{tree}:{busybox_suite.PLACE}", "--", "env", f"VERBOSE={verbose or ''}",
               "sh", f"{busybox_suite.PLACE}/run.sh", *arguments(scripts)]
    with (open(LOGS / "busybox-corm.log", "wb") as log,
          subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=log) as running,
          selectors.DefaultSelector() as selector):
        selector.register(running.stdout, selectors.EVENT_READ)

        def read():
            ready = selector.select(TICK_S)
            return os.read(running.stdout.fileno(), READ_BYTES) if ready else b""

        try:
            yield _lines(read, lambda: running.poll() is not None)
        finally:
            running.terminate()
            running.wait()


@contextmanager
def linux(peer, tree, scripts, verbose=False):
    """Debian's kernel with the same root; yields the lines of its second UART."""
    with tempfile.TemporaryDirectory(prefix="corm-busybox-") as folder:
        told = Path(folder, "arguments")
        told.write_text(" ".join(arguments(scripts)) + "\n")
        path = Path(folder, "initramfs")
        additions = [f"{tree}:{busybox_suite.PLACE}", f"{INIT}:/init", f"{told}:/arguments"]
        with open(path, "wb") as stream:
            for piece in root.compose(additions, align=1).pieces:
                stream.write(piece)
        output = Path(folder, "output")
        output.touch()
        config = machine.Config(
            LOGS / "busybox-linux.log", path, MEMORY_MB, kernel=peer.kernel,
            append=peer_linux.COMMAND_LINE + (f" VERBOSE={verbose}" if verbose else ""),
            extra=["-serial", f"file:{output}"])
        LOGS.mkdir(parents=True, exist_ok=True)
        with machine.Machine(config) as running, open(output, "rb") as stream:

            def read():
                data = stream.read(READ_BYTES)
                if not data:
                    running.wait(TICK_S)
                return data

            yield _lines(read, lambda: running.poll() is not None)


class Stopped(Exception):
    """Somebody asked to stop; what was kept is kept."""


def collect(lines, keep, stop):
    """Call keep(script, its lines, how it ended) for each script; returns the names.

    The end is an exit status, HUNG or DIED: after the last two the rest needs another machine.
    `stop` is an event that ends it early."""
    seen, script, got = [], None, []
    deadline_s = time.monotonic() + BOOT_S
    how = DIED
    for line in lines:
        if stop.is_set():
            raise Stopped
        if time.monotonic() > deadline_s:
            how = HUNG
            break
        if line is None:
            continue
        if begun := busybox_suite.BEGIN.match(line):
            script, got = begun[1], []
            deadline_s = time.monotonic() + limit_s(script) + GRACE_S
        elif (ended := busybox_suite.END.match(line)) and ended[1] == script:
            keep(script, got, ended[2])
            seen.append(script)
            script = None
            deadline_s = time.monotonic() + BOOT_S
        elif script:
            got.append(line)
    if script:
        keep(script, got, how)
        seen.append(script)
    return seen


def run(start, scripts, keep, stop):
    """Run all scripts on machines that start(scripts) makes, until `stop` is set."""
    left = list(scripts)
    while left:
        with start(left) as lines:
            seen = collect(lines, keep, stop)
        if not seen:
            log = max(LOGS.glob("busybox-*.log"), key=lambda path: path.stat().st_mtime)
            raise Failure(f"the machine ended before {left[0]} began; {shown(log)}:\n{tail(log)}",
                          "./corm run")
        left = [name for name in left if name not in seen]
