"""Composes the boot bundle (abi/bundle.h): init, manifest, programs, root, world options."""

import zlib
from dataclasses import dataclass, field
from pathlib import Path

from . import elf, root
from .arches import X86_64
from .cheader import header
from .failure import Failure
from .manifest import read_compiled

PAGE = 4096
CHECKED = {"servers/linux"}  # have a debug build, too
PATH = "/bin:/sbin:/usr/bin:/usr/sbin"


@dataclass
class World:
    """What the Linux world is to run; see abi/world.h."""

    mode: str
    arguments: list = field(default_factory=list)
    environment: dict = field(default_factory=dict)
    rows: int = 24
    columns: int = 80

    def encode(self):
        abi = header("world.h")
        variables = (f"{name}={value}" for name, value in self.environment.items())
        strings = [*self.arguments, *variables]
        packed = b"".join(text.encode("utf-8", "surrogateescape") + b"\0" for text in strings)
        return abi.layout["world_options"].pack(
            magic=abi["WORLD_MAGIC"], mode=abi[self.mode], rows=self.rows, columns=self.columns,
            argument_count=len(self.arguments), environment_count=len(self.environment),
            string_bytes=len(packed)) + packed


def default_environment(terminal=None):
    environment = {"PATH": PATH, "HOME": "/root", "SHELL": "/bin/sh", "USER": "root"}
    if terminal:
        environment["TERM"] = terminal
    return environment


def program_elf(program, build="", arch=X86_64):
    """The built ELF of a manifest's `program`: it has its folder's name, and its `build`'s."""
    path = arch.build / program / f"{Path(program).name}{build}"
    if not path.is_file():
        raise Failure(f"the program {program} is not built ({path} is missing)", "./corm build")
    return path


def checked_elf(program, arch=X86_64):
    """The debug build of a program that has one, the only build of another."""
    return program_elf(program, "-checked" if program in CHECKED else "", arch)


class Bundle:
    """Entries in table order; written once."""

    def __init__(self):
        self.abi = header("bundle.h")
        self.entries = []

    def add(self, name, kind, pieces):
        encoded = name.encode()
        if len(encoded) >= self.abi["BUNDLE_NAME_BYTES"]:
            raise Failure(f"the name {name} is too long for the bundle")
        if len(self.entries) == self.abi["BUNDLE_ENTRIES_MAX"]:
            raise Failure("too many programs for one bundle")
        self.entries.append((encoded, self.abi[kind], pieces))

    def write(self, path):
        """Write the file; returns its size in bytes."""
        table, body = b"", []
        offset = PAGE
        for name, kind, pieces in self.entries:
            checksum = size = 0
            for piece in pieces:
                checksum = zlib.crc32(piece, checksum)
                size += len(piece)
            table += self.abi.layout["bundle_entry"].pack(
                name=name, type=kind, crc32=checksum, offset=offset, size_bytes=size)
            body += [*pieces, b"\0" * (-size % PAGE)]
            offset += size + -size % PAGE
        first = self._header(table, offset)
        with open(path, "wb") as stream:
            stream.write(first + b"\0" * (PAGE - len(first)))
            for piece in body:
                stream.write(piece)
        return offset

    def _header(self, table, size):
        layout = self.abi.layout["bundle_header"]
        fields = {"magic": self.abi["BUNDLE_MAGIC"], "version": self.abi["BUNDLE_VERSION"],
                  "entry_count": len(self.entries), "size_bytes": size,
                  "table_crc32": zlib.crc32(table)}
        fields["header_crc32"] = zlib.crc32(layout.pack(**fields))
        return layout.pack(**fields) + table


def compose_first(program, path, arch=X86_64):
    """A bundle of nothing but `program`, in the place of init; returns its size in bytes."""
    bundle = Bundle()
    bundle.add("init", "BUNDLE_INIT", [elf.flatten_init(program_elf(program, arch=arch))])
    return bundle.write(path)


def compose(system, world, additions, path, checked=False, arch=X86_64):
    """Write the bundle of a built system; returns its size in bytes. `checked`: of debug builds."""
    manifest = read_compiled(system, arch)
    flag_root = header("manifest.h")["COMPONENT_FLAG_ROOT"]
    worlds = [item["name"] for item in manifest.components if item["flags"] & flag_root]
    bundle = Bundle()
    bundle.add("init", "BUNDLE_INIT", [elf.flatten_init(program_elf("servers/init", arch=arch))])
    bundle.add("manifest", "BUNDLE_MANIFEST", [manifest.data])
    build_of = checked_elf if checked else program_elf
    for program in dict.fromkeys(item["program"] for item in manifest.components):
        bundle.add(program, "BUNDLE_PROGRAM", [elf.flatten_program(build_of(program, arch=arch))])
    if worlds:
        bundle.add("root", "BUNDLE_ROOT", root.compose(additions, arch=arch).pieces)
        for name in worlds:
            bundle.add(name, "BUNDLE_WORLD", [world.encode()])
    elif additions:
        raise Failure(f"the system {system} has no Linux world to --add files to")
    return bundle.write(path)
