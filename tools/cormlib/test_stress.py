"""The stress layer: everything that the kernel can do, at random, on four processors.

`./corm test stress` runs 10 million operations on each architecture (--arch: on one), and says how
far it is meanwhile. Which ones, a seed decides; --seed and --operations choose others. The machine
is one of four processors that QEMU runs at once, each on a thread of its own: the order in which
they meet is not to be had again, so a failure names the seed, and is looked for with it again. What
--in-turn runs is the same at every time: one processor at a time, whose clock counts instructions.

The target layer has a short one.

tests/stress/results.tsv has the last run of each architecture and way that was long enough.
"""

import dataclasses
import re
import sys
import tempfile
import time
import zlib
from pathlib import Path

from . import bundle, machine
from .paths import TESTS, shown
from .progress import say

SYSTEM = "stress"
PROCESSORS = 4
OPERATIONS = 10_000_000
SHORT_OPERATIONS, SHORT_SEED = 50_000, 1
RESULTS = TESTS / "stress" / "results.tsv"
HEADER = "architecture\tway\tseed\toperations\tprocessors\tkernel\tminutes\toutcome"
AT_ONCE = "at once"
IN_TURN = "in turn"
ARGUMENTS = {AT_ONCE: ["-accel", "tcg,thread=multi"],
             IN_TURN: ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "clock=vm"]}
# A quarter of an hour for each million, and a start.
LIMIT_S = 900
LIMIT_START_S = 300
SILENT_S = 60
DONE = re.compile(r"STRESS (\d+) operations")
END = re.compile(r"STRESS-END seed (\d+): (\d+) operations, (\d+) rounds, (\d+) looks")
WRONG = re.compile(r"STRESS-WRONG (.*)")


def digest(kernel):
    """Which kernel it was, by what is in its file."""
    return f"{zlib.crc32(kernel.read_bytes()):08x}"


@dataclasses.dataclass(frozen=True)
class Run:
    """What is run, and on which machine."""

    arch: object
    seed: int
    operations: int
    way: str
    debug: bool = True  # the kernel that checks itself
    processors: int = PROCESSORS
    extra: tuple | list = ()  # of QEMU's arguments


def again(run):
    turn = " --in-turn" if run.way == IN_TURN else ""
    return (f"./corm test stress --arch {run.arch.name} --seed {run.seed} "
            f"--operations {run.operations}{turn} runs it again")


def _watch(running, limit_s, told):
    """Until the machine's end; returns what went wrong."""
    end_s = time.monotonic() + limit_s
    while running.wait(0.5) is None:
        log = running.log_bytes().decode(errors="replace")
        told(log)
        if wrong := running.fatal_line():
            return wrong
        if time.monotonic() > end_s:
            return f"no end after {limit_s} s"
    return None


class Progress:
    """Says how many operations were made: on a terminal in one line, else now and then."""

    def __init__(self, arch, operations):
        self.name, self.operations = arch.name, operations
        self.said_s = time.monotonic()

    def __call__(self, log):
        found = DONE.findall(log)
        made = int(found[-1]) if found else 0
        text = f"{self.name}: {made:,} of {self.operations:,} operations"
        if sys.stderr.isatty():
            sys.stderr.write(f"\rcorm: {text} ")
            sys.stderr.flush()
        elif time.monotonic() > self.said_s + SILENT_S:
            self.said_s = time.monotonic()
            say(text)

    def done(self):
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def judge(log, status, operations):
    """(operations, looks at everything) as the log's end says, and what is wrong or None."""
    text = log.replace("\r", "")
    if wrong := WRONG.search(text):
        return 0, 0, wrong[1]
    end = END.search(text)
    if status != machine.EXIT_ORDERLY or end is None:
        return 0, 0, f"QEMU ended with status {status}; the log's end: {text[-600:]}"
    made, looks = int(end[2]), int(end[4])
    if made < operations:
        return made, looks, f"{made} operations only"
    return made, looks, None


def run_one(run):
    """Boot and run to the end; returns (operations, looks, minutes, log's path, what is wrong)."""
    started_s = time.monotonic()
    arch = run.arch
    with tempfile.TemporaryDirectory(prefix="corm-stress-") as folder:
        path = Path(folder) / "bundle"
        world = bundle.World("WORLD_CONSOLE", [str(run.seed), str(run.operations)], {})
        size = bundle.compose(SYSTEM, world, [], path, arch=arch)
        config = machine.Config(machine.log_path(f"stress-{arch.name}"), path,
                                machine.memory_for(size), arch, processors=run.processors,
                                extra=[*ARGUMENTS[run.way], *run.extra],
                                kernel=arch.debug_kernel if run.debug else arch.kernel)
        progress = Progress(arch, run.operations)
        limit_s = LIMIT_START_S + LIMIT_S * run.operations // 1_000_000
        with machine.Machine(config) as running:
            wrong = _watch(running, limit_s, progress)
            log, status = running.log_bytes().decode(errors="replace"), running.poll()
        progress.done()
    if wrong:
        said = WRONG.search(log)
        wrong = f"{wrong}: {said[1] if said else log[-600:]}"
        return 0, 0, 0, config.log, wrong
    made, looks, wrong = judge(log, status, run.operations)
    return made, looks, (time.monotonic() - started_s) / 60, config.log, wrong


def read_results():
    """{(architecture, way): the other columns}"""
    rows = RESULTS.read_text().splitlines()[1:] if RESULTS.exists() else []
    return {tuple(row.split("\t")[:2]): row.split("\t")[2:] for row in rows}


def write_result(run, made, minutes, outcome):
    results = read_results()
    results[run.arch.name, run.way] = [str(run.seed), str(made), str(run.processors),
                                       digest(run.arch.debug_kernel), f"{minutes:.0f}", outcome]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(HEADER + "\n" + "".join(
        "\t".join([*key, *results[key]]) + "\n" for key in sorted(results)))


def report_one(report, run, record):
    name = (f"stress: {run.operations:,} operations on {run.processors} processors {run.way}, "
            f"seed {run.seed}")
    made, looks, minutes, log, wrong = run_one(run)
    if wrong:
        report.fail(name, f"{wrong}\n{shown(log)}\n{again(run)}")
    else:
        report.ok(name)
        report.note(f"{run.arch.name}, {run.way}: {made:,} operations, {looks:,} looks at "
                    f"everything, {minutes:.1f} minutes")
    if record:
        outcome = "failed" if wrong else f"passed, {looks} looks"
        write_result(run, made, minutes, outcome)


def short(report, arch):
    """What is run at every commit."""
    report_one(report, Run(arch, SHORT_SEED, SHORT_OPERATIONS, AT_ONCE), False)


def run(report, options, arch):
    operations = options.operations or OPERATIONS
    way = IN_TURN if options.in_turn else AT_ONCE
    seed = options.seed if options.seed is not None else int(time.time()) % 1_000_000
    report_one(report, Run(arch, seed, operations, way), operations >= OPERATIONS)
