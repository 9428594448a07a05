"""`corm fuzz linux`: a hostile Linux program in the Linux world, and what must not come of it.

The program (apps/linux-fuzz) makes random calls that follow from a seed, from many threads and
processes; the machine counts instructions, so a seed does the same every time (the same build, of
course). One machine is one seed. What is looked for: the world or a component dies, somebody sees
or changes the memory of somebody else, a process cannot be ended, something is not given back.
"""

import hashlib
import json
import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import bench, build, bundle, machine
from .arches import X86_64
from .failure import EXIT_FAILURE, Failure
from .manifest import read_compiled
from .paths import ROOT, TESTS, shown
from .progress import Ticker, say
from .test_busybox import PROGRAMS

SYSTEM = "fuzz"
PROGRAM = X86_64.build / "apps" / "linux-fuzz" / "linux-fuzz"
PLACE = "/bin/linux-fuzz"
LAST = TESTS / "fuzz-linux" / "last.json"
CLOCK = ["-rtc", "base=2026-01-01T00:00:00,clock=vm"]  # not the host's, which is never the same
ROUNDS = 6
ROUND_MS = 500  # of the machine's time
PATIENCE_S = 300  # of a processor, for one round
PATIENCE_IDLE_S = 3000  # of the clock, on a machine that many use

LINE = re.compile(r"^FUZZ round \d+ (.*?)\r*$", re.M)
END = re.compile(r"^FUZZ-END (.*?)\r*$", re.M)
WRONG = re.compile(r"^FUZZ-WRONG (.*?)\r*$", re.M)
DEATH = re.compile(r"^((?:init: .*(?:, ended by |quarantine)|corm: (?:panic|cannot start): ).*?)"
                   r"\r*$", re.M)
COUNTS = ("calls", "children", "execs", "checks")


@dataclass
class Outcome:
    """What became of one seed."""

    counts: dict = field(default_factory=dict)
    wrong: list = field(default_factory=list)
    processor_s: float = 0.0  # that the emulator has used


def _numbers(text):
    words = text.split()
    return {name: int(number) for name, number in zip(words[::2], words[1::2])}


def judge(text, ended):
    """Read the log of a machine that has @ended, or was ended because nothing came any more."""
    outcome = Outcome(wrong=[found.strip() for found in WRONG.findall(text) + DEATH.findall(text)])
    lines, end = LINE.findall(text), END.search(text)
    if end or lines:
        numbers = _numbers(end[1] if end else lines[-1])
        outcome.counts = {name: numbers[name] for name in COUNTS}
    if not ended:
        outcome.wrong.append(f"nothing came for {PATIENCE_S} s after round {len(lines) - 1}")
    elif not end:
        outcome.wrong.append(f"the machine ended after round {len(lines) - 1}")
    elif _numbers(end[1])["findings"] != len(WRONG.findall(text)):
        outcome.wrong.append("the program counts other findings than it told")
    elif not outcome.counts["calls"]:
        outcome.wrong.append("no call was made")
    return outcome


def _config(folder, seed, rounds, checked):
    path = Path(folder) / "bundle"
    world = bundle.World("WORLD_CONSOLE", [PLACE, str(seed), str(rounds), str(ROUND_MS)],
                         bundle.default_environment())
    size = bundle.compose(SYSTEM, world, [f"{PROGRAM}:{PLACE}"], path, checked)
    return machine.Config(machine.log_path("fuzz-linux"), path, machine.memory_for(size),
                          cpu=X86_64.counted_cpu, extra=[*bench.COUNTING[:-1], str(seed), *CLOCK])


class Patience:
    """Is more of the log still to be hoped for? Time without a new byte runs out."""

    def __init__(self):
        self.seen, self.since_s = 0, time.monotonic()
        self.used_s = self.now_s = 0.0  # of the processor: at the last byte, at the last look

    def holds(self, size, processor_s):
        self.now_s = processor_s
        if size != self.seen:
            self.seen, self.since_s, self.used_s = size, time.monotonic(), processor_s
        return (processor_s - self.used_s < PATIENCE_S
                and time.monotonic() - self.since_s < PATIENCE_IDLE_S)


