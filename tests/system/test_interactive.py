"""A person at the terminal: pexpect plays the person."""

import os
import re
import time

import pexpect
import pytest

from cormlib.paths import ROOT
from conftest import ARCH, PROMPT

LIMIT_S = 30
HUMAN_S = 0.5  # between a command and Ctrl-C: while the shell still edits the line it is a key


@pytest.fixture
def shell():
    """An interactive `./corm run` that stands at its first prompt."""
    child = pexpect.spawn(str(ROOT / "corm"), ["run", "--arch", ARCH.name], timeout=LIMIT_S,
                          dimensions=(30, 100),
                          cwd=str(ROOT), env={**os.environ, "TERM": "vt100"})
    child.expect(PROMPT)
    yield child
    child.close(force=True)


def ask(shell, command):
    """Type a command; returns the lines that it printed."""
    shell.sendline(command)
    shell.expect(PROMPT)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shell.before.decode(errors="replace"))
    return text.replace("\r", "").split("\n")[1:-1]


def test_a_command_answers(shell):
    assert ask(shell, "echo $((6 * 7))") == ["42"]


def test_control_c_stops_the_command_not_the_shell(shell):
    shell.sendline("sleep 1000")
    shell.expect("sleep 1000")
    time.sleep(HUMAN_S)
    shell.sendintr()
    shell.expect(PROMPT)
    assert ask(shell, "echo $?") in (["130"], ["0"])
    assert ask(shell, "echo alive") == ["alive"]


def test_control_c_reaches_every_process_of_a_pipeline(shell):
    shell.sendline("yes | cat > /dev/null")
    shell.expect("null")
    time.sleep(HUMAN_S)
    shell.sendintr()
    shell.expect(PROMPT)
    assert ask(shell, "ps | grep -c '[y]es'") == ["0"]


def test_control_d_ends_the_shell_and_the_machine(shell):
    shell.sendline("sh -c 'exit 5'")
    shell.expect(PROMPT)
    shell.sendeof()
    shell.expect(pexpect.EOF)
    shell.wait()
    assert shell.exitstatus == 5


def test_control_d_ends_the_input_of_a_command(shell):
    shell.sendline("echo its turn; cat > /tmp/typed")
    shell.expect("\nits turn\r\n")  # the terminal is not the line editor's any more
    shell.sendline("one line")
    shell.sendeof()
    shell.expect(PROMPT)
    assert ask(shell, "cat /tmp/typed") == ["one line"]


def test_the_line_can_be_edited(shell):
    shell.send("echo helxo\x7f\x7flo\r")
    shell.expect(PROMPT)
    assert shell.before.decode().replace("\r", "").split("\n")[1] == "hello"


def test_the_cooked_line_discipline_edits_too(shell):
    shell.sendline("echo its turn; cat")
    shell.expect("\nits turn\r\n")
    shell.send("wrongg\x7f\x15right\n")
    shell.expect("right\r\n(?:right)")
    shell.sendeof()
    shell.expect(PROMPT)


def test_the_window_size_is_the_terminals_and_follows_it(shell):
    assert ask(shell, "stty size") == ["30 100"]
    shell.setwinsize(40, 120)
    shell.sendline("sleep 1; stty size")  # the shell may draw its prompt again meanwhile
    shell.expect("40 120\r\n")


def test_the_hosts_terminal_is_given_back(shell):
    shell.sendline("exit 0")
    shell.expect(pexpect.EOF)
    shell.wait()
    assert shell.exitstatus == 0


def test_a_key_switches_the_machine_off(shell):
    shell.send("\x1d")
    shell.expect("machine is off")
    shell.expect(pexpect.EOF)


@pytest.mark.parametrize("name", ["console", "channel"])
def test_a_driver_dies_three_times_and_the_session_goes_on(shell, name):
    for turn in range(3):
        ask(shell, f"cormctl kill {name}")
        assert ask(shell, f"echo still {turn}") == [f"still {turn}"]
    listed = "\n".join(ask(shell, "cormctl list"))
    assert re.search(rf"{name}.*\b3\b", listed), listed


def test_job_control_stops_and_continues(shell):
    shell.sendline("sleep 1000")
    shell.expect("sleep 1000")
    time.sleep(HUMAN_S)
    shell.send("\x1a")
    shell.expect("Stopped")
    shell.expect(PROMPT)
    shell.sendline("kill %1; wait; echo done")
    shell.expect("done\r\n")
    shell.expect(PROMPT)
