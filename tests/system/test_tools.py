"""The other commands of the front door on the real system: graph, debug, help."""

import subprocess
import xml.etree.ElementTree as ElementTree

import pexpect
import pytest

from cormlib.manifest import read_compiled
from cormlib.paths import ROOT
from conftest import run_corm

pytestmark = pytest.mark.only("x86_64", reason="what does not run on a machine runs once")


def test_graph_draws_every_component_and_session(tmp_path):
    outcome = run_corm("graph", "-o", str(tmp_path / "g.svg"))
    assert outcome.status == 0
    drawn = [text.text for text in ElementTree.parse(tmp_path / "g.svg").iter()
             if text.tag.endswith("}text")]
    manifest = read_compiled("shell")
    for item in manifest.components:
        assert item["name"] in drawn
    for item in manifest.sessions:
        assert item["service"] in drawn


def test_graph_of_an_unknown_system_names_those_that_exist():
    outcome = run_corm("graph", "--system", "nothing")
    assert outcome.status == 1 and b"shell" in outcome.err


def test_debug_stops_in_the_kernel_with_symbols():
    child = pexpect.spawn(str(ROOT / "corm"), ["debug"], timeout=60, cwd=str(ROOT))
    child.expect(r"\(gdb\)")
    child.sendline("hbreak kernel_boot")
    child.sendline("continue")
    child.expect("Breakpoint 1, .*kernel_boot")
    child.sendline("info line init_main")
    child.expect("servers/init/main.c")
    child.sendline("quit")
    child.expect(pexpect.EOF)


@pytest.mark.parametrize("command", ["setup", "build", "run", "test", "bench", "debug", "graph"])
def test_every_command_explains_itself(command):
    outcome = run_corm(command, "--help")
    assert outcome.status == 0 and b"usage: corm" in outcome.out


def test_a_wrong_command_is_refused():
    assert run_corm("fly").status == 2


def test_the_compile_commands_name_every_kernel_source():
    commands = (ROOT / "build" / "x86_64" / "compile_commands.json").read_text()
    listed = subprocess.run(["git", "ls-files", "kernel/*.c"], cwd=ROOT, capture_output=True,
                            text=True, check=True).stdout.split()
    core = [name for name in listed if name.count("/") == 1]
    assert core and all(f"../../{name}" in commands for name in core)
