"""The sentences of the kernel's contract, read out of the sources of its tests.

A contract case on the machine is `{"sentence", function}` in a TEST_SUITE of tests/kernel/contract
or tests/kernel/first; a unit test of the core is TEST("sentence"), or TEST_BOTH("sentence") where
the fast path and the general one must not differ. What is read here is compared with what ran
(test_target.py, and tests/tools/test_contract.py for the unit tests).
"""

import re
from dataclasses import dataclass

from .failure import Failure
from .paths import TESTS

CONTRACT = TESTS / "kernel" / "contract"
FIRST = TESTS / "kernel" / "first"
UNIT = TESTS / "unit" / "kernel"

TEXT = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
SUITE = re.compile(r"^TEST_SUITE\(\s*(\w+),(.*?)\);$", re.M | re.S)
CASE = re.compile(r"\{\s*" + TEXT + r",\s*\w+\s*\}")
UNIT_TEST = re.compile(r"^TEST(_BOTH)?\(\s*" + TEXT + r"\)", re.M)
BOTH_PATHS = (" (fast path)", " (slow path)")


@dataclass(frozen=True)
class Sentence:
    text: str
    both_paths: bool = False

    def names(self):
        """What the test program calls it: one test, or one for each path."""
        return [self.text + path for path in BOTH_PATHS] if self.both_paths else [self.text]


def _joined(literals):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)).replace('\\"', '"')


def suites_in(text):
    """{subject: [Sentence]} of one source of the contract on the machine."""
    found = {}
    for subject, body in SUITE.findall(text):
        found[subject] = [Sentence(_joined(literals)) for literals in CASE.findall(body)]
        if len(found[subject]) != body.count("{"):
            raise Failure(f"a case of the suite {subject} is not understood")
    return found


def unit_tests_in(text):
    """[Sentence] of one source of unit tests. A pair that was written as two becomes one."""
    found = []
    for both, literals in UNIT_TEST.findall(text):
        sentence = _joined(literals)
        if sentence.endswith(BOTH_PATHS):
            both, sentence = True, sentence.removesuffix(BOTH_PATHS[0]).removesuffix(BOTH_PATHS[1])
        sentence = Sentence(sentence, bool(both))
        if sentence not in found:
            found.append(sentence)
    return found


def of_files(paths):
    """{subject: [Sentence]} of the suites in some sources, in the order of their files' names. A
    subject may have a source for each architecture."""
    suites = {}
    for path in sorted(paths, key=lambda path: path.name):
        for subject, sentences in suites_in(path.read_text()).items():
            known = suites.setdefault(subject, [])
            known += [sentence for sentence in sentences if sentence not in known]
    return suites


def target(folder):
    """Those of all suites in a folder, whatever architecture they are compiled for."""
    return of_files(folder.rglob("*.c"))


def unit():
    """{module: [Sentence]} of tests/unit/kernel/test_MODULE.c."""
    return {path.stem.removeprefix("test_"): unit_tests_in(path.read_text())
            for path in sorted(UNIT.glob("test_*.c"))}
