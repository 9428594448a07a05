"""One conversation with a Linux world: host streams on one side, framed channel on the other."""

import os
import selectors
import signal
import struct
import time

from .channel import Channel
from .terminal import LEAVE_KEY, write_all

TICK_S = 0.05
BACKLOG_FRAMES = 64
READ_BYTES = 64 * 1024
FAREWELL_S = 3.0
PANIC_CHECK_S = 0.5


class LeftByUser(Exception):
    """Ctrl-] was pressed."""


class Died(Exception):
    """The machine ended without an exit status; the argument says how."""


class Session:
    """Runs until the world's exit status arrives. `line` is this end of COM2."""

    def __init__(self, machine, line, deadline_s, interactive, source=0, output=1, errors=2):
        self.machine = machine
        self.line = line
        self.deadline_s = deadline_s
        self.interactive = interactive
        self.source = source
        self.output = output
        self.errors = errors
        self.channel = Channel()
        self.names = {self.channel.abi[f"CHANNEL_{name}"]: name
                      for name in ("HELLO", "STDOUT", "STDERR", "EXIT")}
        self.status = None
        self.greeted = False
        self.reading = False
        self.selector = selectors.DefaultSelector()
        self.panic_checked_s = 0.0

    def resize(self, rows, columns):
        self.channel.send("WINSIZE", struct.pack("<HH", rows, columns))

    def run(self):
        """Returns the exit status. Raises Died, TimeoutError, LeftByUser."""
        self.selector.register(self.line, selectors.EVENT_READ)
        self.channel.send("HELLO")
        while self.status is None:
            self._step()
        self._farewell()
        return self.status

    def _step(self):
        now_s = time.monotonic()
        if self.deadline_s is not None and now_s > self.deadline_s:
            raise TimeoutError
        self.channel.pump(now_s)
        self._flush()
        self._watch_input()
        for key, _ in self.selector.select(TICK_S):
            if key.fileobj is self.line:
                self._from_line()
            else:
                self._from_host()
        self._deliver()
        if self.status is None:
            self._check_alive(now_s)

    def _flush(self):
        if not self.channel.outgoing:
            return
        try:
            sent = self.line.send(self.channel.outgoing)
            del self.channel.outgoing[:sent]
        except BlockingIOError:
            pass

    def _watch_input(self):
        """Read from the host only while the world keeps up."""
        wanted = self.greeted and self.reading and self.channel.backlog < BACKLOG_FRAMES
        watched = self.source in self.selector.get_map()
        if wanted and not watched:
            try:
                self.selector.register(self.source, selectors.EVENT_READ)
            except PermissionError:  # a regular file cannot be polled: it is always ready
                self._from_host()
        elif watched and not wanted:
            self.selector.unregister(self.source)

    def _from_line(self):
        try:
            data = self.line.recv(READ_BYTES)
        except BlockingIOError:
            return
        if data:
            self.channel.feed(data, time.monotonic())

    def _from_host(self):
        data = os.read(self.source, READ_BYTES if not self.interactive else 4096)
        if self.interactive and LEAVE_KEY in data:
            raise LeftByUser
        if data:
            self.channel.send("STDIN", data)
        else:
            self.end_input()

    def end_input(self):
        """Tell the world that standard input has ended."""
        self.reading = False
        if self.source in self.selector.get_map():
            self.selector.unregister(self.source)
        self.channel.send("EOF")

    def _deliver(self):
        while self.channel.received:
            kind, payload = self.channel.received.popleft()
            name = self.names.get(kind)
            if name == "HELLO":
                self.greeted = True
            elif name == "STDOUT":
                write_all(self.output, payload)
            elif name == "STDERR":
                write_all(self.errors, payload)
            elif name == "EXIT":
                self.status = struct.unpack("<I", payload)[0] & 0xFF

    def _check_alive(self, now_s):
        status = self.machine.poll()
        if status is not None:
            self._from_line()
            self._deliver()
            if self.status is None:
                raise Died(self.machine.fatal_line() or _how_qemu_ended(status))
        elif now_s - self.panic_checked_s > PANIC_CHECK_S:
            self.panic_checked_s = now_s
            if line := self.machine.fatal_line():
                raise Died(line)

    def _farewell(self):
        """Acknowledge the last frame, then give the machine the time to power off."""
        end_s = time.monotonic() + FAREWELL_S
        while self.machine.poll() is None and time.monotonic() < end_s:
            self._flush()
            self.selector.select(TICK_S)
            self._from_line()


def _how_qemu_ended(status):
    if status < 0:
        return f"QEMU was ended by {signal.Signals(-status).name}"
    if status == 0:
        return "the machine reset or powered off before the world had ended"
    return f"the machine stopped before the world had ended (QEMU status {status})"
