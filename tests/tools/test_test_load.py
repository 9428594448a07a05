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


def test_each_load_was_run_in_its_long_form():
    assert list(test_load.read_results()) == test_load.names()


def test_a_result_takes_the_place_of_the_older_one(tmp_path, monkeypatch):
    monkeypatch.setattr(test_load, "RESULTS", tmp_path / "load" / "results.tsv")
    for name, reached in [("pipes", "1 pipe"), ("threads", "2 threads"), ("pipes", "3 pipes")]:
        test_load.write_result(name, reached)
    assert [(name, row[1]) for name, row in test_load.read_results().items()] == [
        ("threads", "2 threads"), ("pipes", "3 pipes")]
