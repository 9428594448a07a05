"""Death and recovery of native components, judged from inside the machine (apps/recovery)."""

import re
import time

import pytest

from cormlib import bundle, machine
from conftest import ARCH

# Not only at the beginning of a line: a console that is killed may lose or repeat up to 16 bytes of
# the line before, or of this one.
LINE = re.compile(r"recovery: (?:\(\d+ lines lost\) )?((?:not )?ok) \d+ - (.*)$", re.M)
PLAN = re.compile(r"recovery: 1\.\.(\d+)$", re.M)


LOAD = "while :; do ls -lR / | sha256sum >/dev/null; find / -type f >/tmp/all; done"
LIMIT_S = 300


def run_judge(folder, system, world, memory_mb=machine.MEMORY_MB):
    """(log, exit status) of a system with a judge, run to its end."""
    path = folder / "bundle"
    bundle.compose(system, world, [], path, arch=ARCH)
    with machine.Machine(machine.Config(folder / "log", path, memory_mb, ARCH)) as running:
        for _ in range(LIMIT_S * 10):
            if running.wait(0.1) is not None:
                break
        return running.log_bytes().decode(errors="replace"), running.poll()


def check_verdicts(log):
    verdicts = LINE.findall(log)
    assert verdicts, log
    assert [what for verdict, what in verdicts if verdict != "ok"] == [], log
    assert PLAN.findall(log) == [str(len(verdicts))], log


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    return run_judge(tmp_path_factory.mktemp("recovery"), "recovery",
                     bundle.World("WORLD_CONSOLE"))


def test_every_judgement_is_favourable(judged):
    log, _ = judged
    check_verdicts(log)


def test_killing_the_linux_world_200_times_under_load_loses_nothing(tmp_path):
    world = bundle.World("WORLD_CONSOLE", ["sh", "-c", LOAD], bundle.default_environment())
    log, status = run_judge(tmp_path, "world-kills", world, memory_mb=64)
    check_verdicts(log)
    assert status == machine.EXIT_ORDERLY, log


def test_the_machine_ends_in_order(judged):
    log, status = judged
    assert status == machine.EXIT_ORDERLY, log


def test_the_smallest_component_asks_the_clock_and_ends(judged):
    log, _ = judged
    match = re.search(r"^hello: hello, world; it is (\d+) s after 1970$", log, re.M)
    assert match and abs(int(match[1]) - time.time()) < 300, log
    assert "init: hello has ended: main returned" in log, log


@pytest.mark.parametrize("name, reason", [
    ("nuller", "a fault (0x0)"), ("overflower", "a fault"), ("looper", "a missed heartbeat"),
    ("spinner", "a missed heartbeat"), ("mute", "a missed heartbeat"),
    ("caller", "a missed heartbeat"), ("quitter", "its exit (0x3) meant to end"),
    ("dawdler", "a request that took too long"),
    ("checker", "a failed check (0x0)"), ("console", "a kill")])
def test_the_log_names_each_death_and_its_reason(judged, name, reason):
    log, _ = judged
    assert f"init: {name}, generation 1, ended by {reason}" in log, log


def test_the_log_says_where_a_component_faulted(judged):
    log, _ = judged
    assert re.search(r"^init: nuller, generation 1, ended by a fault \(0x0\) page 0x0 \(\d\) "
                     r"at pc 0x[1-9a-f]\w+, stack 0x[1-9a-f]\w+$", log, re.M), log
