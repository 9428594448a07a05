"""The searches of models: what counts as sound, as a violation, and as neither."""

import pytest

from cormlib import test_model
from cormlib.failure import Failure
from cormlib.results import Report

SOUND = "byte x; active proctype p() { x = 1; assert(x == 1) }"


def search(text, folder, **run):
    return test_model.search(text, run, folder, "-O0")


def test_a_sound_model_has_states(tmp_path):
    result = search(SOUND, tmp_path / "run")
    assert result.states == 4 and result.violation is None and result.unreached == set()


def test_a_violation_is_no_count_of_states(tmp_path):
    result = search(SOUND.replace("x == 1", "x == 2"), tmp_path / "run")
    assert result.states is None and "assertion violated" in result.violation


def test_defines_reach_the_model(tmp_path):
    result = search(SOUND.replace("x == 1", "x == X"), tmp_path / "run", defines=["X=2"])
    assert result.violation


def test_liveness_is_searched_for_cycles(tmp_path):
    text = "bool x; active proctype p() { do :: x = !x od } ltl end { <>[]x }"
    assert search(text, tmp_path / "run", liveness=True).violation == "acceptance cycle"


def test_what_is_no_model_is_a_failure_and_no_violation(tmp_path):
    with pytest.raises(Failure, match="spin failed"):
        search(SOUND.replace("assert", "asert"), tmp_path / "run")


def test_a_search_that_did_not_end_found_nothing():
    for complaint in ("error: max search depth too small", "pan: reached -DMEMLIM bound\n"
                      "Warning: Search not completed"):
        result = test_model.Search(f"{complaint}\n 7 states, stored\nerrors: 0", "")
        assert result.states is None and result.violation is None


def test_what_has_changed_is_searched_anew(tmp_path):
    assert search(SOUND, tmp_path / "run").states
    assert search(SOUND.replace("x == 1", "x == 2"), tmp_path / "run").violation
    assert search(SOUND, tmp_path / "run").states
    (tmp_path / "run" / "pan").unlink()
    assert search(SOUND, tmp_path / "run").states


def test_a_mutant_changes_one_place():
    assert test_model.mutate("a b", {"old": "a", "new": "c"}) == "c b"
    assert test_model.mutate("a b", {"old": ["a", "b"], "new": ["c", "d"]}) == "c d"
    for old in ("x", "a"):
        with pytest.raises(Failure, match="times in the model"):
            test_model.mutate("a a", {"old": old, "new": "c"})


def judged(tmp_path, monkeypatch, text, plan):
    monkeypatch.setattr(test_model, "MODELS", tmp_path)
    monkeypatch.setattr(test_model, "BUILD", tmp_path)
    (tmp_path / "small.pml").write_text(text)
    (tmp_path / "small.toml").write_text(plan)
    report = Report(False)
    test_model.run(report, None)
    return report


RUN = "[[run]]\nsays = 'x is 1'\n"
MUTANT = "[[mutant]]\nsays = 'x is 2'\nrun = 0\nold = 'x = 1'\nnew = '%s'\n"


def test_a_mutant_that_is_found_passes(tmp_path, monkeypatch):
    report = judged(tmp_path, monkeypatch, SOUND, RUN + MUTANT % "x = 2")
    assert report.passed == 3 and not report.failed


@pytest.mark.parametrize("new", ["x = 1; x = 1", "x = "])
def test_a_mutant_that_survives_or_is_no_model_fails(tmp_path, monkeypatch, new):
    report = judged(tmp_path, monkeypatch, SOUND, RUN + MUTANT % new)
    assert len(report.failed) == 1 and "x is 2" in report.failed[0]


def test_a_part_stands_where_it_is_included(tmp_path, monkeypatch):
    declared, rest = SOUND.split(" active")
    (tmp_path / "small_part.pml").write_text(declared + "\n")
    report = judged(tmp_path, monkeypatch, f'#include "small_part.pml"\nactive{rest}',
                    RUN + MUTANT % "x = 2")
    whole = (tmp_path / "model" / "small" / "run-0" / "model.pml").read_text()
    assert whole == f"{declared}\nactive{rest}"
    assert report.passed == 3 and not report.failed


def test_a_statement_that_no_run_reaches_fails(tmp_path, monkeypatch):
    text = SOUND.replace("assert", "if :: x == 2 -> x = 3 :: else fi; assert")
    report = judged(tmp_path, monkeypatch, text, RUN + MUTANT % "x = 2")
    assert len(report.failed) == 1 and "each statement is reached" in report.failed[0]
