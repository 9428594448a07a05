"""The same shell on every board whose system runs whole."""

import pytest

from cormlib import arches
from conftest import run_corm

pytestmark = pytest.mark.only("x86_64", reason="it names the boards itself")

SCRIPT = """
uname -m
ls /proc/corm | wc -l
yes | head -c 100000 | wc -c
dd if=/dev/urandom bs=32 count=2 2>/dev/null | od -An -v -tx8 -w32 | sort -u | wc -l
trap 'echo caught' USR1
kill -USR1 $$
exit $((6 * 7))
"""


@pytest.mark.parametrize("name", list(arches.ALL))
def test_a_board_gives_the_same_shell(name):
    built = run_corm("build", "--arch", name)  # what it installs and builds is told on stderr
    assert built.status == 0, built.err
    outcome = run_corm("run", "--arch", name, "--timeout", "120", "--", "sh", "-c", SCRIPT)
    expected = f"{name}\n6\n100000\n2\ncaught\n"
    assert (outcome.status, outcome.out, outcome.err) == (42, expected.encode(), b"")


def test_a_hart_that_has_no_more_than_sv39_gives_a_shell():
    """With three levels of page tables instead of four; randomness of addresses is less, too."""
    outcome = run_corm("run", "--arch", "riscv64", "--append", "paging=sv39", "--timeout", "120",
                       "--", "sh", "-c", "grep mmu /proc/cpuinfo; tail -n 1 /proc/self/maps")
    mmu, stack = outcome.out.decode().splitlines()
    assert (outcome.status, mmu.split()) == (0, ["mmu", ":", "sv39"])
    assert int(stack.split("-")[1].split()[0], 16) < 2**38 and stack.endswith("[stack]")
