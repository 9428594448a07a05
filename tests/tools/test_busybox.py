"""What `./corm test busybox` makes of the lines of the suite."""

import threading

import pytest

from cormlib import busybox_results, busybox_run, busybox_suite
from cormlib.busybox_results import Row


def lines_of(text):
    return iter([*text.splitlines()])


def collected(text):
    kept = {}
    seen = busybox_run.collect(lines_of(text), lambda *told: kept.update({told[0]: told[1:]}),
                               threading.Event())
    return seen, kept


def test_a_name_that_comes_again_is_another_test():
    told = busybox_suite.parse(["PASS: a", "noise", "FAIL: b", "FAIL: a", "SKIPPED: c (why)"])
    assert told == {"a": "PASS", "b": "FAIL", "a #2": "FAIL", "c (why)": "SKIPPED"}


def test_lines_between_begin_and_end_are_the_scripts():
    seen, kept = collected("boot\n@begin sed\nPASS: a\n@end sed 1\nnoise\n@begin tr\n@end tr 0\n")
    assert seen == ["sed", "tr"]
    assert kept == {"sed": (["PASS: a"], "1"), "tr": ([], "0")}


def test_a_machine_that_dies_leaves_what_its_script_had_said():
    seen, kept = collected("@begin sed\nPASS: a\n@end sed 0\n@begin tr\nPASS: b\n")
    assert seen == ["sed", "tr"]
    assert kept["tr"] == (["PASS: b"], busybox_run.DIED)


def test_after_a_machine_died_another_goes_on_with_the_next_script():
    started, kept = [], {}

    class Start:
        def __init__(self, scripts):
            started.append(scripts)
            self.text = (f"@begin {scripts[0]}\n" if len(started) == 1 else
                         "".join(f"@begin {name}\n@end {name} 0\n" for name in scripts))

        def __enter__(self):
            return lines_of(self.text)

        def __exit__(self, *_):
            pass

    busybox_run.run(Start, ["a", "b", "c"], lambda *told: kept.update({told[0]: told[2]}),
                    threading.Event())
    assert started == [["a", "b", "c"], ["b", "c"]]
    assert kept == {"a": busybox_run.DIED, "b": "0", "c": "0"}


def test_rows_have_both_sides_and_say_which_script_did_not_end():
    linux, corm = (["PASS: a", "PASS: b"], "0"), (["PASS: a"], "137")
    assert busybox_results.rows_of("sed", linux, corm) == [
        Row("sed", "a", "PASS", "PASS"), Row("sed", "b", "PASS", "-"),
        Row("sed", "(end)", "ended", "time limit")]
    assert len(busybox_results.rows_of("sed", linux, linux)) == 2
    nothing, = busybox_results.rows_of("sed", ([], "0"), ([], "0"))
    assert nothing.linux == busybox_results.NO_TESTS and not nothing.differs


def test_results_are_read_as_they_were_written(tmp_path):
    identity, rows = {"busybox": "1:2"}, [Row("sed", "# odd: name", "PASS", "-")]
    busybox_results.write(identity, rows, tmp_path / "results.tsv")
    assert busybox_results.read(tmp_path / "results.tsv") == (identity, rows)


def test_each_difference_needs_a_cause_and_each_cause_a_difference():
    rows = [Row("sed", "a", "PASS", "FAIL"), Row("sed", "b", "PASS", "PASS")]
    complain = busybox_results.complain_about_causes
    assert "no cause is named" in complain(rows, [])[0]
    assert complain(rows, [{"script": "sed", "tests": ["a"], "cause": "why"}]) == []
    assert "both say the same" in complain(rows, [
        {"script": "sed", "tests": ["a", "b"], "cause": "why"}])[0]


def test_what_passes_by_chance_is_no_difference():
    rows = [Row("sed", "a", "PASS", "FAIL"), Row("sed", "b", "PASS", "PASS")]
    race = [{"script": "sed", "tests": ["a", "b"], "cause": "a race", "race": True}]
    assert busybox_results.complain_about_causes(rows, race) == []
    text = busybox_results.page({}, rows, race)
    assert "Differences: 0" in text and "- sed: a (Linux PASS, Corm FAIL): a race" in text


def test_who_asks_to_stop_is_heard_at_the_next_line():
    stop = threading.Event()
    stop.set()
    with pytest.raises(busybox_run.Stopped):
        busybox_run.collect(lines_of("@begin sed\n"), None, stop)


def test_the_page_has_counts_differences_and_what_is_missing():
    rows = [Row("sed", "a|b", "PASS", "FAIL"), Row("sed", "c", "FAIL", "FAIL")]
    text = busybox_results.page({}, rows, [{"script": "sed", "tests": ["a|b"],
                                               "cause": "why.", "missing": "splice"}])
    assert "| sed | a\\|b | PASS | FAIL | why. Missing: `splice`. |" in text
    assert "| **all** | 2 | 1 | 1 | 0 | 0 | 2 | 0 |" in text
    assert "- sed: c" in text
