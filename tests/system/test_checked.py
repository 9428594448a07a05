"""The Linux server's debug build: no lock is taken out of order, no invariant breaks.

What breaks one ends the server (servers/linux/lock_order.h); then another world begins, of a later
generation.
"""

from cormlib import bundle
from conftest import ARCH
from test_programs import CASES, compile_program

SERVER = "servers/linux"
MESSAGE = b"lock order: %s"
MEMORY_MB = 512
LIMIT_S = 240
FIRST = "\nlinux\trunning\t1\t0\t"  # component, state, generation, restarts
EACH = 'mkdir "/tmp/$0" && cd "/tmp/$0" && "/p/$0" > /dev/null; echo "$0 $?"'


def test_only_the_checked_server_has_the_checks():
    assert MESSAGE in bundle.checked_elf(SERVER, arch=ARCH).read_bytes()
    assert MESSAGE not in bundle.program_elf(SERVER, arch=ARCH).read_bytes()


def test_what_the_programs_do_is_in_order(world, tmp_path):
    """One machine for all of them; what they print is compared by test_programs.py."""
    for case in CASES:
        compile_program(case, tmp_path / case.stem)
    command = f"ls /p | xargs -n 1 sh -c '{EACH}'; cat /proc/corm/components"
    outcome = world("sh", "-c", command, add=[f"{tmp_path}:/p"],
                    options=["--checked", "--mem", str(MEMORY_MB)], limit_s=LIMIT_S)
    ended, _, components = outcome.out.decode().partition("component\t")
    assert ended.splitlines() == [f"{case.stem} 0" for case in CASES], outcome
    assert FIRST in components, outcome
