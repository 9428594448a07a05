"""Much of everything, and all there is of it, in the Linux world: the short form of each load."""

import pytest

from cormlib import fuzz_linux, test_load

pytestmark = pytest.mark.only("x86_64", reason="the program that loads it is x86_64's")

NAMES = test_load.names()
GROUPS = [NAMES[start:start + 7] for start in range(0, len(NAMES), 7)]


@pytest.mark.parametrize("chosen", GROUPS, ids=lambda chosen: f"{chosen[0]} to {chosen[-1]}")
def test_the_world_stands_it_and_gets_everything_back(world, chosen):
    outcome = world(*test_load.command("short", *chosen), limit_s=300,
                    add=[f"{fuzz_linux.PROGRAM}:{fuzz_linux.PLACE}"])
    reached, wrong = test_load.judge(outcome.out.decode(errors="replace"))
    assert wrong == [] and set(chosen) <= set(reached), outcome
