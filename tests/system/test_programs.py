"""The same C programs on this host's Linux and in worlds of 1 and 4 processors: the same result.

A case is programs/NAME.c. It is linked statically, runs in an empty folder of its own, and must not
print what differs between two runs on one machine (times, process numbers, addresses) or between
two architectures: in a world of another one it is compared with what it says on this host. What a
program must know of its architecture is programs/ARCH/port/machine.h; one whose head says "ARCH
only:" and why is left out on the others. One whose head says "needs root" is about rights: it runs
where the tests run as root, in a folder in which set-user-id programs work.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from cormlib.arches import X86_64
from conftest import ARCH

FOLDER = Path(__file__).parent / "programs"
LIMIT_S = 120
NEEDS_ROOT = "needs root"
ONLY = re.compile(r"^ \* (\w+) only: ", re.M)  # in the head of a program


def runs_here(case):
    only = ONLY.search(case.read_text())
    return not only or only[1] == ARCH.name


CASES = [case for case in sorted(FOLDER.glob("*.c")) if runs_here(case)]


def compile_program(case, program, arch=ARCH):
    subprocess.run([arch.tool("gcc"), "-std=gnu11", "-O1", "-Wall", "-Werror", "-static",
                    "-pthread", f"-I{FOLDER / arch.name}", "-o", program, case], check=True)


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
    compile_program(case, here, X86_64)
    work.mkdir()
    expected = subprocess.run([here], cwd=work, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=LIMIT_S, env={"PATH": "/bin"})
    outcome = world("sh", "-c", f"mkdir /tmp/work && cd /tmp/work && exec /{case.stem}",
                    options=("--smp", str(processors)), add=[f"{program}:/{case.stem}"],
                    limit_s=LIMIT_S)
    assert outcome.out.decode(errors="replace") == expected.stdout.decode(errors="replace")
    assert outcome.status == expected.returncode == 0
