"""Where in the source an instruction of the kernel or of the benchmark comes from."""

import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .failure import Failure
from .paths import ROOT

INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t(.*\S)")
PREFIXES = {"lock", "rep", "repz", "repnz", "cs", "data16"}


@dataclass(frozen=True)
class Frame:
    """A function (of assembly: a label) and a line of it."""

    function: str
    file: str  # from the top folder; "" if it is not one of ours
    line: int

    def text(self):
        lines = _lines(self.file)
        return lines[self.line - 1] if 0 < self.line <= len(lines) else ""


@dataclass(frozen=True)
class Place:
    """Where an instruction comes from: what was inlined first, then what it was inlined into."""

    frames: tuple
    name: str  # of the instruction


@cache
def _lines(file):
    """The lines of a source without indentation and without a comment at their end."""
    if not file or not (ROOT / file).is_file():
        return []
    return [re.sub(r"\s*(/\*.*\*/|/\*.*|//.*)$", "", line.strip())
            for line in (ROOT / file).read_text().splitlines()]


def _run(command, text=None):
    result = subprocess.run([str(part) for part in command], input=text, capture_output=True,
                            text=True)
    if result.returncode != 0:
        raise Failure(f"{command[0]} failed: {result.stderr[-2000:]}", "./corm build")
    return result.stdout


def instructions(elf):
    """{address: the instruction as objdump writes it}, in the order of addresses."""
    listing = _run(["objdump", "-d", "--wide", "--no-show-raw-insn", elf])
    found = (INSTRUCTION.match(line) for line in listing.splitlines())
    return {int(match[1], 16): match[2] for match in found if match}


def functions(elf):
    """[(address, name)] of an ELF's functions and labels, in the order of addresses."""
    rows = (line.split() for line in _run(["nm", "-n", elf]).splitlines())
    return [(int(row[0], 16), row[2]) for row in rows if len(row) == 3 and row[1] in "tTwWi"]


def symbols(elf):
    """{name: address} of an ELF's functions and labels."""
    return {name: address for address, name in functions(elf)}


def _name(instruction):
    words = instruction.split()
    return next((word for word in words if word not in PREFIXES), words[0])


def _file(text):
    path = Path(text).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else ""


def places(elf, addresses):
    """{address: Place} of an ELF, from its debug information."""
    listing = instructions(elf)
    wanted = sorted(set(addresses))
    output = _run(["addr2line", "-a", "-i", "-f", "-e", elf],
                  "".join(f"{address:#x}\n" for address in wanted)).splitlines()
    found, frames, address = {}, [], None
    for line in [*output, "0x0"]:
        if re.fullmatch(r"0x[0-9a-f]+", line):
            if address is not None:
                found[address] = Place(tuple(frames), _name(listing.get(address, "-")))
            address, frames, function = int(line, 16), [], None
        elif function is None:
            function = line
        else:
            file, _, number = line.partition(" ")[0].rpartition(":")
            frames.append(Frame(function, _file(file), int(number) if number.isdigit() else 0))
            function = None
    return found
