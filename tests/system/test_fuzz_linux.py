"""A part of `./corm fuzz linux --checked`: another seed for each commit."""

import pytest

from cormlib import fuzz, fuzz_linux

pytestmark = pytest.mark.only("x86_64", reason="the fuzzer's machine is x86_64's")

ROUNDS = 2


def test_the_code_that_seeds_run_on_has_a_name():
    name = fuzz_linux._code()
    assert len(name) == 12 and fuzz_linux._code() == name


def test_a_hostile_program_harms_nobody_and_leaves_nothing_behind():
    outcome, log = fuzz_linux.run(fuzz.seed(), ROUNDS, checked=True)
    assert outcome.wrong == [], f"seed {fuzz.seed()}; {log}"
    assert outcome.counts["calls"] > 2000 and outcome.counts["children"] > 20
