"""The same shell on every board."""

import pytest

from conftest import ARCH, run_corm

SCRIPT = """
uname -m
ls /proc/corm | wc -l
yes | head -c 100000 | wc -c
dd if=/dev/urandom bs=32 count=2 2>/dev/null | od -An -v -tx8 -w32 | sort -u | wc -l
trap 'echo caught' USR1
kill -USR1 $$
exit $((6 * 7))
"""


def test_a_board_gives_the_same_shell():
    outcome = run_corm("run", "--timeout", "120", "--", "sh", "-c", SCRIPT)
    expected = f"{ARCH.name}\n6\n100000\n2\ncaught\n"
    assert (outcome.status, outcome.out, outcome.err) == (42, expected.encode(), b"")


@pytest.mark.only("riscv64", reason="the others' page tables have one depth")
def test_a_hart_that_has_no_more_than_sv39_gives_a_shell():
    """With three levels of page tables instead of four; randomness of addresses is less, too."""
    outcome = run_corm("run", "--append", "paging=sv39", "--timeout", "120", "--", "sh", "-c",
                       "grep mmu /proc/cpuinfo; tail -n 1 /proc/self/maps")
    mmu, stack = outcome.out.decode().splitlines()
    assert (outcome.status, mmu.split()) == (0, ["mmu", ":", "sv39"])
    assert int(stack.split("-")[1].split()[0], 16) < 2**38 and stack.endswith("[stack]")
