"""The layers that may kill a mutant, the cheapest first.

A layer is asked whether the tree's tests find anything wrong: it answers with the name of the first
test that does, or None. The test that killed a mutant last time is a hint: it is tried first.
Programs that the mutant does not change are not run, unless everything is to be.

SPIN's models (tests/model) are no layer: they hold none of the kernel's code, and have mutants of
their own. The system tests are none either: they measure in the host's time, and a busy host must
kill no mutant.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Callable

from . import build, mutants, tap
from .failure import Failure
from .mutant_tree import DoesNotBuild
from .paths import ROOT
from .test_host import SANITIZERS

KILLED = re.compile(r"killed by signal 9\b|ended with status -9\b")
NO_RESULT = ": no result: "
CPU_LIMIT_S = 20  # of one test: at least four times what the longest takes
UNIT_PROGRAMS = ("base", "kernel", "x86_64")
RANDOM = "random system calls"  # begins the sentences of tests/unit/kernel/test_random.c
SEARCH_PREFIX = "search-"
FUZZ = "fuzz-replay"
DETAIL_LINES = 70  # that a failing test shows
FAILED = re.compile(r"^FAILED  (.*)$")
STATIC_ASSERTION = re.compile(r"error: (static assertion failed.*)")


@dataclass(frozen=True)
class Layer:
    name: str
    port: str  # whose build folder it needs
    sources: tuple  # folders of its tests
    find: Callable  # (tree, hint or None, everything) -> name of a test that fails, or None

    def test_files(self, test):
        """The source that has the sentence of `test`; all of the layer's where none has it."""
        files = [path for folder in self.sources for path in sorted((ROOT / folder).glob("*.[ch]"))]
        sentence = '"' + re.sub(r" \(\w+( path)?\)$", "", test.partition(": ")[2]) + '"'
        return [path for path in files
                if sentence in re.sub(r'"\s*\n\s*"', "", path.read_text())] or files

    def code_digest(self, mutant, test):
        """Of what decides whether `test` kills the mutant."""
        files = [*(ROOT / name for name in mutant.files()), *self.test_files(test)]
        return mutants.digest([path.read_bytes() for path in files])


def _first_line(command, folder, environment, judge):
    """Run until judge(line) is true, then end it. Returns (that, all lines, exit status)."""
    lines = []
    with subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            found = None
            for line in process.stdout:
                lines.append(line)
                if found := judge(line.strip()):
                    break
            status = None if found else process.wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)  # it ends its machine, too
    if status == -signal.SIGKILL or any(KILLED.search(line) for line in lines[-DETAIL_LINES:]):
        raise Failure("somebody else ended the tests: nothing is known", "./corm test mutants")
    return found, lines, status


def _not_ok(line):
    match = tap.RESULT.match(line)
    return match[3] if match and match[1] else None


def _host_failure(test, folder, words):
    """Run a program that the host build declares as a test, or those tests of it with `words`."""
    # The limit holds for each test of a unit program, for each is a process of its own.
    command = ["prlimit", f"--cpu={CPU_LIMIT_S}:{2 * CPU_LIMIT_S}", *test["cmd"], *words]
    failed, lines, status = _first_line(command, folder, {**SANITIZERS, **test["env"]}, _not_ok)
    if failed is None:
        results = tap.parse("".join(lines))
        failed = next(iter(results.failed), None)
    return failed or (f"exit status {status}" if status else None)


def _host_programs(belongs, words=()):
    """A layer of the host build's programs whose names belong to it, or of what `words` choose."""
    def find(tree, hint, everything=False):
        folder = tree.root / "build" / "host"
        tests = [test for test in json.loads((folder / "meson-info/intro-tests.json").read_text())
                 if belongs(test["name"])]
        changed = {program: tree.build("host", [os.path.relpath(program, folder)])
                   for program in sorted({test["cmd"][0] for test in tests})}
        for test in tests:
            name = test["name"]
            if not everything and not changed[test["cmd"][0]]:
                continue  # it has nothing of what was mutated
            only = [hint.removeprefix(f"{name}: ")] if hint and hint.startswith(f"{name}: ") else []
            failed = only and len(test["cmd"]) == 1 and _host_failure(test, folder, only)
            failed = failed or _host_failure(test, folder, words)
            if failed:
                return f"{name}: {failed}"
        return None
    return find


def _find_target(tree, hint, everything=False):
    del hint, everything  # a machine boots once for all its tests
    tree.build("x86_64")
    failures = []

    def judge(line):
        if match := FAILED.match(line):
            if NO_RESULT not in match[1]:  # which follows from the others
                failures.append(match[1])
            return None  # others of the same machine follow, and why it ended
        return failures and failures[0]

    # Only machines whose clock counts instructions: a busy host must kill no mutant.
    _, lines, status = _first_line(
        [sys.executable, "-B", "corm", "test", "target", "-k", "kernel"], tree.root, {}, judge)
    if failures:
        return failures[0] if "the plan" not in failures[0] else ", ".join(failures)
    return f"exit status {status}: {lines[-1:]}" if status else None


LAYERS = [
    Layer("unit", "host", ("tests/unit/base", "tests/unit/kernel", "tests/unit/x86_64"),
          _host_programs(UNIT_PROGRAMS.__contains__, [f"!{RANDOM}"])),
    Layer("random", "host", ("tests/unit/kernel",),
          _host_programs("kernel".__eq__, [RANDOM])),
    Layer("search", "host", ("tests/search", "tests/oracle"),
          _host_programs(lambda name: name.startswith(SEARCH_PREFIX))),
    Layer("fuzz", "host", ("tests/fuzz", "tests/oracle"), _host_programs(FUZZ.__eq__)),
    Layer("target", "x86_64", ("tests/kernel/contract", "tests/kernel/first"), _find_target),
]
# What the compiler alone finds; no layer to run.
COMPILER = "build"


def layer_named(name):
    return next((layer for layer in LAYERS if layer.name == name), None)


class Original:
    """The tree that is not mutated, as a layer wants one."""

    root = ROOT

    def build(self, port, targets=()):
        build.ensure(port, targets=targets)
        return True


class Proofs:
    """A layer is believed once it was seen to pass without any mutant."""

    def __init__(self):
        self.lock = threading.Lock()
        self.passed = set()

    def need(self, layer):
        with self.lock:
            if layer.name in self.passed:
                return
            failed = layer.find(Original(), None, everything=True)
            if failed:
                raise Failure(f"layer {layer.name} fails without any mutant: {failed}",
                              "mend that first")
            self.passed.add(layer.name)


def compiler_kills(wrong):
    """The static assertion that a build failed at; Failure if it failed for another reason."""
    match = STATIC_ASSERTION.search(str(wrong))
    if not match:
        raise Failure(f"the mutant does not build:\n{wrong}", "make it one that does") from wrong
    return match[1]


def judge(mutant, tree, known, layers, proofs=None):
    """Build and test one mutant; returns (layer's name, test's name)."""
    before = tree.mutate(mutant)
    try:
        for layer in layers:
            if proofs:
                proofs.need(layer)
            failed = layer.find(tree, known.test if known and known.layer == layer.name else None)
            if failed:
                return layer.name, failed
        return mutants.SURVIVED, "-"
    except DoesNotBuild as wrong:
        return COMPILER, compiler_kills(wrong)
    finally:
        tree.revert(before)
