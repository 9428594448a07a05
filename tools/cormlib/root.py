"""The initial root file system of a Linux world: Debian's own busybox and what `--add` brings."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from . import busybox_binary, cpio, elf
from .arches import X86_64
from .failure import Failure
from .progress import say

FOLDERS = {
    "bin": 0o755, "dev": 0o755, "etc": 0o755, "lib": 0o755, "lib64": 0o755, "mnt": 0o755,
    "proc": 0o555, "root": 0o700, "run": 0o755, "sbin": 0o755, "sys": 0o555, "tmp": 0o1777,
    "usr": 0o755, "usr/bin": 0o755, "usr/lib": 0o755, "usr/sbin": 0o755, "var": 0o755,
    "var/tmp": 0o1777,
}
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\ntty:x:5:\nshadow:x:42:\nusers:x:100:\nnogroup:x:65534:\n",
    "etc/hostname": "corm\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/shells": "/bin/sh\n/bin/ash\n",
    "etc/profile": "export PS1='corm:\\w\\$ '\n",
}
# Passwords, for root and the group shadow: nobody has one, as in Debian's own minimal systems.
SHADOW, SHADOW_GROUP = "etc/shadow", 42
SHADOW_LINES = "root:*::0:99999:7:::\nnobody:*::0:99999:7:::\n"
SYMLINKS = {"etc/mtab": "/proc/self/mounts", "var/run": "/run"}
# The project's own programs for the world: built folder -> place in the root.
PROGRAMS = {"apps/world-init/world-init": "sbin/init", "apps/cormctl/cormctl": "bin/cormctl"}


@dataclass
class Node:
    kind: int
    mode: int
    source: object = None
    group: int = 0


class Root:
    """A tree of nodes by path (no leading slash); later ones replace earlier ones."""

    def __init__(self):
        self.nodes = {}

    def folder(self, path, mode=0o755):
        self.nodes[path] = Node(stat.S_IFDIR, mode)

    def text(self, path, content, mode=0o644, group=0):
        self.nodes[path] = Node(stat.S_IFREG, mode, content.encode(), group)

    def symlink(self, path, target):
        self.nodes[path] = Node(stat.S_IFLNK, 0o777, target)

    def file(self, path, host_path):
        """A host file with its permission bits, and the folders above it."""
        for parent in reversed(Path(path).parents):
            known = self.nodes.get(str(parent))
            if str(parent) != "." and (known is None or known.kind != stat.S_IFDIR):
                self.folder(str(parent))
        mode = stat.S_IMODE(os.stat(host_path).st_mode)
        self.nodes[path] = Node(stat.S_IFREG, mode, Path(host_path))

    def archive(self, align=cpio.PAGE):
        """The finished cpio archive; folders stand before what they hold."""
        archive = cpio.Archive(align)
        for path, node in sorted(self.nodes.items(), key=lambda item: item[0].split("/")):
            if node.kind == stat.S_IFDIR:
                archive.directory(path, node.mode)
            elif node.kind == stat.S_IFLNK:
                archive.symlink(path, node.source)
            elif isinstance(node.source, Path):
                archive.file(path, node.source, node.mode)
            else:
                archive.data(path, node.source, node.mode, node.group)
        archive.finish()
        return archive


def _add_busybox(root, arch):
    busybox = busybox_binary.get(arch)
    for applet in busybox.applets:
        root.symlink(applet.lstrip("/"), "/bin/busybox")
    root.file("bin/busybox", busybox.path)


def parse_add(text):
    """`FILE[:PATH]` -> (host path, path in the root without leading slash)."""
    name, colon, place = text.partition(":")
    host = Path(name)
    if not host.exists():
        raise Failure(f"--add {text}: there is no file {name}")
    if colon and not place.startswith("/"):
        raise Failure(f"--add {text}: the path in the root must start with /")
    if not colon:
        place = name if host.is_absolute() else "/" + host.name
    elif place.endswith("/"):
        place += host.name
    place = os.path.normpath(place).lstrip("/")
    if place in ("", "."):
        raise Failure(f"--add {text}: the path in the root must name a file")
    return host, place


def _add_one(root, host, place, arch):
    root.file(place, host)
    if elf.is_elf(host):
        found, missing = elf.dependencies(host, arch)
        for needed_at, needed in found.items():
            root.file(needed_at.lstrip("/"), needed)
        for name in missing:
            say(f"{host} asks for {name!r}, which is not on this machine; added without it")


def _add_tree(root, host, place, arch):
    root.folder(place)
    for folder, folders, files in os.walk(host):
        inside = os.path.relpath(folder, host)
        for name in folders + files:
            source = Path(folder, name)
            target = os.path.normpath(os.path.join(place, inside, name))
            if source.is_symlink():
                root.symlink(target, os.readlink(source))
            elif source.is_dir():
                root.folder(target, stat.S_IMODE(source.stat().st_mode))
            elif source.is_file():
                _add_one(root, source, target, arch)


def build(additions, arch):
    """The root with everything of `additions`, the texts of --add."""
    root = Root()
    for path, mode in FOLDERS.items():
        root.folder(path, mode)
    for path, content in FILES.items():
        root.text(path, content)
    root.text(SHADOW, SHADOW_LINES, 0o640, SHADOW_GROUP)
    for path, target in SYMLINKS.items():
        root.symlink(path, target)
    _add_busybox(root, arch)
    for built, place in PROGRAMS.items():
        if not (arch.build / built).is_file():
            raise Failure(f"{built} is not built", f"./corm build --arch {arch.name}")
        root.file(place, elf.stripped(arch.build / built, arch))
    for text in additions:
        host, place = parse_add(text)
        (_add_tree if host.is_dir() else _add_one)(root, host, place, arch)
    return root


def compose(additions, align=cpio.PAGE, arch=X86_64):
    """The archive of that root."""
    return build(additions, arch).archive(align)
