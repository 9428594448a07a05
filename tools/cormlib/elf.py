"""ELF files of the host: flattened into programs for the bundle, and what a dynamic one needs."""

import os
import struct
import subprocess
from pathlib import Path

from .arches import X86_64
from .cheader import header
from .failure import Failure

PAGE = 4096
PT_LOAD = 1
PF_X, PF_W, PF_R = 1, 2, 4
EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
PHDR = struct.Struct("<IIQQQQQQ")


def _up(value):
    return -(-value // PAGE) * PAGE


def stripped(path, arch=X86_64):
    """A copy of a program without symbols, beside it: what a machine has no use for."""
    path = Path(path)
    bare = path.with_name(path.name + ".bare")
    if not bare.is_file() or bare.stat().st_mtime_ns < path.stat().st_mtime_ns:
        fresh = path.with_name(path.name + ".bare.part")
        subprocess.run([arch.tool("strip"), "-o", fresh, path], check=True)
        fresh.replace(bare)
    return bare


def load_segments(path):
    """(entry address, [(flags, address, file bytes, memory size)]) of a static executable."""
    data = Path(path).read_bytes()
    if len(data) < EHDR.size or data[:6] != b"\x7fELF\x02\x01":
        raise Failure(f"{path} is not a 64-bit little-endian ELF file")
    fields = EHDR.unpack_from(data)
    entry, table, count = fields[4], fields[5], fields[10]
    segments = []
    for index in range(count):
        kind, flags, offset, address, _, file_size, memory_size, _ = PHDR.unpack_from(
            data, table + index * PHDR.size)
        if kind == PT_LOAD and memory_size:
            segments.append((flags, address, data[offset:offset + file_size], memory_size))
    return entry, segments


def flatten_program(path):
    """The `program` entry (abi/bundle.h) of a native ELF: no parser is needed on the other side."""
    abi = header("bundle.h")
    entry, segments = load_segments(path)
    if not 0 < len(segments) <= abi["PROGRAM_SEGMENTS_MAX"]:
        raise Failure(f"{path} has {len(segments)} segments to load")
    head, body = [], []
    offset = PAGE
    for flags, address, content, memory_size in segments:
        lead = address % PAGE
        if lead:
            raise Failure(f"{path}: the segment at {address:#x} does not start on a page")
        if flags & PF_W and flags & PF_X:
            raise Failure(f"{path}: the segment at {address:#x} is writable and executable")
        rights = (abi["PROGRAM_READ"] if flags & PF_R else 0) | \
                 (abi["PROGRAM_WRITE"] if flags & PF_W else 0) | \
                 (abi["PROGRAM_EXECUTE"] if flags & PF_X else 0)
        head.append(abi.layout["program_segment"].pack(
            address=address, offset=offset, file_bytes=len(content), memory_bytes=memory_size,
            rights=rights))
        body.append(content + b"\0" * (_up(len(content)) - len(content)))
        offset += len(body[-1])
    fixed = struct.pack("<QQQ", abi["PROGRAM_MAGIC"], entry, len(segments)) + b"".join(head)
    return fixed + b"\0" * (PAGE - len(fixed)) + b"".join(body)


def flatten_init(path):
    """The `init` entry: the image as linked, checked against the header at its start."""
    abi = header("bundle.h")
    layout = abi.layout["init_image"]
    _, segments = load_segments(path)
    base = min(address for _, address, _, _ in segments)
    if base != abi["INIT_BASE"]:
        raise Failure(f"{path} starts at {base:#x} instead of {abi['INIT_BASE']:#x}")
    end = max(address + len(content) for _, address, content, _ in segments if content)
    image = bytearray(_up(end - base))
    for _, address, content, _ in segments:
        image[address - base:address - base + len(content)] = content
    fields = layout.unpack(image)
    if fields["magic"] != abi["INIT_MAGIC"]:
        raise Failure(f"{path} does not start with struct init_image")
    if fields["file_bytes"] != len(image):
        raise Failure(f"{path}: its header says {fields['file_bytes']} bytes, "
                      f"the image has {len(image)}")
    return bytes(image)


def _readelf(path):
    result = subprocess.run(["readelf", "-W", "-l", "-d", str(path)], capture_output=True,
                            text=True, errors="replace", env={**os.environ, "LC_ALL": "C"})
    return result.stdout


def _field(text, mark, closing):
    return [line.split(mark, 1)[1].split(closing, 1)[0]
            for line in text.splitlines() if mark in line]


def is_elf(path):
    with open(path, "rb") as stream:
        return stream.read(4) == b"\x7fELF"


def _search_path(arch):
    """Folders in which Debian's loader looks, in its order."""
    folders = []
    if not arch.sysroot:
        for conf in sorted(Path("/etc/ld.so.conf.d").glob("*.conf")):
            folders += [line.strip() for line in conf.read_text().splitlines()
                        if line.strip().startswith("/")]
    return folders + [arch.sysroot + folder for folder in arch.library_folders]


def _is_of(arch, path):
    with open(path, "rb") as stream:
        data = stream.read(EHDR.size)
    return data[:5] == b"\x7fELF\x02" and EHDR.unpack(data)[2] == arch.elf_machine


def _find_library(name, extra, arch):
    for folder in [*extra, *_search_path(arch)]:
        candidate = Path(folder) / name
        if candidate.is_file() and _is_of(arch, candidate):
            return candidate
    return None


def dependencies(path, arch=X86_64):
    """(found, missing) of what a dynamic ELF needs: interpreter and libraries, as host paths by
    their places in the root, and as names. Nothing is executed, so a hostile file is safe to look
    at."""
    found, missing, queue = {}, [], [Path(path)]
    while queue:
        current = queue.pop()
        text = _readelf(current)
        origin = str(current.resolve().parent)
        run_path = [part.replace("$ORIGIN", origin).replace("${ORIGIN}", origin)
                    for mark in ("(RUNPATH)", "(RPATH)")
                    for line in text.splitlines() if mark in line
                    for part in line.split("[", 1)[1].split("]", 1)[0].split(":")]
        for interpreter in _field(text, "Requesting program interpreter: ", "]"):
            if Path(arch.sysroot + interpreter).is_file():
                found[interpreter] = Path(arch.sysroot + interpreter)
            else:
                missing.append(interpreter)
        for name in _field(text, "Shared library: [", "]"):
            library = _find_library(name, run_path, arch)
            if library is None:
                missing.append(name)
            elif library not in found.values():
                found[str(library).removeprefix(arch.sysroot)] = library
                queue.append(library)
    return found, sorted(set(missing))
