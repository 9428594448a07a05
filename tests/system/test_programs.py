"""The same C programs on this host's Linux and in worlds of 1 and 4 processors: the same result.

A case is programs/NAME.c. It is linked statically, runs in an empty folder of its own, and must not
print what differs between two runs on one machine (times, process numbers, addresses). One whose
head says "needs root" is about rights: it runs where the tests run as root, in a folder in which
set-user-id programs work.
"""

import os
import subprocess
from pathlib import Path

import pytest

from conftest import ARCH

FOLDER = Path(__file__).parent / "programs"
CASES = sorted(FOLDER.glob("*.c"))
LIMIT_S = 120
NEEDS_ROOT = "needs root"


def compile_program(case, program, compiler=ARCH.tool("gcc")):
    """For the machine, unless the compiler of this host is asked for."""
    subprocess.run([compiler, "-std=gnu11", "-O1", "-Wall", "-Werror", "-static", "-pthread", "-o",
                    program, case], check=True)


def refuse_without_rights(case, folder):
    if NEEDS_ROOT not in case.read_text():
        return
    if os.geteuid() != 0:
        pytest.skip("only root can become everybody else: run the tests as root")
    if os.statvfs(folder).f_flag & os.ST_NOSUID:
        pytest.skip(f"{folder} is mounted nosuid: set TMPDIR to another place")


@pytest.mark.parametrize("processors", [1, 4], ids="{}p".format)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_program(case, processors, world, tmp_path):
    refuse_without_rights(case, tmp_path)
    program, here, work = (tmp_path / name for name in (case.stem, "here", "work"))
    compile_program(case, program)
    compile_program(case, here, "gcc")
    work.mkdir()
    expected = subprocess.run([here], cwd=work, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=LIMIT_S, env={"PATH": "/bin"})
    outcome = world("sh", "-c", f"mkdir /tmp/work && cd /tmp/work && exec /{case.stem}",
                    options=("--smp", str(processors)), add=[f"{program}:/{case.stem}"],
                    limit_s=LIMIT_S)
    assert outcome.out.decode(errors="replace") == expected.stdout.decode(errors="replace")
    assert outcome.status == expected.returncode == 0
