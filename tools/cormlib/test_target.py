"""The target layer: systems that test themselves on the machine and report TAP in the log.

Each of SYSTEMS is booted whole, with init and its drivers. The testing component is essential, so
its exit ends the machine. Panic, silence, a failing status and a short plan are failures.

The kernel's contract is tested on a machine whose clock counts instructions (-icount): what depends
on time is the same at every run, however busy the host is. The debug kernel, which checks its
invariants, is tested likewise, and so is a kernel that traces, as it is entered by other ways; each
of the panics must end the machine as described.

The benchmark runs here too, instruction by instruction, to see that docs/paths is what it runs.
"""

import re
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import (bundle, kernel_size, machine, nmi, panics, processors, sentences, steps, tap,
               test_stress)
from .arches import X86_64
from .failure import Failure
from .paths import BUILD, ROOT, shown

# The board's clock as well: its alarm is late on the host's, which an idle machine outruns.
EXACT_TIME = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "clock=vm"]
NOTE = re.compile(r"^[\w.-]+: # (.*)$", re.M)  # figures that a test publishes
NOTES = BUILD / "contract-notes.txt"
LIMIT_S = 120
XSAVE_LEAKS = "instruction: XSAVE and XRSTOR of a thread that declared no vector state trap"
# Sentences of the contract that a processor cannot show.
OWN_SKIPS = {"riscv64": ["registers: flags do not travel with a call"]}
SV39 = "paging=sv39"
PATHS = "docs/paths says what the measured paths run"


@dataclass
class Trial:
    """A system that tests itself."""

    name: str
    system: str
    debug: bool = False  # the kernel
    extra: list = field(default_factory=list)
    first: str = ""  # a program in the place of init, and of the whole system
    suites: Path | None = None  # whose sources have the sentences of the contract, all of them
    append: str = ""
    skips: list = field(default_factory=list)  # the sentences that it cannot show
    processors: int = 0  # as in machine.Config

    def is_shipped(self):
        """Figures are published of the kernel as it is shipped, untraced, on the usual machine."""
        return not (self.debug or self.append or "-machine" in self.extra
                    or (self.processors or machine.usual_processors()) > 1)


TRIALS = [
    Trial("kernel contract", "test", extra=EXACT_TIME, suites=sentences.CONTRACT),
    Trial("kernel contract, debug kernel", "test", True, EXACT_TIME, suites=sentences.CONTRACT),
    Trial("first program", "first", extra=EXACT_TIME, first="tests/kernel/first",
          suites=sentences.FIRST),
    Trial("first program, debug kernel", "first", True, EXACT_TIME, "tests/kernel/first",
          sentences.FIRST),
    Trial("recovery", "recovery"),
    Trial("kernel contract, four processors", "test", extra=EXACT_TIME, suites=sentences.CONTRACT,
          processors=4),
    Trial("kernel contract, four processors, debug kernel", "test", True, EXACT_TIME,
          suites=sentences.CONTRACT, processors=4),
    Trial("first program, four processors at once", "first", True, first="tests/kernel/first",
          suites=sentences.FIRST, processors=4),
    Trial("recovery, four processors at once", "recovery", processors=4),
]
# Processors of which one counts instructions at a time give way where they pause; QEMU's of riscv64
# do not: whoever waits there for another one waits for the next timer.
IN_TURN = [
    Trial("kernel contract, two processors, debug kernel", "test", True,
          EXACT_TIME, suites=sentences.CONTRACT, processors=2),
    Trial("first program, four processors in turn", "first", extra=EXACT_TIME,
          first="tests/kernel/first", suites=sentences.FIRST, processors=4),
]
# What only one architecture can show, or needs to.
OWN_TRIALS = {
    "x86_64": [
        *IN_TURN,
        Trial("kernel contract, traced, with XSAVE", "test", extra=EXACT_TIME,
              suites=sentences.CONTRACT, append="trace=1M accept-xsave", skips=[XSAVE_LEAKS]),
    ],
    "aarch64": [
        *IN_TURN,
        Trial("kernel contract, with a GICv3", "test",
              extra=[*EXACT_TIME, "-machine", "gic-version=3"], suites=sentences.CONTRACT),
    ],
    "riscv64": [
        Trial("kernel contract, traced", "test", extra=EXACT_TIME, suites=sentences.CONTRACT,
              append="trace=1M"),
        Trial("kernel contract, Sv39", "test", extra=EXACT_TIME, suites=sentences.CONTRACT,
              append=SV39),
        Trial("kernel contract, Sv39, four processors, debug kernel", "test", True, EXACT_TIME,
              suites=sentences.CONTRACT, append=SV39, processors=4),
    ],
}


def boot(config, limit_s):
    """Run a machine to its end; returns (log as text, what went wrong or None)."""
    end_s = time.monotonic() + limit_s
    wrong = None
    with machine.Machine(config) as running:
        while running.wait(0.1) is None and not wrong:
            wrong = running.fatal_line()
            if time.monotonic() > end_s:
                wrong = f"no end after {limit_s} s"
        if not wrong and running.poll() != machine.EXIT_ORDERLY:
            wrong = running.fatal_line() or f"QEMU ended with status {running.poll()}"
        return running.log_bytes().decode(errors="replace"), wrong


