"""`corm bench`: guest instructions per operation, exactly repeatable.

The machine runs the kernel file that runs the shell, with one instruction per tick of its counter
(-icount) and a fixed seed. The benchmark program writes `BENCH name insn` to the log, and before
that `LATENCY most at OFFSET of LENGTH samples N: path` for each path that `latency` measures.
"""

import hashlib
import json
import re
import tempfile
import time
import tomllib
from pathlib import Path

from . import build, bundle, machine
from .arches import X86_64
from .failure import EXIT_MACHINE_DIED, EXIT_TIME_LIMIT, Failure
from .manifest import read_compiled
from .paths import TOOLS, shown
from .progress import Ticker, tail

FIGURES = TOOLS / "bench" / "figures.toml"
# The board's clock as well: its alarm is the host's otherwise.
COUNTING = ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm", "-seed", "1"]
LINE = re.compile(r"BENCH (\w+) (\d+)\b")
PATH_LINE = re.compile(r"LATENCY (\d+) at (\d+) of (\d+) samples (\d+): ([^\r\n]+)\r?\n")
LIMIT_S = 600
SYSTEMS = {"ipc": "bench", "latency": "latency"}  # what holds the benchmark, if nobody says
MEMORY_MB = {"latency": 2048}  # it maps much; others need no more than usual


def figures(arch=X86_64):
    """({group: {name: {target, peer, ...}}}, peer's name) from the one data file."""
    data = tomllib.loads(FIGURES.read_text())
    peer = data.pop("peer")
    own = data.pop("arch")
    if arch != X86_64:
        data = {group: {name: {"target": figure["target"],
                               **own[arch.name].get(group, {}).get(name, {})}
                        for name, figure in rows.items()} for group, rows in data.items()}
    return data, f"{peer['name']} {arch.name}"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def _run_machine(config, wanted):
    """Boot until every wanted name has been measured or the machine has ended."""
    ticker = Ticker("counting")
    end_s = time.monotonic() + LIMIT_S
    with machine.Machine(config) as running:
        while True:
            ended = running.wait(0.2) is not None
            log = running.log_bytes()
            found = {name: int(count)
                     for name, count in LINE.findall(log.decode(errors="replace"))}
            if ended or wanted <= set(found):
                break
            if line := running.fatal_line():
                raise Failure(f"{line}; {shown(config.log)}:\n{tail(config.log)}",
                              "./corm debug", EXIT_MACHINE_DIED)
            if time.monotonic() > end_s:
                raise Failure(f"no end after {LIMIT_S} s; {shown(config.log)}:\n"
                              f"{tail(config.log)}", "./corm debug", EXIT_TIME_LIMIT)
            ticker.tick()
        ticker.done()
    return found


def measure(system, wanted, append="", extra=(), arch=X86_64):
    """({name: instructions} of one counted boot, its log); `extra` are arguments for QEMU."""
    with tempfile.TemporaryDirectory(prefix="corm-bench-") as folder:
        path = Path(folder) / "bundle"
        world = bundle.World("WORLD_CONSOLE", ["/bin/true"], bundle.default_environment())
        size = bundle.compose(system, world, [], path, arch=arch)
        memory_mb = machine.memory_for(size, MEMORY_MB.get(system))
        config = machine.Config(machine.log_path("bench"), path, memory_mb, arch,
                                cpu=arch.counted_cpu, append=append, extra=[*COUNTING, *extra])
        return _run_machine(config, wanted), config.log


def _table(results, peer):
    lines = [f"{'instructions per operation':<24}{'Corm':>8}{'target':>8}{'peer':>8}   "
             f"peer: {peer}"]
    for item in results:
        shown_values = ["-" if item[key] is None else str(item[key])
                        for key in ("insn", "target", "peer")]
        missed = item["insn"] is not None and item["insn"] > item["target"]
        lines.append(f"{item['name']:<24}" + "".join(f"{value:>8}" for value in shown_values)
                     + ("   over the target" if missed else ""))
    return "\n".join(lines)


def paths(log):
    """What each path that was measured adds to the latency of an interrupt, the worst first."""
    found = [{"path": path, "insn": int(most), "offset": int(offset), "length": int(length),
              "samples": int(samples)}
             for most, offset, length, samples, path
             in PATH_LINE.findall(log.read_text(errors="replace"))]
    return sorted(found, key=lambda item: -item["insn"])


def _path_table(found):
    lines = ["", f"{'worst latency during':<58}{'insn':>7}{'came at':>9}{'of':>8}{'tried':>7}"]
    lines += [f"{item['path']:<58}{item['insn']:>7}{item['offset']:>9}{item['length']:>8}"
              f"{item['samples']:>7}" for item in found]
    return "\n".join(lines)


def command(options):
    arch = options.arch
    groups, peer = figures(arch)
    if options.name not in groups:
        raise Failure(f"there is no benchmark named {options.name}",
                      f"benchmarks that exist: {' '.join(groups)} contention waits", 2)
    build.ensure(arch.name)
    wanted = groups[options.name]
    system = options.system or SYSTEMS[options.name]
    found, log = measure(system, set(wanted), options.append, arch=arch)
    by_path = paths(log)
    results = [{"name": name, "insn": found.get(name), "target": figure["target"],
                "peer": figure.get("peer", figure.get("peer_mcs"))}
               for name, figure in wanted.items()]
    if options.json:
        print(json.dumps({
            "arch": arch.name, "cpu": arch.counted_cpu,
            "kernel_sha256": sha256(arch.kernel.read_bytes()),
            "system": system, "append": options.append,
            "manifest_sha256": sha256(read_compiled(system, arch).data),
            "results": results, **({"paths": by_path} if by_path else {})}, indent=2))
    else:
        print(_table(results, peer))
        if by_path:
            print(_path_table(by_path))
    missing = [item["name"] for item in results if item["insn"] is None]
    if missing:
        raise Failure(f"not measured: {' '.join(missing)}; the log is {shown(log)}:\n{tail(log)}",
                      "./corm debug")
    return 0
