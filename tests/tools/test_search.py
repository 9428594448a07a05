"""The search of small worlds performs every operation of the contract, with every outcome."""

import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from cormlib import build, test_search
from cormlib.paths import ROOT

sys.path.insert(0, str(ROOT / "tools"))

from abigen.contract import load  # noqa: E402

TRANSITIONS = 60_000  # of each world: what is new in deeper states is not new outcomes
LINE = re.compile(r"^# audit (\d+) (\d+) (\S+) (\d+)$", re.M)

# What cannot be in these worlds, and why.
IMPOSSIBLE = {
    ("ioport", "in", "UNSUPPORTED"): "the host port has ports",
    ("ioport", "out", "UNSUPPORTED"): "the host port has ports",
    ("ioport", "out_bytes", "UNSUPPORTED"): "the host port has ports",
    ("thread", "vector_in", "RANGE"): "the host port takes any vector state",
}
# Every operation may fail with these two, and those that take a capability with TYPE.
ALWAYS = ("BAD_HANDLE", "RIGHTS")
# What a thread that waited finds counts for the operation without a deadline.
WITHOUT_DEADLINE = {"call_deadline": "call", "receive_deadline": "receive"}


@pytest.fixture(scope="module")
def contract():
    return load(ROOT / "abi")


def _outcomes(world, program):
    done = subprocess.run([program, "--audit", "--transitions", str(TRANSITIONS), world],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout
    return Counter({(int(kind), int(op), outcome): int(count)
                    for kind, op, outcome, count in LINE.findall(done.stdout)})


@pytest.fixture(scope="module")
def outcomes(contract):
    """{(object, operation, outcome): count}, by their names."""
    program = build.ensure("host") / "tests" / "search" / "search-search"
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        worlds = test_search.worlds(program)
        raw = sum(pool.map(partial(_outcomes, program=program), worlds), Counter())
    statuses = {str(status.number): status.name for status in contract.statuses}
    names = {(thing.number, op.number): (thing.name, op.name)
             for thing in contract.objects for op in thing.ops}
    return Counter({(*names[kind, op], statuses.get(outcome, outcome)): count
                    for (kind, op, outcome), count in raw.items() if (kind, op) in names})


def _operations(contract):
    return [(thing.name, op) for thing in contract.objects for op in thing.ops]


def test_every_operation_is_performed(contract, outcomes):
    done = ("OK", "waits")
    missing = [f"{thing}.{op.name}" for thing, op in _operations(contract)
               if not any(outcomes[thing, op.name, outcome] for outcome in done)]
    assert not missing


def test_every_declared_error_is_met(contract, outcomes):
    missing = []
    for thing, op in _operations(contract):
        name = WITHOUT_DEADLINE.get(op.name, op.name)
        for error in op.errors:
            met = outcomes[thing, op.name, error] or outcomes[thing, name, error]
            if not met and (thing, op.name, error) not in IMPOSSIBLE:
                missing.append(f"{thing}.{op.name}: {error}")
    assert not missing


def test_what_is_called_impossible_is_not_met(outcomes):
    assert not [entry for entry in IMPOSSIBLE if outcomes[entry]]


def test_no_operation_answers_what_it_does_not_declare(contract, outcomes):
    wrong = []
    declared = {(thing, op.name): {*op.errors, *ALWAYS, "OK", "waits", "interrupted", "TYPE"}
                for thing, op in _operations(contract)}
    for thing, op in _operations(contract):
        if op.name in WITHOUT_DEADLINE:
            declared[thing, WITHOUT_DEADLINE[op.name]] |= set(op.errors)
    for (thing, op, outcome) in outcomes:
        if outcome not in declared[thing, op]:
            wrong.append(f"{thing}.{op}: {outcome}")
    assert not wrong


def test_the_results_of_other_worlds_are_kept():
    old = test_search.merge("", {"caps": "1 states; kernel a", "ipc": "2 states; kernel a"},
                            ["caps", "ipc"])
    new = test_search.merge(old, {"ipc": "3 states; kernel b"}, ["caps", "ipc", "sched"])
    assert new.splitlines()[-2:] == ["caps: 1 states; kernel a", "ipc: 3 states; kernel b"]


def test_what_was_searched_is_named_by_its_content(tmp_path):
    core, port = tmp_path / "kernel" / "a.c", tmp_path / "kernel" / "arch" / "x86_64" / "b.c"
    port.parent.mkdir(parents=True)
    core.write_text("a")
    port.write_text("b")
    before = test_search.kernel_content(tmp_path)
    port.write_text("c")
    assert test_search.kernel_content(tmp_path) == before
    core.write_text("b")
    assert test_search.kernel_content(tmp_path) != before
