"""`corm paths`: which instructions are measured, and which step each belongs to."""

from array import array
from dataclasses import dataclass

import pytest

from cormlib import steps, steps_table, steps_trace, steps_windows
from cormlib.failure import Failure
from cormlib.steps_places import Place
from cormlib.steps_table import KERNEL, USER
from cormlib.steps_windows import ITERATIONS, Measured, Way, Windows

TABLE = """
[figure]
[[kernel]]
step = "lock"
why = "shared"
at = ["take"]
[[kernel]]
step = "calls"
why = "C"
at = ["* | | push"]
[[kernel]]
step = "work"
why = "asked for"
at = ["perform", "perform | unlikely", "kernel/odd/"]
[[kernel]]
step = "mark"
why = "a line"
at = ["perform | status = ", "entry | MACRO | xor"]
[[kernel]]
step = "way in"
why = "entry"
at = ["entry"]
[[user]]
step = "loop"
why = "measures"
at = ["apps/bench/"]
measures = true
[[guest]]
step = "guest"
why = "guest"
at = ["guest"]
"""


@dataclass(frozen=True)
class Line:
    """A frame whose source line is given here."""

    function: str
    content: str = ""
    file: str = "kernel/some.c"
    line: int = 1

    def text(self):
        return self.content


def place(*frames, name="mov"):
    return Place(frames, name)


def step_of(table, *frames, name="mov", level=KERNEL):
    found = table.of(level, place(*frames, name=name))
    return found and found[0].name


def test_an_instruction_belongs_to_what_was_inlined_furthest_in_and_has_a_key():
    table = steps_table.Steps(TABLE)
    assert step_of(table, Line("take"), Line("perform")) == "lock"
    assert step_of(table, Line("helper"), Line("take"), Line("perform")) == "lock"
    assert step_of(table, Line("helper"), Line("perform", "status = helper();")) == "mark"
    assert step_of(table, Line("helper"), Line("stranger")) is None


def test_the_most_exact_key_of_a_place_has_the_instruction():
    table = steps_table.Steps(TABLE)
    assert step_of(table, Line("perform")) == "work"
    assert step_of(table, Line("perform"), name="push") == "calls"
    assert step_of(table, Line("perform", "status = OK;"), name="push") == "mark"
    entry = Line("entry", "MACRO %rax", "kernel/entry.S")
    assert step_of(table, entry) == "way in"
    assert step_of(table, entry, name="xor") == "mark"
    assert step_of(table, entry, name="push") == "way in"  # * is any function of C
    assert step_of(table, Line("other", file="kernel/odd/part.c")) == "work"


def test_an_instruction_of_two_steps_is_refused():
    table = steps_table.Steps(TABLE)
    with pytest.raises(Failure, match="two steps"):
        step_of(table, Line("perform", "unlikely status = 1;"))


def test_a_key_that_no_instruction_has_is_named():
    table = steps_table.Steps(TABLE)
    step_of(table, Line("take"))
    step_of(table, Line("perform"))
    assert any('"perform | unlikely"' in line for line in table.unused())
    assert not any('"take"' in line for line in table.unused())


def phases(places, off=0):
    ran = [(KERNEL, index) if item.frames[0].file.startswith("kernel") else (USER, index)
           for index, item in enumerate(places)]
    return steps_table.phases(ran, off, lambda address: address[0], dict(zip(ran, places)),
                              steps_table.Steps(TABLE))


LOOP = place(Line("main", file="apps/bench/main.c"))
LOCK, WORK = place(Line("take")), place(Line("perform"))


def test_each_stay_at_a_level_has_its_own_steps():
    found = phases([LOOP, LOOP, LOCK, WORK, WORK, LOCK, LOOP, LOCK])
    assert [(phase.level, phase.count()) for phase in found] == [
        (USER, 2), (KERNEL, 4), (USER, 1), (KERNEL, 1)]
    assert {step.name: sum(places.values()) for step, places in found[1].steps.items()} == {
        "lock": 2, "work": 2}


