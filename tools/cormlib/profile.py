"""`corm bench linux --profile ROW`: which functions the instructions of one operation are in.

A plugin of QEMU (tools/qemu/window.c) records every instruction between the last two marks that
the program makes, one before each operation. Native programs share their addresses, so where an
instruction belongs is decided by what lies in its page of memory.
"""

import struct
import tempfile
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from . import bench_linux, build, bundle, busybox_binary, plugin, steps_places
from .arches import X86_64
from .elf import load_segments
from .failure import Failure
from .manifest import read_compiled
from .paths import BUILD, shown

PLUGIN = "window"
KERNEL_HALF = 1 << 63
PAGE_SHIFT = 12
COUNTS = struct.Struct("<QQ")
RECORD = struct.Struct("<QQB15s")
COUNT = 3  # operations in a batch: the window must not be the first of its batch
UNKNOWN = "?"
WORLD_MODULES = {"linux-bench", "busybox"}
WAYS_IN = {"guest_run", "serve_other"}  # functions of the server that lead to all others
CALL_PREFIX = "sys_"


@dataclass(frozen=True)
class Insn:
    address: int
    page: int  # of the host's memory: two address spaces, two pages
    content: bytes


@dataclass(frozen=True)
class Place:
    module: str
    function: str
    address: int
    entry: bool  # the first instruction of the function


def read_window(path):
    """([Insn] that were seen, [index] that ran) of the plugin's file."""
    data = path.read_bytes() if path.exists() else b""
    if len(data) < COUNTS.size:
        raise Failure("the plugin has recorded nothing")
    known, ran = COUNTS.unpack_from(data)
    end = COUNTS.size + known * RECORD.size
    insns = [Insn(address, host >> PAGE_SHIFT, content[:size]) for address, host, size, content
             in RECORD.iter_unpack(data[COUNTS.size:end])]
    if not ran:
        raise Failure("the program made no two marks: the row did not run")
    return insns, struct.unpack_from(f"<{ran}I", data, end)


class Module:
    """An ELF file: its bytes by address, its functions."""

    def __init__(self, name, path):
        self.name, self.path = name, path
        self.segments = [(address, content) for _, address, content, _ in load_segments(path)[1]]

    def has(self, insn):
        return any(address <= insn.address and
                   content[insn.address - address:][:len(insn.content)] == insn.content
                   for address, content in self.segments)

    @cache
    def _symbols(self):
        found = steps_places.functions(self.path)
        return [address for address, _ in found], [name for _, name in found]

    def place(self, address):
        starts, names = self._symbols()
        index = bisect_right(starts, address) - 1
        if index < 0:
            return Place(self.name, "", address, False)
        return Place(self.name, names[index], address, starts[index] == address)


def modules(system):
    """(kernel, [programs]) that may run in a world of @system."""
    programs = ["servers/init", *(item["program"] for item in read_compiled(system).components)]
    return Module("kernel", X86_64.kernel_symbols), [
        *(Module(name, bundle.program_elf(name)) for name in dict.fromkeys(programs)),
        Module("linux-bench", bench_linux.PROGRAM), Module("busybox", busybox_binary.INSTALLED)]


def module_of_pages(insns, programs):
    """{page: Module}: the one that has every instruction which was seen there, None if none."""
    by_page = defaultdict(list)
    for insn in insns:
        if insn.address < KERNEL_HALF:
            by_page[insn.page].append(insn)
    return {page: next((module for module in programs
                        if all(module.has(insn) for insn in found)), None)
            for page, found in by_page.items()}


def places(insns, ran, system):
    """[Place] of each instruction that ran, in order."""
    kernel, programs = modules(system)
    used = {index: insns[index] for index in set(ran)}
    pages = module_of_pages(used.values(), programs)

    def place(insn):
        module = kernel if insn.address >= KERNEL_HALF else pages[insn.page]
        return module.place(insn.address) if module else Place(UNKNOWN, "", insn.address, False)

    found = {index: place(insn) for index, insn in used.items()}
    return [found[index] for index in ran]


