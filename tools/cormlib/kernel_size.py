"""Lines and bytes of the kernel and of the boot stage, counted from what was really compiled in.

A line is non-blank and non-comment, of every file that went in: C, assembly, headers, generated
ones included; the compiler's own headers are not ours. What several ports compile in counts once;
so does what is generated, where it comes out the same for all.
"""

import re
import subprocess
from functools import cache

from . import arches
from .arches import X86_64
from .failure import Failure
from .paths import ROOT

LINES_MAX = 8000  # of all ports together
TEXT_BYTES_MAX = 40 * 1024
KERNEL_OBJECTS = "kernel/"  # in the build folder
BOOT_OBJECTS = "boot/"
INIT_OBJECTS = "servers/init/"
DEBUG_OBJECTS = "kernel/corm-debug.elf"  # of another ELF, which is there for tests
BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.S)
STRING = re.compile(r'"(?:\\.|[^"\\])*"')
DIRECTIVE = re.compile(r"#\s*(include|define|undef|if|ifdef|ifndef|else|elif|endif|error|pragma)\b")


def count_lines(text, assembly=False):
    """Non-blank, non-comment lines of C or of preprocessed assembly."""
    text = STRING.sub('""', text)
    text = BLOCK_COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)
    count = 0
    for line in text.splitlines():
        line = line.split("//")[0].strip()
        if assembly and line.startswith("#") and not DIRECTIVE.match(line):
            continue
        count += bool(line)
    return count


def compiled_files(objects, arch=X86_64):
    """Every file of ours that the objects of a folder depend on."""
    listing = subprocess.run(["ninja", "-C", str(arch.build), "-t", "deps"], capture_output=True,
                             text=True).stdout
    files = set()
    mine = False
    for line in listing.splitlines():
        if not line.startswith(" "):
            mine = (line.startswith(objects) and ".o:" in line
                    and not line.startswith(DEBUG_OBJECTS))
        elif mine:
            path = (arch.build / line.strip()).resolve()
            if path.is_relative_to(ROOT):
                files.add(path)
    if not files:
        raise Failure(f"nothing is known about what went into {objects} for {arch.name}",
                      f"./corm build --clean --arch {arch.name}")
    return sorted(files)


@cache
def lines_by_file(objects=KERNEL_OBJECTS, arch=X86_64):
    return {path: count_lines(path.read_text(), path.suffix == ".S")
            for path in compiled_files(objects, arch)}


def built():
    """The architectures that have a kernel."""
    return [arch for arch in arches.ALL.values() if arch.kernel_symbols.is_file()]


def _identity(path, arch):
    """What two builds have in common: a file of the tree, or one that both generated alike."""
    if path.is_relative_to(arch.build):
        return path.relative_to(arch.build), path.read_text()
    return path


def _by_identity(arch):
    """{identity: (path, lines)} of one kernel's files."""
    return {_identity(path, arch): (path, count)
            for path, count in lines_by_file(arch=arch).items()}


def _all_lines():
    """{path: lines} of all kernels together."""
    together = {}
    for arch in built():
        together = _by_identity(arch) | together
    return dict(together.values())


def _own_lines(arch):
    """Lines that no other port compiles in."""
    others = set()
    for other in built():
        if other != arch:
            others.update(_by_identity(other))
    return sum(count for identity, (_, count) in _by_identity(arch).items()
               if identity not in others)


@cache
def text_bytes(arch=X86_64):
    """Bytes of all executable sections."""
    kernel = arch.kernel_symbols
    if not kernel.is_file():
        raise Failure(f"the kernel is not built ({kernel} is missing)", "./corm build")
    listing = subprocess.run(["readelf", "-SW", str(kernel)], capture_output=True,
                             text=True).stdout
    total = 0
    for line in listing.splitlines():
        fields = line.replace("[ ", "[").split()
        if len(fields) >= 8 and fields[1].startswith(".") and "X" in fields[7]:
            total += int(fields[5], 16)
    return total


def complain_about_lines():
    counted = _all_lines()
    total = sum(counted.values())
    if total <= LINES_MAX:
        return ""
    largest = sorted(counted.items(), key=lambda item: -item[1])[:15]
    return "\n".join([f"{total} lines of at most {LINES_MAX}",
                      *(f"{count:5} {path.relative_to(ROOT)}" for path, count in largest)])


def complain_about_text():
    return "\n".join(f"{arch.name}: {text_bytes(arch)} bytes" for arch in built()
                     if text_bytes(arch) >= TEXT_BYTES_MAX)


def summary():
    """A line for each remark of the report."""
    try:
        boot_lines = sum(lines_by_file(BOOT_OBJECTS).values())
        init_lines = sum(count for path, count in lines_by_file(INIT_OBJECTS).items()
                         if path.is_relative_to(ROOT / INIT_OBJECTS))
        each = [f"kernel for {arch.name}: {sum(lines_by_file(arch=arch).values())} lines, "
                f"{_own_lines(arch)} of its own; .text {text_bytes(arch)} bytes of at most "
                f"{TEXT_BYTES_MAX}" for arch in built()]
        return [*each,
                f"kernel: {sum(_all_lines().values())} lines of at most {LINES_MAX} for all ports",
                f"boot stage: {boot_lines} lines; init's own files: {init_lines} lines"]
    except Failure as failure:
        return [str(failure)]
