"""`corm bench linux`: what Linux's operations cost in instructions, in the Linux world.

One static Linux program (apps/linux-bench) measures, in the system that runs the shell, and on
Linux's own kernel if that is asked for as the peer. Both machines have the same processor, memory
and counter. The program writes `BENCH NAME FIGURE` for each row; `absent: REASON` or
`failed: REASON` stand in the place of a figure that there is not.
"""

import json
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import bench, bench_held, build, bundle, elf, machine, peer_linux
from .arches import X86_64
from .failure import EXIT_MACHINE_DIED, EXIT_TIME_LIMIT, Failure
from .manifest import read_compiled
from .paths import shown
from .progress import Ticker, tail

GROUP = "linux"
SYSTEM = "shell"
PEERS = ("linux",)
PROGRAM = X86_64.build / "apps" / "linux-bench" / "linux-bench"
PLACE = "/bin/linux-bench"
SERVER = "servers/linux"
LIMIT_S = 600
CALIBRATION = 1000  # what the counter must advance by, when that many instructions are run

ROW = re.compile(r"BENCH (\w+) (?:(\d+)|(absent|failed): ([^\r\n]*))\r*\n")
FREE = re.compile(r"BENCH-FREE-KIB (\d+)\r*\n")
CALIBRATED = re.compile(r"BENCH-CALIBRATION (\d+)\r*\n")
TROUBLE = re.compile(r"BENCH-TROUBLE ([^\r\n]*)\r*\n")
END = re.compile(r"BENCH-END\r*\n")
MEMORY_ROW = "memory_after_boot_kib"
SYSTEM_ROWS = ("boot_to_first_program", MEMORY_ROW)  # measured whatever rows are asked for


@dataclass
class Column:
    """What one system measured."""

    insn: dict = field(default_factory=dict)  # {row: figure}
    absent: dict = field(default_factory=dict)  # {row: the call, and what it said}
    failed: dict = field(default_factory=dict)
    log: Path | None = None

    def take(self, text, memory_mb):
        """Read the log of a machine."""
        for name, figure, how, reason in ROW.findall(text):
            if figure:
                self.insn[name] = int(figure)
            else:
                (self.absent if how == "absent" else self.failed)[name] = reason
        if found := FREE.search(text):
            self.insn[MEMORY_ROW] = memory_mb * 1024 - int(found[1])
        return self


def program_arguments(rows, count):
    """Arguments of the program; @rows without those that are measured anyway."""
    own = [name for name in rows if name not in SYSTEM_ROWS]
    if rows and not own:
        own = ["none"]  # no row has this name: only what is measured anyway
    return [*(["--count", str(count)] if count else []), *own]


def run(config, what, to_end=False):
    """Boot a machine until the program has said its end (or @to_end, until the machine's own);
    returns the log's text."""
    ticker = Ticker(f"counting {what}")
    end_s = time.monotonic() + LIMIT_S
    with machine.Machine(config) as running:
        while True:
            ended = running.wait(0.2) is not None
            text = running.log_bytes().decode(errors="replace")
            if ended or (END.search(text) and not to_end):
                break
            if line := running.fatal_line():
                raise Failure(f"{what}: {line}; {shown(config.log)}:\n{tail(config.log)}",
                              "./corm debug", EXIT_MACHINE_DIED)
            if time.monotonic() > end_s:
                raise Failure(f"{what}: no end after {LIMIT_S} s; {shown(config.log)}:\n"
                              f"{tail(config.log)}", "", EXIT_TIME_LIMIT)
            if done := ROW.findall(text):
                ticker.what = f"counting {what}, after {done[-1][0]}"
            ticker.tick()
        ticker.done()
        complaint = running.complaint() if ended else ""
    _check(text, config.log, what, complaint)
    return text


def _check(text, log, what, complaint):
    """The machine came to the program's end, and its counter counts instructions."""
    calibrated, trouble = CALIBRATED.search(text), TROUBLE.search(text)
    if not END.search(text):
        raise Failure(f"{what}: the machine ended too early {complaint}; {shown(log)}:\n"
                      f"{tail(log)}", "", EXIT_MACHINE_DIED)
    if trouble:
        raise Failure(f"{what}: {trouble[1]}; the log is {shown(log)}")
    if not calibrated or int(calibrated[1]) != CALIBRATION:
        raise Failure(f"{what}: the counter advances by {calibrated and calibrated[1]} for "
                      f"{CALIBRATION} instructions; the log is {shown(log)}")


def corm_config(folder, arguments, system=SYSTEM, append="", extra=()):
    """A machine that runs the program with @arguments in the Linux world of @system."""
    path = Path(folder) / "bundle"
    world = bundle.World("WORLD_CONSOLE", [PLACE, *arguments], bundle.default_environment())
    size = bundle.compose(system, world, [f"{elf.stripped(PROGRAM)}:{PLACE}"], path)
    return machine.Config(machine.log_path("bench-corm"), path, machine.memory_for(size),
                          cpu=X86_64.counted_cpu, append=append, extra=[*bench.COUNTING, *extra])