def test_what_only_measures_is_taken_off_the_benchmark_alone():
    found = phases([LOOP, LOOP, LOCK, WORK, LOOP], off=2)
    assert [(phase.level, phase.count()) for phase in found] == [(KERNEL, 2), (USER, 1)]
    with pytest.raises(Failure, match="only measure"):
        phases([LOOP, LOCK, WORK], off=2)


def test_an_instruction_without_a_step_is_refused():
    with pytest.raises(Failure, match="stranger"):
        phases([LOCK, place(Line("stranger"))])


# A benchmark of its own: counters are read at 10 and 20, `report` is at 30, an exception enters
# the kernel at 50.
def windows(ran, figures):
    made = object.__new__(Windows)
    made.ran = array("Q", ran)
    made.figures = figures
    made.counters = {10: {"measure"}, 20: {"measure", "inlined"}}
    made.exceptions = {50}
    made.read = [index for index, address in enumerate(ran) if address in made.counters]
    made._divide([index for index, address in enumerate(ran) if address == 30])
    return made


def test_what_is_measured_lies_between_two_readings_and_is_the_figure():
    made = windows([10, 1, 2, 3, 20, 9, 9, 10, 1, 2, 20, 30], {"short": 2})
    assert made.measured("short", Way("measure", "inlined", False), 1) == Measured((10, 1, 2), 1, 1)
    with pytest.raises(Failure, match="says 2 for short"):
        made.measured("short", Way("measure", "inlined", False), 0)
    with pytest.raises(Failure, match="nothing"):
        made.measured("short", Way("other", "inlined", False), 1)


def test_of_a_loop_one_iteration_is_measured():
    body = [5, 6, 7]
    made = windows([10, 1, *body * ITERATIONS, 20, 30], {"loop": 1})
    assert made.measured("loop", Way("measure", "measure", True), 2) == \
        Measured((5, 6, 7), 2, ITERATIONS - 1)


def test_an_instruction_that_faults_does_not_count():
    made = windows([10, 1, 50, 51, 20, 30], {"fault": 3})
    assert made.measured("fault", Way("measure", "measure", False), 0).ran == (10, 50, 51)


def test_figures_and_reports_must_be_as_many():
    with pytest.raises(Failure, match="1 figures were reported"):
        windows([10, 20, 30], {"one": 1, "two": 2})


def logged(*chunks):
    reader = steps_trace._Reader(None)
    for chunk in chunks:
        reader._take(chunk)
    return list(reader.ran)


def line(address):
    return b"Trace 0: 0x7f7cc84f1e80 [0000000000000000/%016x/18c0cab3/ff020201] \n" % address


def test_the_log_is_read_and_what_was_undone_is_not_counted():
    stopped = b"Stopped execution of TB chain before 0x7f7cc8841c80 [%016x] \n"
    again = b"cpu_io_recompile: rewound execution of TB to %016x\n"
    assert logged(line(0x10) + line(0xffffffff80000000)) == [0x10, 0xffffffff80000000]
    assert logged(line(1) + line(2) + stopped % 2 + line(2), line(3)) == [1, 2, 3]
    assert logged(line(1) + line(2), again % 2 + line(2)) == [1, 2]
    assert logged(line(1) + stopped % 7) == [1]


def test_a_page_that_is_missing_or_differs_is_shown(tmp_path, monkeypatch):
    path = steps.Path("ipc", 3, 5, phases([LOOP, LOCK, WORK]), 1, "What it is.", ["Nothing."])
    monkeypatch.setattr(steps, "PAGES", tmp_path / "paths")
    assert "docs/paths/ipc.md" in steps.complain([path])
    steps._write([path])
    assert steps.complain([path]) == ""
    (tmp_path / "paths" / "ipc.md").write_text("other\n")
    assert "+| lock | 1 |" in steps.complain([path])
    (tmp_path / "paths" / "gone.md").write_text("of a figure that is no more\n")
    steps._write([path])
    assert not (tmp_path / "paths" / "gone.md").exists()
