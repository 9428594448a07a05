"""Non-maskable interrupts: they come from outside, by QEMU's monitor."""

import json
import socket
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from . import machine

SENTENCE = "a non-maskable interrupt, whatever it interrupts, is told and changes nothing"
ARCHES = ("x86_64",)  # that have such interrupts
SYSTEM = "nmi"
FIRST = "tests/kernel/nmi"
TOLD = "corm: non-maskable interrupt\n"
STARTED = b"*"  # the program's sign in the log: before it nobody takes one
LEAST = 20  # or it was no test
BETWEEN_S = 0.002
CONNECT_S = 30


class Monitor:
    """QEMU's machine protocol, as far as it is needed."""

    def __init__(self, path):
        end_s = time.monotonic() + CONNECT_S
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.01)
        self.stream = self.socket.makefile("rw")
        self.stream.readline()  # the greeting
        self.do("qmp_capabilities")

    def do(self, command):
        """False when the machine is gone."""
        try:
            self.stream.write(json.dumps({"execute": command}) + "\n")
            self.stream.flush()
            return self.stream.readline() != ""
        except OSError:
            return False

    def ask(self, command):
        """What the human monitor answers; nothing when the machine is gone."""
        try:
            self.stream.write(json.dumps({"execute": "human-monitor-command",
                                          "arguments": {"command-line": command}}) + "\n")
            self.stream.flush()
            while line := self.stream.readline():
                answer = json.loads(line)
                if "return" in answer:
                    return answer["return"]
        except OSError:
            pass
        return ""

    def close(self):
        self.socket.close()


def run(config, limit_s):
    """Run a machine to its end; returns (log as text, what went wrong or None)."""
    with tempfile.TemporaryDirectory(prefix="corm-nmi-") as folder:
        path = Path(folder) / "qmp"
        config = replace(config, extra=[*config.extra, "-qmp", f"unix:{path},server=on,wait=off"])
        with machine.Machine(config) as running:
            monitor = Monitor(path)
            end_s = time.monotonic() + limit_s
            while running.poll() is None and time.monotonic() < end_s:
                time.sleep(BETWEEN_S)
                if STARTED in running.log_bytes() and not monitor.do("inject-nmi"):
                    break
            status = running.wait(1)
            monitor.close()
            log = running.log_bytes().decode(errors="replace").replace("\r", "")
    if status != machine.EXIT_ORDERLY:
        return log, running.fatal_line() or f"QEMU ended with status {status}"
    told = log.count(TOLD)
    return log, None if told >= LEAST else f"only {told} were told"
