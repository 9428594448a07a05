"""The models of tests/model: SPIN searches all their states, and must find what a mutant breaks.

NAME.toml lists what is done with NAME.pml, which may have parts in files of their own
(#include "PART.pml"). A [[run]] is one search of the full state space: `says`
is the contract sentence, `defines` sets the bounds, `liveness` checks the model's formula under
weak fairness. A [[mutant]] changes the text (each of `old` occurs once, and becomes its fellow in
`new`) and names the `run`, by number from 0, that must then find a violation. There may be no
statement that no run reaches.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .failure import Failure
from .paths import BUILD, TESTS, shown

MODELS = TESTS / "model"
LIMIT_S = 900  # of one step; none takes a minute on an idle machine
MEMORY_MB = 2000
DEPTH = 1_000_000
FAIR_PROCESSES = 4  # times eight, less a few: pan's NFAIR

STATES = re.compile(r"^ *(\d+) states, stored", re.M)
VIOLATION = re.compile(r"^pan:1: (assertion violated .*|acceptance cycle|invalid end state)", re.M)
INCOMPLETE = re.compile(r"Search not completed|search depth too small|MEMLIM|^error:", re.M)
PART = re.compile(r'^#include "(\w+\.pml)"$', re.M)
UNREACHED = re.compile(r'^\t\S+?:(\d+), state \d+, "(?!-end-)(.*)"', re.M)


@dataclass
class Search:
    """What pan said: a violation, or how many states it found sound, or neither."""

    output: str
    replay: str  # the command that shows the steps to a violation

    @property
    def violation(self):
        found = VIOLATION.search(self.output)
        return found[1] if found else None

    @property
    def states(self):
        """All of them, or None where the search did not end well."""
        if self.violation or INCOMPLETE.search(self.output) or "errors: 0" not in self.output:
            return None
        return int(STATES.search(self.output)[1])

    @property
    def unreached(self):
        return set(UNREACHED.findall(self.output))


def _step(command, folder):
    """Output of a command; Failure if it did not succeed."""
    try:
        result = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, text=True,
                                timeout=LIMIT_S, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        raise Failure(f"{command[0]}: no end after {LIMIT_S} s") from None
    if result.returncode != 0:
        raise Failure(f"{command[0]} failed (status {result.returncode}):\n{result.stdout}")
    return result.stdout


def search(text, run, folder, optimise):
    """Let SPIN search all states of a model's text; Failure if that is no model.

    What was searched before, and has not changed, is not searched again until build/ is cleaned.
    """
    liveness = run.get("liveness", False)
    defines = [f"-D{define}" for define in run.get("defines", []) + ["LIVENESS"] * liveness]
    replay = f"cd {shown(folder)} && spin -t -p -g {' '.join(defines)} model.pml"
    inputs = repr((text, run, optimise, Path(__file__).read_text()))
    said = folder / f"{hashlib.sha256(inputs.encode()).hexdigest()}.log"
    if said.exists():
        return Search(said.read_text(), replay)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / "model.pml").write_text(text)
    _step(["spin", "-a", *defines, "model.pml"], folder)
    mode = f"-DNFAIR={FAIR_PROCESSES}" if liveness else "-DSAFETY"
    _step(["gcc", optimise, "-w", mode, f"-DMEMLIM={MEMORY_MB}", "-o", "pan", "pan.c"], folder)
    output = _step(["./pan", f"-m{DEPTH}", *(["-a", "-f"] if liveness else [])], folder)
    said.write_text(output)
    return Search(output, replay)


def read_whole(path):
    """A model's text, with its parts where they are included."""
    return PART.sub(lambda part: (path.parent / part[1]).read_text().rstrip("\n"),
                    path.read_text())


def mutate(text, mutant):
    """The model's text with a mutant's changes."""
    old, new = ([value] if isinstance(value, str) else value
                for value in (mutant["old"], mutant["new"]))
    if len(old) != len(new):
        raise Failure("a mutant's `old` and `new` do not match")
    for before, after in zip(old, new):
        if text.count(before) != 1:
            raise Failure(f"occurs {text.count(before)} times in the model, not once:\n{before}")
        text = text.replace(before, after)
    return text


class Model:
    """One model with its runs and mutants."""

    def __init__(self, path):
        self.name = path.stem
        self.text = read_whole(path.with_suffix(".pml"))
        plan = tomllib.loads(path.read_text())
        self.runs = plan["run"]
        self.mutants = plan["mutant"]

    def searches(self):
        """[(what it says, function that returns its Search)]: first the runs, then the mutants."""
        folder = BUILD / "model" / self.name
        for index, run in enumerate(self.runs):
            yield run["says"], lambda run=run, index=index: search(
                self.text, run, folder / f"run-{index}", "-O2")
        for index, mutant in enumerate(self.mutants):
            yield mutant["says"], lambda mutant=mutant, index=index: search(
                mutate(self.text, mutant), self.runs[mutant["run"]], folder / f"mutant-{index}",
                "-O0")  # found soon: building takes longer than searching


def _attempt(job):
    try:
        return job()
    except Failure as failure:
        return failure


def _judge_run(report, name, result):
    if isinstance(result, Failure):
        report.fail(name, str(result))
    elif result.violation:
        report.fail(name, f"{result.violation}\nhow it comes to that: {result.replay}")
    elif result.states is None:
        report.fail(name, result.output)
    else:
        report.ok(f"{name}: {result.states} states")


def _judge_mutant(report, name, result):
    if isinstance(result, Failure):
        report.fail(name, str(result))
    elif not result.violation:
        report.fail(f"{name}: survives", result.output)
    else:
        report.ok(f"{name}: {result.violation}")


def _judge_model(report, model, results):
    """Everything that was done with a model; `results` belong to model.searches(), in order."""
    titles = [says for says, _ in model.searches()]
    count_runs = len(model.runs)
    for index, (says, result) in enumerate(zip(titles, results)):
        if index < count_runs:
            _judge_run(report, f"model {model.name}: {says}", result)
        else:
            _judge_mutant(report, f"model {model.name}, mutant: {says}", result)
    runs = [result for result in results[:count_runs] if isinstance(result, Search)]
    if len(runs) < count_runs or any(run.states is None for run in runs):
        return
    unreached = set.intersection(*(run.unreached for run in runs))
    name = f"model {model.name}: each statement is reached"
    if unreached:
        report.fail(name, "\n".join(f"line {line}: {text}" for line, text in sorted(unreached)))
    else:
        report.ok(name)
    states = " + ".join(str(run.states) for run in runs)
    report.note(f"model {model.name}: {states} states, {len(model.mutants)} mutants")


def run(report, pattern):
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        under_way = []
        for path in sorted(Path(MODELS).glob("*.toml")):
            if not pattern or pattern in f"model {path.stem}":
                model = Model(path)
                under_way.append((model, [pool.submit(_attempt, job)
                                          for _, job in model.searches()]))
        for model, futures in under_way:
            _judge_model(report, model, [future.result() for future in futures])