def record(row, options):
    """(figure, [Place]) of one operation of a row."""
    system = options.system or bench_linux.SYSTEM
    with tempfile.TemporaryDirectory(prefix="corm-profile-") as folder:
        out = Path(folder) / "window"
        arguments = bench_linux.program_arguments([row], options.count or COUNT)
        config = bench_linux.corm_config(folder, arguments, system, options.append,
                                         ["-plugin", f"{plugin.build(PLUGIN)},out={out}"])
        text = bench_linux.run(config, "Corm", to_end=True)
        column = bench_linux.Column(log=config.log).take(text, config.memory_mb)
        bench_linux.complain({row: {}}, {"Corm": column})
        if row not in column.insn:
            raise Failure(f"{row} is absent: {column.absent[row]}")
        insns, ran = read_window(out)
    return column.insn[row], places(insns, ran, system)


def by_function(ran):
    """Lines: the share of each module, then its functions."""
    modules_, functions, calls = Counter(), defaultdict(Counter), Counter()
    for place in ran:
        modules_[place.module] += 1
        functions[place.module][place.function] += 1
        calls[place.module, place.function] += place.entry
    for module, count in modules_.most_common():
        yield f"{count:>9} {100 * count / len(ran):5.1f} %  {module}"
        for function, own in functions[module].most_common():
            yield (f"{own:>9} {100 * own / len(ran):5.1f} %      "
                   f"{calls[module, function]:>6}  {function or '-'}")


def _request(stretch):
    """What a program asked for: the system call, or the first function that the server ran."""
    entered = [place.function for place in stretch
               if place.module == bench_linux.SERVER and place.entry
               and place.function not in WAYS_IN]
    calls = [name for name in entered if name.startswith(CALL_PREFIX)]
    return next(iter(calls or entered), "nothing: the kernel alone")


def by_request(ran):
    """Lines: what ran between a program's instructions and its next ones, or another program's, by
    what it asked for. Who is waited for is in it."""
    total, times = Counter(), Counter()
    for inside, stretch in groupby(ran, key=lambda place: place.module in WORLD_MODULES):
        stretch = list(stretch)
        name = "in programs" if inside else _request(stretch)
        total[name] += len(stretch)
        times[name] += 1
    for name, count in total.most_common():
        yield f"{count:>9} {100 * count / len(ran):5.1f} %  {times[name]:>6}  {name}"


def by_line(ran, system):
    """Lines: the source lines with the most instructions, for each module that has sources."""
    kernel, programs = modules(system)
    for module in (kernel, *programs):
        times = Counter(place.address for place in ran if place.module == module.name)
        if not times or module.path == busybox_binary.INSTALLED:
            continue
        lines = Counter()
        for address, place in steps_places.places(module.path, times).items():
            inner, outer = place.frames[0], place.frames[-1].function
            within = f" in {outer}" if outer != inner.function else ""
            lines[f"{inner.file or '-'}:{inner.line} {inner.function}{within}: {inner.text()}"] += \
                times[address]
        yield f"{module.name}"
        for line, count in lines.most_common():
            yield f"{count:>9}  {line}"


def in_order(ran):
    """Lines: the functions in the order in which they ran."""
    start = 0
    for index in range(1, len(ran) + 1):
        if index == len(ran) or (ran[index].module, ran[index].function) != (
                ran[start].module, ran[start].function):
            yield f"{index - start:>9}  {ran[start].module}: {ran[start].function or '-'}"
            start = index


def command(options):
    row = options.profile
    if row in bench_linux.SYSTEM_ROWS:
        raise Failure(f"{row} is not measured by repeating something", "name another row", 2)
    bench_linux.rows_wanted([row])
    build.ensure()
    figure, ran = record(row, options)
    system = options.system or bench_linux.SYSTEM
    detail = BUILD / f"profile-{row}.txt"
    head = f"{row}: the last operation ran {len(ran)} instructions; the figure is {figure}"
    requests = ["instructions, share, times, what a program asked for", *by_request(ran)]
    functions = ["instructions, share, calls, function", *by_function(ran)]
    detail.write_text("\n".join([
        head, "", *requests, "", *functions, "", "by source line", *by_line(ran, system),
        "", "in the order in which they ran", *in_order(ran), ""]))
    print("\n".join([head, "", *requests, "", *functions, ""]))
    print(f"by source line, and in order: {shown(detail)}")
    return 0
