"""`./corm bench contention`: what the kernel's counters and the emulator say of the lock."""

import json

import pytest

from cormlib import bench_contention
from conftest import ARCH, run_corm

# How many instructions a round trip holds the lock for; more are seldom intended (0030).
HELD_MAX = {"x86_64": 48, "aarch64": 58, "riscv64": 59}


@pytest.fixture(scope="module")
def measured():
    outcome = run_corm("bench", "contention", "--json", limit_s=2 * bench_contention.LIMIT_S)
    assert outcome.status == 0, outcome.err.decode()
    return json.loads(outcome.out)


def phase(measured, name):
    found = next(item for item in measured["phases"] if item["name"] == name)
    return {key: found[key] / found["operations"]
            for key in ("acquisitions", *(name for name, _ in bench_contention.COUNTS.members))}


def test_pairs_on_one_two_and_four_processors_are_compared(measured):
    assert measured["arch"] == ARCH.name and measured["processors"] == 4
    names = [item["name"] for item in measured["phases"]]
    assert {"pairs_1", "pairs_2", "pairs_4"} <= set(names)
    assert all(item["throughput"] > 0 for item in measured["phases"])


def test_a_round_trip_takes_the_lock_twice_and_alone_waits_for_nobody(measured):
    assert 2 <= measured["one_processor"]["acquisitions"] < 2.1
    assert 0 < measured["one_processor"]["locked_insn"] <= HELD_MAX[ARCH.name]
    alone = phase(measured, "pairs_1")
    assert 2 <= alone["acquisitions"] < 2.2
    assert alone["lock_waits"] < 0.01 and alone["summons"] < 0.01


def test_pairs_wait_for_the_lock_and_summon_nobody(measured):
    together = phase(measured, "pairs_4")
    assert together["acquisitions"] >= 2
    assert 0 < together["lock_waits"] < together["acquisitions"]
    assert together["lock_spins"] > 0 and together["summons"] < 0.01


def test_who_unmaps_summons_those_who_run_there_where_nothing_broadcasts(measured):
    assert phase(measured, "unmap_1")["summons"] < 0.01
    summons = phase(measured, "unmap_2")["summons"]
    if ARCH.name == "aarch64":  # its TLBI reaches all processors
        assert summons < 0.01
    else:
        assert 0.1 < summons <= 1.1


def test_it_has_a_system_of_its_own():
    assert run_corm("bench", "contention", "--system", "bench").status == 2