def measure_corm(options):
    with tempfile.TemporaryDirectory(prefix="corm-bench-") as folder:
        config = corm_config(folder, program_arguments(options.row, options.count),
                             options.system or SYSTEM, options.append)
        return Column(log=config.log).take(run(config, "Corm"), config.memory_mb)


def measure_peer(peer, options):
    with tempfile.TemporaryDirectory(prefix="corm-bench-") as folder:
        config = peer_linux.config(peer, elf.stripped(PROGRAM),
                                   program_arguments(options.row, options.count), Path(folder),
                                   machine.MEMORY_MB)
        return Column(log=config.log).take(run(config, "Linux"), config.memory_mb)


def results(wanted, corm, peer):
    """One object a row, for --json and the table."""
    found = []
    for name, figure in wanted.items():
        insn, other = corm.insn.get(name), peer.insn.get(name) if peer else None
        found.append({
            "name": name, "insn": insn, "target": figure["target"], "peer": other,
            "ratio": round(insn / other, 3) if insn is not None and other else None,
            **({"absent": corm.absent[name]} if name in corm.absent else {}),
            **({"failed": corm.failed[name]} if name in corm.failed else {})})
    return found


def table(found, peer):
    head = f"{'instructions per operation':<26}{'Corm':>12}{'target':>12}"
    lines = [head + (f"{'Linux':>14}{'Corm/Linux':>12}   Linux: {peer}" if peer else "")]
    for item in found:
        shown_values = ["-" if item[key] is None else str(item[key])
                        for key in ("insn", "target")]
        line = f"{item['name']:<26}" + "".join(f"{value:>12}" for value in shown_values)
        if peer:
            ratio = "-" if item["ratio"] is None else f"{item['ratio']:.3f}"
            line += f"{'-' if item['peer'] is None else item['peer']:>14}{ratio:>12}"
        missed = item["insn"] is not None and item["insn"] > item["target"]
        reasons = [f"{how}: {item[how]}" for how in ("absent", "failed") if how in item]
        lines.append(line + "".join(f"   {text}" for text in
                                    reasons + ["over the target"] * missed))
    return "\n".join(lines)


def _qemu_version():
    said = subprocess.run([X86_64.qemu, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]


def _what_was_measured(options, peer):
    system = options.system or SYSTEM
    identity = {"arch": "x86_64", "cpu": X86_64.counted_cpu, "qemu": _qemu_version(),
                "system": system, "append": options.append, "memory_mb": machine.MEMORY_MB,
                "count": options.count,
                "kernel_sha256": bench.sha256(X86_64.kernel.read_bytes()),
                "server_sha256": bench.sha256(bundle.program_elf(SERVER).read_bytes()),
                "manifest_sha256": bench.sha256(read_compiled(system).data),
                "program_sha256": bench.sha256(elf.stripped(PROGRAM).read_bytes())}
    if peer:
        identity["peer"] = {"package": peer.package, "version": peer.version,
                            "kernel_sha256": bench.sha256(peer.kernel.read_bytes())}
    return identity


def complain(wanted, columns):
    """Raise what went wrong in rows, after the others have been shown."""
    lines = []
    for what, column in columns.items():
        lines += [f"{what}: {name} failed: {reason}" for name, reason in column.failed.items()]
        known = column.insn.keys() | column.absent.keys() | column.failed.keys()
        lines += [f"{what}: {name} was not measured" for name in wanted if name not in known]
    if lines:
        logs = ", ".join(shown(column.log) for column in columns.values())
        raise Failure("\n".join(lines) + f"\nthe logs: {logs}")


def rows_wanted(names):
    """{name: figure} of the rows asked for, all if none."""
    figures = bench.figures()[0][GROUP]
    if unknown := [name for name in names if name not in figures]:
        raise Failure(f"there is no row named {' '.join(unknown)}",
                      f"rows that exist: {' '.join(figures)}", 2)
    return {name: figure for name, figure in figures.items() if not names or name in names}


def command(options):
    if options.update and options.count:
        raise Failure("what is written down is measured with each row's own count",
                      "--update without --count", 2)
    wanted = rows_wanted(options.row)
    build.ensure()
    peer = peer_linux.fetch() if options.peer else None
    columns = {"Corm": measure_corm(options)}
    if peer:
        columns["Linux"] = measure_peer(peer, options)
    found = results(wanted, columns["Corm"], columns.get("Linux"))
    if options.json:
        print(json.dumps({**_what_was_measured(options, peer), "results": found}, indent=2))
    else:
        print(table(found, peer and f"{peer.package} {peer.version}"))
    complain(wanted, columns)
    if options.update:
        bench_held.update({name: columns["Corm"].insn[name] for name in wanted
                           if name in columns["Corm"].insn})
    return 0
