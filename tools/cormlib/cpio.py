"""Writes the root archive: cpio "newc", with every regular file's data on a page boundary.

The padding sits behind the name as further NULs (the name's length counts them), so any cpio
reads the archive, and the Linux world can use the pages where they lie. Data is never copied into
Python: it goes from the mapped file to the output.
"""

import mmap
import os
import stat

PAGE = 4096
HEADER_BYTES = 110
WORD = 4


class Archive:
    """Collects entries in order; `pieces` are bytes-like, to be written one after another.

    `align` is where data lies. Linux's own kernel, which does not take names of a page, has 1."""

    def __init__(self, align=PAGE):
        self.align = align
        self.pieces = []
        self.size = 0
        self._inode = 0
        self._names = {}

    def __contains__(self, name):
        return name in self._names

    def mode(self, name):
        return self._names.get(name)

    def directory(self, name, mode=0o755):
        self._entry(name, stat.S_IFDIR | mode, b"")

    def symlink(self, name, target):
        self._entry(name, stat.S_IFLNK | 0o777, os.fsencode(target))

    def data(self, name, content, mode=0o644, group=0):
        self._entry(name, stat.S_IFREG | mode, content, group=group)

    def file(self, name, path, mode=None):
        """A file of the host, with its permission bits unless `mode` is given."""
        with open(path, "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise OSError(f"{path} is not a regular file")
            content = mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ) if status.st_size else b""
        self._entry(name, stat.S_IFREG | (stat.S_IMODE(status.st_mode) if mode is None else mode),
                    content, int(status.st_mtime))

    def finish(self):
        """Write the trailer; nothing may be added afterwards."""
        self._entry("TRAILER!!!", 0, b"")

    def _entry(self, name, mode, content, mtime=0, group=0):
        self._inode += 1
        self._names[name] = mode
        encoded = os.fsencode(name) + b"\0"
        if stat.S_ISREG(mode) and len(content):
            encoded += b"\0" * (-(self.size + HEADER_BYTES + len(encoded)) % self.align)
        links = 2 if stat.S_ISDIR(mode) else 1
        fields = (self._inode, mode, 0, group, links, mtime & 0xFFFFFFFF, len(content), 0, 0, 0, 0,
                  len(encoded), 0)
        header = b"070701" + b"".join(b"%08x" % field for field in fields)
        self._append(header + encoded)
        self._append(b"\0" * (-self.size % WORD))
        self._append(content)
        self._append(b"\0" * (-self.size % WORD))

    def _append(self, piece):
        if len(piece):
            self.pieces.append(piece)
            self.size += len(piece)
