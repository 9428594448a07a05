"""What the load layer makes of the program's lines."""

from cormlib import test_load

GOOD = "LOAD nothing ok 0 in 1 ms: \r\nLOAD pipes ok 9 in 30 ms: 9 pipes\r\nLOAD-END 0\r\n"


def test_the_names_are_those_of_the_program():
    assert "fork_bomb" in test_load.names() and "processes" in test_load.names()
    assert len(set(test_load.names())) == len(test_load.names()) > 20


def test_what_was_reached_is_read():
    assert test_load.judge(GOOD) == ({"nothing": "", "pipes": "9 pipes"}, [])


def test_a_complaint_and_a_missing_end_are_wrong():
    bad = GOOD.replace("LOAD-END 0", "LOAD-WRONG pipes heap_64 +1\r\nLOAD-END 1")
    assert test_load.judge(bad)[1] == ["pipes heap_64 +1"]
    assert "no end" in test_load.judge(GOOD.partition("LOAD-END")[0])[1][0]
