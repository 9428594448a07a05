"""A part of `./corm fuzz linux --checked`: another seed for each commit."""

from cormlib import fuzz, fuzz_linux

ROUNDS = 2


def test_a_hostile_program_harms_nobody_and_leaves_nothing_behind():
    outcome, log = fuzz_linux.run(fuzz.seed(), ROUNDS, checked=True)
    assert outcome.wrong == [], f"seed {fuzz.seed()}; {log}"
    assert outcome.counts["calls"] > 2000 and outcome.counts["children"] > 20
