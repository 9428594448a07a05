"""Frama-C WP over leaf functions: their contracts stand in tests/eva/contracts.txt."""

import os
import re
import shutil
from dataclasses import dataclass, field

from . import bit_lemmas, eva
from .failure import Failure
from .paths import BUILD, ROOT
from .progress import run_logged

FOLDER = BUILD / "wp"
WHY3_CONFIG = FOLDER / "why3.conf"
GOAL_LIMIT_S = 20
PROVED = re.compile(r"Proved goals:\s+(\d+) / (\d+)")
GOAL = re.compile(r"^\[wp\] \[(?:Failed|Timeout|Unknown|Stepout|Unsuccess)\] Goal (\S+)", re.M)


@dataclass
class Goals:
    """What came of it."""

    functions: int
    proved: int = 0
    goals: int = 0
    lemmas: int = 0
    open: list = field(default_factory=list)  # names of those that were not


@dataclass
class Contract:
    """A function, the file it stands in, and what is said there before some text."""

    function: str
    file: str
    old: str
    given: str = ""  # not asked of this prover
    terms: list = field(default_factory=list)  # that clauses use
    clauses: list = field(default_factory=list)
    read: str = ""  # in place of `old`

    @property
    def new(self):
        alone = [one for one in self.clauses if one.startswith("assert ")]
        together = " ".join(one for one in self.clauses if one not in alone)
        blocks = [*self.terms, *alone, together]
        return "".join(f"/*@ {block} */ " for block in blocks if block) + (self.read or self.old)


@dataclass
class Lemma:
    """What bit_lemmas.py proves, and for which program."""

    name: str
    program: str
    text: str = ""


def read_contracts(text):
    """The paragraphs of contracts.txt: contracts, and lemmas."""
    contracts, lemmas, heading = [], [], None
    for line in text.splitlines():
        head, _, rest = line.partition(" ")
        if head == "contract":
            heading = rest.split()
        elif head == "lemma":
            lemmas.append(Lemma(*rest.split()))
        elif head == "?":
            lemmas[-1].text = rest
        elif head == "-":
            contracts.append(Contract(*heading[:2], rest, *heading[2:]))
        elif head == "+":
            contracts[-1].read = rest
        elif head == "=":
            contracts[-1].terms.append(rest)
        elif head == "@":
            contracts[-1].clauses.append(rest)
    return contracts, lemmas


def _prepare(contracts):
    tree = FOLDER / "source"
    for contract in contracts:
        path = tree / contract.file
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (path if path.exists() else ROOT / contract.file).read_text()
        if contract.old not in text:
            raise Failure(f"{contract.file} has no `{contract.old}` any more",
                          "tests/eva/contracts.txt says what is proved of it")
        path.write_text(text.replace(contract.old, contract.new, 1))
    return tree


# What has to be compiled to see the functions of a header.
PROGRAMS = {"kernel/cap.h": "kernel/syscall.c", "kernel/object.h": "kernel/syscall.c",
            "kernel/sched.h": "kernel/sched.c", "kernel/table.h": "kernel/syscall.c",
            "lib/base/bitmap.h": "kernel/sched.c", "lib/base/wheel.h": "lib/base/wheel.c"}


def _program(file):
    return file if file.endswith(".c") else PROGRAMS.get(file, "kernel/spacemap.c")


def _asked(contracts):
    return sorted({one.function for one in contracts if not one.given})


def _axioms(file, lemmas, goals):
    """A header with the lemmas that the program @file needs; counts which z3 proves."""
    axioms = []
    for lemma in lemmas:
        if lemma.program == file:
            axiom, proved = bit_lemmas.read_lemma(lemma.name, lemma.text)
            axioms.append(axiom)
            goals.lemmas += 1
            goals.open += [] if proved else [f"lemma {lemma.name}"]
    header = FOLDER / "axioms" / f"{file.replace('/', '-')}.h"
    header.parent.mkdir(exist_ok=True)
    header.write_text('#include "bits.h"\n' +
                      f"/*@ axiomatic Bits {{ {' '.join(axioms)} }} */\n" * bool(axioms))
    return header


def _prove(file, contracts, tree, axioms):
    source = tree / file if (tree / file).exists() else ROOT / file
    name = file.replace("/", "-")
    *options, preprocessor = eva.preprocessor([tree])
    log = run_logged(f"proving functions of {file}",
                     ["frama-c", *eva.PARSE, *options, f"{preprocessor} -include {axioms}",
                      str(source), "-wp", "-wp-rte", "-wp-fct", ",".join(_asked(contracts)),
                      "-wp-prover", "z3,cvc4", "-wp-timeout", str(GOAL_LIMIT_S), "-wp-par", "2"],
                     f"wp-{name}", cwd=FOLDER,
                     env={**os.environ, "WHY3CONFIG": str(WHY3_CONFIG)})
    text = log.read_text()
    proved = PROVED.search(text)
    if not proved:
        raise Failure(f"nothing was proved of {file}", f"see {log}")
    return int(proved[1]), int(proved[2]), GOAL.findall(text)


def prove():
    """Ask for the contracts and lemmas of tests/eva/contracts.txt."""
    contracts, lemmas = read_contracts((eva.HERE / "contracts.txt").read_text())
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    tree = _prepare(contracts)
    run_logged("looking for provers", ["why3", "config", "detect"], "why3",
               env={**os.environ, "WHY3CONFIG": str(WHY3_CONFIG)})
    goals = Goals(len(_asked(contracts)))
    for file in sorted({_program(one.file) for one in contracts if not one.given}):
        mine = [one for one in contracts if _program(one.file) == file]
        done, total, left = _prove(file, mine, tree, _axioms(file, lemmas, goals))
        goals.proved += done
        goals.goals += total
        goals.open += left or [f"{file}: {total - done} goals"] * (done < total)
    return goals
