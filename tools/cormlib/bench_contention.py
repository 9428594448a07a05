"""`corm bench contention`: how often processors wait for the kernel lock, and for one another.

The program (apps/bench/contention) says when a phase is about to begin and when it is done, and
waits each time, so that the kernel's counters (struct cpu_counts of kernel/cpu.h) can be read
meanwhile: the machine's memory is a file, so the kernel has no call for it. How often the lock was
taken no kernel counts, as the fast paths have no instruction to spare: a plugin of QEMU
(tools/qemu/lock.c) adds one at each instruction that releases it.

The processors run at once, each on a thread of QEMU's, so figures differ from run to run. What a
round trip does with the lock held is counted on one processor, exactly.
"""

import json
import os
import re
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from . import bench, build, bundle, machine, plugin
from .cheader import header
from .failure import EXIT_MACHINE_DIED, EXIT_TIME_LIMIT, Failure
from .paths import shown
from .progress import Ticker, tail
from .trace_ring import memory_arguments

GROUP = "contention"
PROCESSORS = 4
LIMIT_S = 300
PLUGIN = "lock"
# Where the lock is taken and released, in objdump's words.
PLACES = {
    "x86_64": (r"lock bts.*<kernel_lock>", r"shr.*<kernel_lock>"),
    "aarch64": (r"\bldaxr\s+x", r"\bstlr\s+wzr"),
    "riscv64": (r"\bamomaxu\.w\.aq\b", r"\bamo(and|xor)\.w\.rl\s+zero"),
}
ADDRESS = re.compile(r"^\s*([0-9a-f]{16}):")
SAID = re.compile(r"CONTENTION (ready|go|done) (\w+)(?: operations (\d+) ns (\d+))?\r?\n")
COUNTS = header("../kernel/cpu.h").layout["cpu_counts"]
PLUGIN_COUNTS = struct.Struct("<QQQ")
# Processors in turn, and real time where all of them sleep.
COUNTING = ["-icount", "shift=0", "-seed", "1"]
FIRST = "pairs_1"
COMPARED_WITH = {"unmap": "unmap_1"}  # by what stands before the number; the others with FIRST


def lock_places(arch):
    """Addresses of the kernel's instructions that take the lock, and of those that release it."""
    listing = subprocess.run([arch.tool("objdump"), "-d", arch.kernel_symbols], check=True,
                             capture_output=True, text=True).stdout.splitlines()
    found = tuple([ADDRESS.match(line)[1] for line in listing if re.search(pattern, line)]
                  for pattern in PLACES[arch.name])
    if not all(found):
        raise Failure(f"{shown(arch.kernel_symbols)} has no place that takes or releases the lock")
    return found


class Counters:
    """The counters of a machine that runs."""

    def __init__(self, arch, memory, counts):
        self.memory, self.counts = memory, counts
        listing = subprocess.run([arch.tool("nm"), "-S", arch.kernel_symbols], check=True,
                                 capture_output=True, text=True).stdout
        address, size = re.search(r"^(\w+) (\w+) \w cpu_counts$", listing, re.M).groups()
        base = header(f"arch/{arch.name}/boot.h")["KERNEL_BASE"] + arch.ram_base
        self.offset, self.size = int(address, 16) - base, int(size, 16)

    def read(self):
        """{counter: sum over all processors}."""
        with open(self.memory, "rb") as memory:
            memory.seek(self.offset)
            data = memory.read(self.size)
        each = [COUNTS.unpack(data, at) for at in range(0, self.size, COUNTS.size)]
        acquisitions, insn, locked_insn = PLUGIN_COUNTS.unpack(self.counts.read_bytes())
        return {"acquisitions": acquisitions,
                **{name: sum(cpu[name] for cpu in each) for name, _ in COUNTS.members},
                "insn": insn, "locked_insn": locked_insn}


def _events(log):
    return SAID.findall(log.decode(errors="replace"))


class Watch:
    """Reads the counters at each `ready` and `done`, before the program goes on."""

    def __init__(self, counters):
        self.counters = counters
        self.seen = 0
        self.before = None
        self.phases = []

    def look(self, running):
        events = _events(running.log_bytes())
        while self.seen < len(events):
            kind, name, operations, span_ns = events[self.seen]
            self.seen += 1
            if kind == "go":
                continue
            now = self.counters.read()
            events = _events(running.log_bytes())
            if len(events) > self.seen and events[self.seen][0] == "go":
                raise Failure(f"{name} was begun before its counters were read: this machine is "
                              "too busy", "./corm bench contention")
            if kind == "ready":
                self.before = now
                continue
            moved = {key: now[key] - self.before[key] for key in now}
            self.phases.append({"name": name, "operations": int(operations),
                                "ns": int(span_ns), **moved})


