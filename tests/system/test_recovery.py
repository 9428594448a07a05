"""Death and recovery of native components, judged from inside the machine (apps/recovery)."""

import re
import time

import pytest

from cormlib import bundle, machine

LINE = re.compile(r"^recovery: (?:\(\d+ lines lost\) )?((?:not )?ok) \d+ - (.*)$", re.M)
PLAN = re.compile(r"^recovery: 1\.\.(\d+)$", re.M)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """The log of the recovery system, run to its end, and the machine's exit status."""
    folder = tmp_path_factory.mktemp("recovery")
    path = folder / "bundle"
    bundle.compose("recovery", bundle.World("WORLD_CONSOLE"), [], path)
    with machine.Machine(machine.Config(folder / "com1.log", path)) as running:
        for _ in range(1200):
            if running.wait(0.1) is not None:
                break
        return running.log_bytes().decode(errors="replace"), running.poll()


def test_every_judgement_is_favourable(judged):
    log, _ = judged
    verdicts = LINE.findall(log)
    assert [what for verdict, what in verdicts if verdict != "ok"] == [], log
    assert PLAN.findall(log) == [str(len(verdicts))], log


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
    ("checker", "a failed check (0x0)"), ("console", "a kill")])
def test_the_log_names_each_death_and_its_reason(judged, name, reason):
    log, _ = judged
    assert f"init: {name}, generation 1, ended by {reason}" in log, log
