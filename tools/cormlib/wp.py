"""Frama-C WP over leaf functions: their contracts stand in tests/eva/contracts.txt."""

import os
import re
import shutil
from dataclasses import dataclass, field

from . import eva
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
    open: list = field(default_factory=list)  # names of those that were not


@dataclass
class Contract:
    """A function, the file it stands in, and that file's edit."""

    function: str
    file: str
    old: str
    new: str
    given: str = ""  # not asked of this prover


def read_contracts(text):
    """The paragraphs of contracts.txt."""
    found, heading, old = [], None, None
    for line in text.splitlines():
        head, _, rest = line.partition(" ")
        if head == "contract":
            heading = rest.split()
        elif head == "-":
            old = rest
        elif head == "+":
            found.append(Contract(*heading[:2], old, rest, *heading[2:]))
    return found


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
PROGRAMS = {"lib/base/bitmap.h": "kernel/sched.c"}


def _program(file):
    return file if file.endswith(".c") else PROGRAMS.get(file, "kernel/spacemap.c")


def _asked(contracts):
    return sorted({one.function for one in contracts if not one.given})


def _prove(file, contracts, tree):
    source = tree / file if (tree / file).exists() else ROOT / file
    name = file.replace("/", "-")
    log = run_logged(f"proving functions of {file}",
                     ["frama-c", *eva.PARSE, *eva.preprocessor([tree]), str(source), "-wp",
                      "-wp-rte", "-wp-fct", ",".join(_asked(contracts)),
                      "-wp-prover", "z3,cvc4", "-wp-timeout", str(GOAL_LIMIT_S), "-wp-par", "2"],
                     f"wp-{name}", cwd=FOLDER,
                     env={**os.environ, "WHY3CONFIG": str(WHY3_CONFIG)})
    text = log.read_text()
    proved = PROVED.search(text)
    if not proved:
        raise Failure(f"nothing was proved of {file}", f"see {log}")
    return int(proved[1]), int(proved[2]), GOAL.findall(text)


def prove():
    """Ask for the contracts of tests/eva/contracts.txt."""
    contracts = read_contracts((eva.HERE / "contracts.txt").read_text())
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    tree = _prepare(contracts)
    run_logged("looking for provers", ["why3", "config", "detect"], "why3",
               env={**os.environ, "WHY3CONFIG": str(WHY3_CONFIG)})
    goals = Goals(len(_asked(contracts)))
    for file in sorted({_program(one.file) for one in contracts}):
        mine = [one for one in contracts if _program(one.file) == file]
        done, total, left = _prove(file, mine, tree)
        goals.proved += done
        goals.goals += total
        goals.open += left or [f"{file}: {total - done} goals"] * (done < total)
    return goals
