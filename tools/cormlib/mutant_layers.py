"""The layers that may kill a mutant, the cheapest first.

A layer is asked whether the tree's tests find anything wrong: it answers with the name of the first
test that does, or None. The test that killed a mutant last time is a hint: it is tried first.
Programs that the mutant does not change are not run, unless everything is to be.

SPIN's models (tests/model) are no layer: they hold none of the kernel's code, and have mutants of
their own. The system tests are none either: they measure in the host's time, and a busy host must
kill no mutant.
"""

import functools
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
from .arches import X86_64
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
DIES = ": dies: "  # a program ends without saying which of its tests failed
PATH_TAKEN = re.compile(r" \(\w+( path)?\)$")  # what a program says behind a sentence
DETAIL_LINES = 70  # that a failing test shows
FAILED = re.compile(rf"^FAILED  (.*?)(?: \[{X86_64.name}\])?$")
STATIC_ASSERTION = re.compile(r"error: (static assertion failed.*)")


class Ended(Failure):
    """Nothing was found out."""


@functools.cache
def _joined_literals(path):
    return re.sub(r'"\s*\n\s*"', "", path.read_text())


@dataclass(frozen=True)
class Layer:
    name: str
    port: str  # whose build folder it needs
    sources: tuple  # of its tests: folders and files
    find: Callable  # (tree, hint or None, everything) -> name of a test that fails, or None

    def files(self):
        return [path for name in self.sources for path in
                (sorted((ROOT / name).glob("*.[ch]")) or [ROOT / name])]

    def test_files(self, test):
        """The sources that have the sentence of `test`, which stands behind a colon; there may be
        others in it, and in front of it."""
        words = test.split(": ")
        for start in range(1, len(words)):
            sentence = ": ".join(words[start:])
            spelled = {f'"{sentence}"', f'"{PATH_TAKEN.sub("", sentence)}"'}
            found = [path for path in self.files()
                     if any(text in _joined_literals(path) for text in spelled)]
            if found:
                return found
        return []

    def has(self, test):
        """Is there such a test still? Of a program that only dies, nothing more is known."""
        return DIES in test or bool(self.test_files(test))

    def name_of(self, failed):
        """What failed, if it is a test; or that its program died of it."""
        program, _, how = failed.partition(": ")
        return failed if self.has(failed) else f"{program}{DIES}{how}"

    def code_digest(self, mutant, test):
        """Of what decides whether `test` kills the mutant."""
        mutated = [ROOT / name for name in mutant.files()]
        tests = self.test_files(test) or self.files()
        return mutants.digest([path.read_bytes() for path in [*mutated, *tests]])


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
        raise Ended("somebody else ended the tests: nothing is known", "./corm test mutants")
    return found, lines, status


def _not_ok(line):
    match = tap.RESULT.match(line)
    return match[3] if match and match[1] else None


def _run_host(test, folder, words):
    """Run a program that the host build declares as a test, or those tests of it with `words`.
    Returns (the first that fails, all lines, exit status)."""
    # The limit holds for each test of a unit program, for each is a process of its own.
    command = ["prlimit", f"--cpu={CPU_LIMIT_S}:{2 * CPU_LIMIT_S}", *test["cmd"], *words]
    return _first_line(command, folder, {**SANITIZERS, **test["env"]}, _not_ok)


def host_failure(test, folder, words):
    """What is wrong with a program, or with those tests of it with `words`: its name and that."""
    failed, lines, status = _run_host(test, folder, words)
    if failed:
        return f"{test['name']}: {failed}"
    wrong = next(iter(tap.parse("".join(lines)).failed), f"exit status {status}" if status else "")
    return f"{test['name']}{DIES}{wrong}" if wrong else None


def hinted_failure(test, folder, hint):
    """`hint`, if it is a test of that program and fails. There may be no such test any more, and
    a program that has nothing to run fails, too."""
    if not hint or not hint.startswith(f"{test['name']}: ") or len(test["cmd"]) > 1:
        return None
    failed, _, _ = _run_host(test, folder, [hint.removeprefix(f"{test['name']}: ")])
    return f"{test['name']}: {failed}" if failed else None


def _host_programs(belongs, words=()):
    """A layer of the host build's programs whose names belong to it, or of what `words` choose."""
    def find(tree, hint, everything=False):
        folder = tree.root / "build" / "host"
        tests = [test for test in json.loads((folder / "meson-info/intro-tests.json").read_text())
                 if belongs(test["name"])]
        changed = {program: tree.build("host", [os.path.relpath(program, folder)])
                   for program in sorted({test["cmd"][0] for test in tests})}
        for test in tests:
            if not everything and not changed[test["cmd"][0]]:
                continue  # it has nothing of what was mutated
            failed = hinted_failure(test, folder, hint) or host_failure(test, folder, words)
            if failed:
                return failed
        return None
    return find


def _find_target(tree, hint, everything=False):
    del hint, everything  # a machine boots once for all its tests
    tree.build(X86_64.name)
    failures = []

    def judge(line):
        if match := FAILED.match(line):
            if NO_RESULT not in match[1]:  # which follows from the others
                failures.append(match[1])
            return None  # others of the same machine follow, and why it ended
        return bool(failures)

    # Only machines whose clock counts instructions: a busy host must kill no mutant.
    _, lines, status = _first_line(
        [sys.executable, "-B", "corm", "test", "target", "--arch", X86_64.name, "-k", "kernel"],
        tree.root, {}, judge)
    if not failures:
        return f"target{DIES}exit status {status}: {lines[-1:]}" if status else None
    machine = failures[0].partition(": ")[0]
    if "the plan" in failures[0]:
        return f"{machine}{DIES}" + ", ".join(why.removeprefix(f"{machine}: ") for why in failures)
    return failures[0]


LAYERS = [
    Layer("unit", "host", ("tests/unit/base", "tests/unit/kernel", "tests/unit/x86_64"),
          _host_programs(UNIT_PROGRAMS.__contains__, [f"!{RANDOM}"])),
    Layer("random", "host", ("tests/unit/kernel",),
          _host_programs("kernel".__eq__, [RANDOM])),
    Layer("search", "host", ("tests/search", "tests/oracle"),
          _host_programs(lambda name: name.startswith(SEARCH_PREFIX))),
    Layer("fuzz", "host", ("tests/fuzz", "tests/oracle"), _host_programs(FUZZ.__eq__)),
    Layer("target", "x86_64", ("tests/kernel/contract", "tests/kernel/first",
                               "tools/cormlib/panics.py"), _find_target),
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
    """What a layer finds is believed once it was seen to pass without any mutant."""

    def __init__(self):
        self.locks = {layer.name: threading.Lock() for layer in LAYERS}
        self.passed = set()

    def need(self, layer):
        with self.locks[layer.name]:
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
            failed = layer.find(tree, known.test if known and known.layer == layer.name else None)
            if failed:
                if proofs:
                    proofs.need(layer)
                return layer.name, layer.name_of(failed)
        return mutants.SURVIVED, "-"
    except DoesNotBuild as wrong:
        return COMPILER, compiler_kills(wrong)
    finally:
        tree.revert(before)
