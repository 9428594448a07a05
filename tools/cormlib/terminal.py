"""The host's terminal in raw mode, given back on every way out."""

import fcntl
import os
import signal
import struct
import sys
import termios
import tty

LEAVE_KEY = b"\x1d"  # Ctrl-]


def size(descriptor=0):
    """(rows, columns) of the terminal; 24 x 80 where it does not say."""
    try:
        packed = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, b"\0" * 8)
    except OSError:
        return 24, 80
    rows, columns, _, _ = struct.unpack("HHHH", packed)
    return rows or 24, columns or 80


class Interrupted(BaseException):
    """A signal asks this process to end; the number is the argument."""


def _end(number, _frame):
    raise Interrupted(number)


def end_on_signals():
    """Turn SIGTERM and SIGHUP into an exception, so that `finally` and `with` do their work."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)


class RawTerminal:
    """`with RawTerminal():` - raw mode inside, the old mode outside; `resized` is called when the
    window changes."""

    def __init__(self, resized):
        self.resized = resized
        self.saved = None
        self.old_handler = None

    def __enter__(self):
        self.saved = termios.tcgetattr(0)
        self.old_handler = signal.signal(signal.SIGWINCH, lambda *_: self.resized(*size()))
        tty.setraw(0)
        return self

    def __exit__(self, *_):
        termios.tcsetattr(0, termios.TCSADRAIN, self.saved)
        signal.signal(signal.SIGWINCH, self.old_handler)


def write_all(descriptor, data):
    """Write everything, also to a pipe that takes it in pieces."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view):]
        except BlockingIOError:
            continue


def standard_input_is_terminal():
    return sys.stdin is not None and os.isatty(0)
