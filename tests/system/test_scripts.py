"""The same scripts under busybox on this host and in the world: equal output, errors and status.

A case is scripts/NAME.sh. It runs in an empty folder of its own, finds only busybox on its PATH,
and must not print what differs between two runs on one machine.
"""

import subprocess
from pathlib import Path

import pytest

CASES = sorted((Path(__file__).parent / "scripts").glob("*.sh"))
LIMIT_S = 300
START = "mkdir /tmp/work && cd /tmp/work && exec sh ../case.sh"


def on_host(case, tmp_path):
    work, tools = tmp_path / "work", tmp_path / "bin"
    work.mkdir()
    subprocess.run(["/bin/busybox", "--install", "-s", str(_made(tools))], check=True)
    (tmp_path / "case.sh").write_bytes(case.read_bytes())
    return subprocess.run(["sh", "../case.sh"], executable=tools / "sh", cwd=work,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S,
                          env={"PATH": str(tools), "HOME": "/root", "SHELL": "/bin/sh",
                               "USER": "root"})


def _made(folder):
    folder.mkdir()
    return folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_script(case, world, tmp_path):
    expected = on_host(case, tmp_path)
    outcome = world("sh", "-c", START, add=[f"{case}:/tmp/case.sh"], limit_s=LIMIT_S)
    assert outcome.out.decode(errors="replace") == expected.stdout.decode(errors="replace")
    assert outcome.err.decode(errors="replace") == expected.stderr.decode(errors="replace")
    assert outcome.status == expected.returncode
