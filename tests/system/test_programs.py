"""The same C programs on this host's Linux and in the world: equal output and status.

A case is programs/NAME.c. It is linked statically, runs in an empty folder of its own, and must not
print what differs between two runs on one machine (times, process numbers, addresses).
"""

import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "programs"
CASES = sorted(FOLDER.glob("*.c"))
LIMIT_S = 120


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_program(case, world, tmp_path):
    program, work = tmp_path / case.stem, tmp_path / "work"
    subprocess.run(["gcc", "-std=gnu11", "-O1", "-Wall", "-Werror", "-static", "-pthread", "-o",
                    program, case], check=True)
    work.mkdir()
    expected = subprocess.run([program], cwd=work, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=LIMIT_S, env={"PATH": "/bin"})
    outcome = world("sh", "-c", f"mkdir /tmp/work && cd /tmp/work && exec /{case.stem}",
                    add=[f"{program}:/{case.stem}"], limit_s=LIMIT_S)
    assert outcome.out.decode(errors="replace") == expected.stdout.decode(errors="replace")
    assert outcome.status == expected.returncode == 0