def measure(arch, processors, append="", extra=(), places=None, last=None):
    """What each phase of one boot counted, to the end or to phase @last."""
    take, release = places or lock_places(arch)
    ticker = Ticker("measuring")
    with tempfile.TemporaryDirectory(prefix="corm-contention-") as folder:
        folder = Path(folder)
        world = bundle.World("WORLD_CONSOLE", ["/bin/true"], bundle.default_environment())
        size = bundle.compose(GROUP, world, [], folder / "bundle", arch=arch)
        memory_mb = machine.memory_for(size)
        options = f"{plugin.build(PLUGIN)},out={folder / 'counts'},release={'+'.join(release)}"
        if last:
            options += f",take={'+'.join(take)}"
        config = machine.Config(
            machine.log_path("contention"), folder / "bundle", memory_mb, arch,
            cpu=arch.counted_cpu, append=append, processors=processors,
            extra=[*memory_arguments(folder / "memory", memory_mb), "-plugin", options, *extra])
        watch = Watch(Counters(arch, folder / "memory", folder / "counts"))
        end_s = time.monotonic() + LIMIT_S
        with machine.Machine(config) as running:
            while not (last and watch.phases and watch.phases[-1]["name"] == last):
                ended = running.wait(0.02) is not None
                watch.look(running)
                if ended:
                    break
                if line := running.fatal_line():
                    raise Failure(f"{line}; {shown(config.log)}:\n{tail(config.log)}",
                                  "./corm debug", EXIT_MACHINE_DIED)
                if time.monotonic() > end_s:
                    raise Failure(f"no end after {LIMIT_S} s; {shown(config.log)}:\n"
                                  f"{tail(config.log)}", "./corm debug", EXIT_TIME_LIMIT)
                ticker.tick()
            ticker.done()
            if not watch.phases:
                raise Failure(f"nothing was measured; {shown(config.log)}:\n{tail(config.log)}"
                              f"\n{running.complaint() if ended else ''}", "./corm debug")
        return watch.phases


def in_relation(phases):
    """The same, with how much was done in a time, compared with the same work on one processor."""
    by_name = {phase["name"]: phase for phase in phases}
    for phase in phases:
        kind = phase["name"].rpartition("_")[0]
        phase["compared_with"] = COMPARED_WITH.get(kind, FIRST)
        one = by_name[phase["compared_with"]]
        phase["throughput"] = round(phase["operations"] * one["ns"]
                                    / (phase["ns"] * one["operations"]), 6)
    return phases


def held(arch):
    """Instructions of a round trip on one processor, and those with the lock held."""
    phase = measure(arch, 1, extra=COUNTING, last=FIRST)[-1]
    return {key: round(phase[key] / phase["operations"], 2)
            for key in ("acquisitions", "locked_insn")}


def _table(phases, one):
    lines = [f"{'per operation':<14}{'taken':>8}{'waits':>9}{'spins':>10}{'summons':>9}"
             f"{'spins':>10}{'done in a time':>17}"]
    for phase in phases:
        each = [phase[key] / phase["operations"]
                for key in ("acquisitions", "lock_waits", "lock_spins", "summons", "summon_spins")]
        lines.append(f"{phase['name']:<14}{each[0]:>8.2f}{each[1]:>9.4f}{each[2]:>10.2f}"
                     f"{each[3]:>9.3f}{each[4]:>10.2f}{phase['throughput']:>17.2f}")
    lines += ["", f"one processor, counted: a round trip takes the lock {one['acquisitions']:.2f} "
              f"times and holds it for {one['locked_insn']:.2f} instructions"]
    return "\n".join(lines)


def command(options):
    arch = options.arch
    build.ensure(arch.name)
    processors = options.smp or PROCESSORS
    phases = in_relation(measure(arch, processors, options.append))
    for phase in phases:
        for key in ("insn", "locked_insn"):
            del phase[key]
    one = held(arch)
    if options.json:
        print(json.dumps({"arch": arch.name, "cpu": arch.counted_cpu, "processors": processors,
                          "host_processors": os.cpu_count(),
                          "kernel_sha256": bench.sha256(arch.kernel.read_bytes()),
                          "append": options.append, "phases": phases, "one_processor": one},
                         indent=2))
    else:
        print(_table(phases, one))
    return 0
