"""The Linux server's debug build: no lock is taken out of order, no invariant breaks.

What breaks one ends the server, and with it the world (servers/linux/lock_order.h).
"""

from cormlib import bundle
from test_programs import CASES, compile_program

SERVER = "servers/linux"
MESSAGE = b"lock order: %s"
MEMORY_MB = 512
LIMIT_S = 240
EACH = 'mkdir "/tmp/$0" && cd "/tmp/$0" && "/p/$0" > /dev/null; echo "$0 $?"'


def test_only_the_checked_server_has_the_checks():
    assert MESSAGE in bundle.checked_elf(SERVER).read_bytes()
    assert MESSAGE not in bundle.program_elf(SERVER).read_bytes()


def test_what_the_programs_do_is_in_order(world, tmp_path):
    """One machine for all of them; what they print is compared by test_programs.py."""
    for case in CASES:
        compile_program(case, tmp_path / case.stem)
    outcome = world("sh", "-c", f"ls /p | xargs -n 1 sh -c '{EACH}'", add=[f"{tmp_path}:/p"],
                    options=["--checked", "--mem", str(MEMORY_MB)], limit_s=LIMIT_S)
    assert outcome.out.decode().splitlines() == [f"{case.stem} 0" for case in CASES], outcome