def _processor_s(pid):
    """What a process that has not been waited for has used of a processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(seed, rounds, checked):
    """One machine; returns its Outcome, and its log if there is something to look at in it."""
    ticker = Ticker(f"fuzzing the Linux world, seed {seed}")
    with tempfile.TemporaryDirectory(prefix="corm-fuzz-") as folder:
        config = _config(folder, seed, rounds, checked)
        with machine.Machine(config) as running:
            patience, ended = Patience(), False
            while not ended and patience.holds(len(running.log_bytes()),
                                               _processor_s(running.process.pid)):
                ticker.tick()
                ended = running.wait(0.5) is not None or running.fatal_line() is not None
            ticker.done()
            text = running.log_bytes().decode(errors="replace")
    outcome = judge(text, ended)
    outcome.processor_s = patience.now_s
    if not outcome.wrong:
        config.log.unlink()
    return outcome, config.log


def _without_its_place(elf):
    """A program's bytes but for what tells where it was built."""
    with tempfile.NamedTemporaryFile(prefix="corm-fuzz-") as stripped:
        subprocess.run(["objcopy", "--strip-debug", "--remove-section=.note.gnu.build-id",
                        elf, stripped.name], check=True)
        return Path(stripped.name).read_bytes()


def _code():
    """A name for what is run: seeds of the same code may be added up."""
    summed = hashlib.sha256()
    for elf in (X86_64.kernel, *map(bundle.program_elf, PROGRAMS), PROGRAM):
        summed.update(_without_its_place(elf))
    summed.update(read_compiled(SYSTEM).data)
    return summed.hexdigest()[:12]


def _runs():
    return json.loads(LAST.read_text()) if LAST.exists() else []


def _keep(runs):
    LAST.parent.mkdir(exist_ok=True)
    LAST.write_text(json.dumps(runs, indent=2) + "\n")


def _commit():
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True,
                          text=True)
    return head.stdout.strip()


def _add(runs, code, commit, seed, seconds, outcome):
    """The runs with one more seed. A run is of one code; the newest is the last."""
    *older, run = runs or [{}]
    if run.get("code") != code:
        older, run = runs, {"code": code}
    added = {name: run.get(name, 0) + outcome.counts.get(name, 0) for name in COUNTS}
    wrong = [f"seed {seed}: {text}" for text in outcome.wrong]
    return [*older, {"code": code, "commit": commit,
                     "seconds": run.get("seconds", 0) + round(seconds),
                     "processor_s": run.get("processor_s", 0) + round(outcome.processor_s),
                     "seeds": [*run.get("seeds", []), seed], **added,
                     "findings": run.get("findings", []) + wrong}]


def _tell(run):
    say(f"this code: {run['seconds'] // 60} minutes, {run['processor_s'] // 60} of a processor, "
        f"{len(run['seeds'])} seeds, "
        f"{run['calls']} calls, {len(run['findings'])} findings")


def command(options):
    build.ensure()
    if not PROGRAM.is_file():
        raise Failure(f"{PROGRAM} is missing", "./corm build")
    runs, code, commit = _runs(), _code(), _commit()
    newest = max((seed for run in runs for seed in run["seeds"]), default=0)
    seed = options.seed if options.seed is not None else newest + 1
    end_s = time.monotonic() + options.minutes * 60
    bad = False
    while True:
        start_s = time.monotonic()
        outcome, log = run(seed, options.rounds, options.checked)
        say(f"seed {seed}: {outcome.counts.get('calls', 0)} calls, "
            f"{outcome.counts.get('children', 0)} children, {len(outcome.wrong)} findings")
        runs = _add(runs, code, commit, seed, time.monotonic() - start_s, outcome)
        if options.keep:
            _keep(runs)
        if outcome.wrong:
            bad = True
            print("\n".join(outcome.wrong), flush=True)
            say(f"the log is {shown(log)}; again: ./corm fuzz linux --minutes 1 --seed {seed}")
        seed += 1
        if time.monotonic() >= end_s:
            _tell(runs[-1])
            return EXIT_FAILURE if bad else 0
