"""COM2 as a pair of pipes.

QEMU writes a serial line byte by byte. A socket keeps each byte in a buffer of its own and is full
after a few hundred, which stalls the guest's UART whenever this process is not scheduled at once;
a pipe packs them.
"""

import fcntl
import os

PIPE_BYTES = 1 << 20
OPEN_FLAGS = os.O_RDWR | os.O_NONBLOCK  # read and write: neither end is ever without a peer


class Line:
    """Makes the two pipes at PATH.in and PATH.out; `-chardev pipe,path=PATH` is the other end."""

    def __init__(self, path):
        self.path = path
        self._to, self._from = (self._pipe(f"{path}{suffix}") for suffix in (".in", ".out"))

    @staticmethod
    def _pipe(path):
        os.mkfifo(path, 0o600)
        descriptor = os.open(path, OPEN_FLAGS)
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        except PermissionError:
            pass  # the host limits this user's pipes: the default size serves, with more stalls
        return descriptor

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self._to)
        os.close(self._from)

    def fileno(self):
        return self._from

    def recv(self, size):
        """Bytes that have come; raises BlockingIOError when there are none."""
        return os.read(self._from, size)

    def send(self, data):
        """Write what fits; returns how much. Raises BlockingIOError when nothing does."""
        return os.write(self._to, data)
