"""What `corm fuzz linux` makes of a machine's log."""

import pytest

from cormlib import fuzz_linux

ROUND = "FUZZ round {} calls {} children 2 execs 1 checks 30\r\n"
END = "FUZZ-END calls {} children 2 execs 1 checks 30 findings {}\r\n"
GOOD = "FUZZ seed 7\r\n" + ROUND.format(0, 10) + ROUND.format(1, 25) + END.format(25, 0)


def test_a_run_to_its_end_has_counts_and_nothing_wrong():
    outcome = fuzz_linux.judge(GOOD, True)
    assert outcome.wrong == []
    assert outcome.counts == {"calls": 25, "children": 2, "execs": 1, "checks": 30}


@pytest.mark.parametrize("line", [
    "FUZZ-WRONG round 1 a leak: heap_64 +1",
    "init: console, generation 1, ended by fault (0x10) -",
    "init: clock is in quarantine",
    "corm: panic: init: linux, without which this system is nothing, died",
])
def test_what_the_log_complains_of_is_wrong(line):
    text = GOOD.replace(END.format(25, 0), line + "\r\n" + END.format(25, int("WRONG" in line)))
    assert fuzz_linux.judge(text, True).wrong == [line.removeprefix("FUZZ-WRONG ")]


def test_an_end_that_did_not_come_is_wrong():
    text = GOOD.partition("FUZZ-END")[0]
    outcome = fuzz_linux.judge(text, True)
    assert outcome.counts["calls"] == 25
    assert outcome.wrong == ["the machine ended after round 1"]
    assert "nothing came" in fuzz_linux.judge(text, False).wrong[0]


def test_a_run_without_a_call_and_findings_that_were_not_told_are_wrong():
    assert fuzz_linux.judge(END.format(0, 0), True).wrong == ["no call was made"]
    assert len(fuzz_linux.judge(END.format(5, 1), True).wrong) == 1


def test_a_seed_adds_to_what_was_kept_of_the_same_code():
    outcome = fuzz_linux.judge(GOOD, True)
    outcome.processor_s = 8.2
    runs = fuzz_linux._add([], "old", "1", 4, 30.2, outcome)
    runs = fuzz_linux._add(runs, "new", "2", 5, 29.9, outcome)
    outcome.wrong = ["a leak"]
    runs = fuzz_linux._add(runs, "new", "3", 7, 10, outcome)
    assert [run["code"] for run in runs] == ["old", "new"]
    assert runs[0]["seeds"] == [4] and runs[0]["findings"] == []
    assert runs[1] == {"code": "new", "commit": "3", "seconds": 40, "processor_s": 16,
                       "seeds": [5, 7], "calls": 50, "children": 4, "execs": 2, "checks": 60,
                       "findings": ["seed 7: a leak"]}


def test_patience_ends_by_the_processor_and_a_new_byte_renews_it():
    patience, most_s = fuzz_linux.Patience(), fuzz_linux.PATIENCE_S
    assert patience.holds(10, 5)
    assert patience.holds(10, 4 + most_s)
    assert patience.holds(11, 5 + most_s)
    assert not patience.holds(11, 5 + 2 * most_s)
    assert patience.now_s == 5 + 2 * most_s