def boot_system(system, debug, extra, first="", append="", run=boot, arch=X86_64, processors=0):
    """Boot a system without a Linux world, or the program `first` alone, and `run` it to its end;
    `debug`: under the debug kernel. Returns (log's path, its text, what went wrong)."""
    with tempfile.TemporaryDirectory(prefix="corm-target-") as folder:
        path = Path(folder) / "bundle"
        world = bundle.World("WORLD_CONSOLE", ["/bin/true"], bundle.default_environment())
        size = (bundle.compose_first(first, path, arch) if first else
                bundle.compose(system, world, [], path, arch=arch))
        config = machine.Config(machine.log_path(f"target-{system}"), path,
                                machine.memory_for(size), arch, append=append, extra=extra,
                                processors=processors,
                                kernel=arch.debug_kernel if debug else arch.kernel)
        return (config.log, *run(config, LIMIT_S))


def compiled_suites(folder, arch):
    """The suites that were compiled into the test program of a folder."""
    compiled = kernel_size.compiled_files(f"{folder.relative_to(ROOT)}/", arch)
    return sentences.of_files(path for path in compiled if path.is_relative_to(folder))


def missing_sentences(suites, results):
    """Sentences of the contract that the suites have and of which no result came."""
    named = {f"{subject}: {sentence.text}" for subject, suite in suites.items()
             for sentence in suite}
    came = {name.rstrip() for name in [*results.passed, *results.failed]}
    came |= {text.rpartition(" (")[0] for text in results.skipped}
    return [f"no result: {name}" for name in sorted(named - came)]


def last_notes():
    """The figures that the kernel contract published when it last ran here."""
    return NOTES.read_text().splitlines() if NOTES.exists() else []


def run_trial(report, trial, arch):
    path, log, wrong = boot_system(trial.system, trial.debug, trial.extra, trial.first,
                                   trial.append, arch=arch, processors=trial.processors)
    results = tap.parse(log)
    if wrong:
        results.failed.append(wrong)
    if trial.suites:
        results.failed += missing_sentences(compiled_suites(trial.suites, arch), results)
    skipped = [text.rpartition(" (")[0] for text in results.skipped]
    expected = list(trial.skips)
    if trial.suites == sentences.CONTRACT:
        expected += OWN_SKIPS.get(arch.name, [])
    if sorted(skipped) != sorted(expected):
        results.failed.append(f"skipped: {skipped}, and not {expected}")
    results.skipped.clear()
    notes = [note.rstrip() for note in NOTE.findall(log)]
    for note in notes:
        report.note(note)
    publishes = trial.suites == sentences.CONTRACT and trial.is_shipped() and arch == X86_64
    if publishes and not results.failed:
        NOTES.write_text("".join(f"{note}\n" for note in notes))
    report.take_tap(trial.name, results, f"{shown(path)}:\n{log}" if results.failed else "")


def run_panic(report, panic, arch):
    path, log, wrong = boot_system(panics.SYSTEM, panic.debug, [], panics.FIRST, panic.append,
                                   run=panics.to_reset, arch=arch)
    wrong = wrong or panic.wrong(log, arch.name)
    if wrong:
        report.fail(f"panic: {panic.sentence}", f"{shown(path)}: {wrong}:\n{log}")
    else:
        report.ok(f"panic: {panic.sentence}")


def run_nmi(report, arch):
    path, log, wrong = boot_system(nmi.SYSTEM, False, [], nmi.FIRST, run=nmi.run, arch=arch)
    if wrong:
        report.fail(f"nmi: {nmi.SENTENCE}", f"{shown(path)}: {wrong}:\n{log[-2000:]}")
    else:
        report.ok(f"nmi: {nmi.SENTENCE}")


def run_processors(report, count, arch):
    def look(config, limit_s):
        return processors.look(config, limit_s, processors.resting_place(arch))

    path, log, wrong = boot_system(processors.SYSTEM, True, [], run=look, arch=arch,
                                   processors=count)
    if wrong:
        report.fail(processors.sentence(count), f"{shown(path)}: {wrong}:\n{log[-2000:]}")
    else:
        report.ok(processors.sentence(count))


def run_paths(report):
    try:
        wrong = steps.check()
    except Failure as failure:
        wrong = str(failure)
    if wrong:
        report.fail(PATHS, wrong)
    else:
        report.ok(PATHS)


def run(report, pattern, arch):
    for trial in TRIALS + OWN_TRIALS[arch.name]:
        if not pattern or pattern in trial.name or pattern in trial.system:
            run_trial(report, trial, arch)
    for panic in panics.PANICS:
        if not pattern or pattern in f"panic: {panic.sentence}" or pattern in panics.SYSTEM:
            run_panic(report, panic, arch)
    for count in processors.COUNTS:
        if not pattern or pattern in processors.sentence(count):
            run_processors(report, count, arch)
    if not pattern or pattern in test_stress.SYSTEM:
        test_stress.short(report, arch)
    if arch.name in nmi.ARCHES and (not pattern or pattern in f"nmi: {nmi.SENTENCE}"):
        run_nmi(report, arch)
    if arch == X86_64 and (not pattern or pattern in PATHS):  # docs/paths is of x86_64
        run_paths(report)
