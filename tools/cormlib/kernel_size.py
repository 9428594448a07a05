"""Lines and bytes of the kernel and of the boot stage, counted from what was really compiled in.

A line is non-blank and non-comment, of every file that went in: C, assembly, headers, generated
ones included; the compiler's own headers are not ours.
"""

import re
import subprocess
from functools import cache

from .failure import Failure
from .machine import KERNEL_SYMBOLS
from .paths import ROOT, TARGET

LINES_MAX = 5000  # with one port
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


def compiled_files(objects):
    """Every file of ours that the objects of a folder depend on."""
    listing = subprocess.run(["ninja", "-C", str(TARGET), "-t", "deps"], capture_output=True,
                             text=True).stdout
    files = set()
    mine = False
    for line in listing.splitlines():
        if not line.startswith(" "):
            mine = (line.startswith(objects) and ".o:" in line
                    and not line.startswith(DEBUG_OBJECTS))
        elif mine:
            path = (TARGET / line.strip()).resolve()
            if path.is_relative_to(ROOT):
                files.add(path)
    if not files:
        raise Failure(f"nothing is known about what went into {objects}", "./corm build --clean")
    return sorted(files)


@cache
def lines_by_file(objects=KERNEL_OBJECTS):
    return {path: count_lines(path.read_text(), path.suffix == ".S")
            for path in compiled_files(objects)}


@cache
def text_bytes():
    """Bytes of all executable sections."""
    if not KERNEL_SYMBOLS.is_file():
        raise Failure(f"the kernel is not built ({KERNEL_SYMBOLS} is missing)", "./corm build")
    listing = subprocess.run(["readelf", "-SW", str(KERNEL_SYMBOLS)], capture_output=True,
                             text=True).stdout
    total = 0
    for line in listing.splitlines():
        fields = line.replace("[ ", "[").split()
        if len(fields) >= 8 and fields[1].startswith(".") and "X" in fields[7]:
            total += int(fields[5], 16)
    return total


def complain_about_lines():
    counted = lines_by_file()
    total = sum(counted.values())
    if total <= LINES_MAX:
        return ""
    largest = sorted(counted.items(), key=lambda item: -item[1])[:15]
    return "\n".join([f"{total} lines"] + [f"{count:5} {path.relative_to(ROOT)}"
                                           for path, count in largest])


def complain_about_text():
    total = text_bytes()
    return "" if total < TEXT_BYTES_MAX else f"{total} bytes"


def summary():
    try:
        lines = sum(lines_by_file().values())
        boot_lines = sum(lines_by_file(BOOT_OBJECTS).values())
        init_lines = sum(count for path, count in lines_by_file(INIT_OBJECTS).items()
                         if path.is_relative_to(ROOT / INIT_OBJECTS))
        return (f"kernel: {lines} lines (of at most {LINES_MAX}), "
                f".text {text_bytes()} bytes of at most {TEXT_BYTES_MAX}; "
                f"boot stage: {boot_lines} lines; init's own files: {init_lines} lines")
    except Failure as failure:
        return str(failure)
