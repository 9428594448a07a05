"""The proofs: what the prover reads in place of the core's text, and what it is told."""

import pytest

from cormlib import eva, test_prove
from cormlib.failure import Failure
from cormlib.paths import ROOT

TEXT = """\
static int first(struct thread *thread)
{
    return thread->sched->cpu;
}

static ALWAYS_INLINE struct slot *second(struct thread *thread,
                                         int other)
{
    return thread->sched->slot + other;
}
"""


def test_an_edit_changes_only_the_functions_that_it_names():
    edit = eva.Edit("kernel/x.c", ["second"], "thread->sched", "any(thread)")
    text = eva.edited(TEXT, edit)
    assert "thread->sched->cpu" in text and "any(thread)->slot" in text


def test_text_goes_to_the_begin_of_a_function():
    text = eva.edited(TEXT, eva.Edit("kernel/x.c", ["second"], "", "int kind;"))
    assert "int other)\n{ int kind;\n" in text and text.count("int kind;") == 1


def test_a_place_that_moved_is_named():
    with pytest.raises(Failure, match="kernel/x.c first has no `thread->home`"):
        eva.edited(TEXT, eva.Edit("kernel/x.c", ["first"], "thread->home", "any()"))
    with pytest.raises(Failure, match="third"):
        eva.edited(TEXT, eva.Edit("kernel/x.c", ["third"], "thread", "any()"))


def test_of_a_mutant_a_place_may_be_missing():
    edit = eva.Edit("kernel/x.c", ["first", "third"], "thread->home", "any()")
    assert eva.edited(TEXT, edit, lenient=True) == TEXT


def test_casts_are_any_object_and_what_does_not_return_returns():
    text = "struct thread *t = (struct thread *)slot->object;\nunlock_slow();\n"
    assert eva.prepared("kernel/fast.c", text, []) == \
        "struct thread *t = eva_thread(slot->object);\n{ unlock_slow(); return; }\n"


def test_every_place_of_the_assumptions_is_there(tmp_path):
    edits = [edit for one in test_prove._assumptions() for edit in one.edits]
    files = eva.prepare(ROOT, tmp_path / "source", edits)
    assert all(path.exists() for path in files)


def test_an_assumption_without_a_check_is_refused(monkeypatch):
    monkeypatch.setattr(test_prove, "_assumptions",
                        lambda: eva.read_assumptions("assume luck\n  All goes well.\n"))
    assert test_prove._unchecked() == ["luck: checked by nothing"]


def test_the_log_of_the_prover_is_understood(tmp_path):
    log = tmp_path / "log"
    log.write_text("[eva:alarm] build/eva/core/source/kernel/cap.c:29: Warning: \n"
                   "  out of bounds read.\n  assert x;\n[eva] done\n"
                   "  In these functions, 7 statements reached (out of 8): 99% coverage.\n"
                   "  Unreached functions (2) =\n"
                   "    <build/eva/core/source/kernel/panic.c>: end; kernel_panic; \n"
                   "    <tests/eva/arch.c>: arch_reset; \n[metrics] References\n")
    answer = eva._read_answer(log)
    assert answer.alarms == [["kernel/cap.c:29", "out of bounds read. assert x;"]]
    assert answer.unreached == ["end", "kernel_panic"] and answer.statements == [7, 8]


def test_a_prover_that_gave_up_is_a_failure(tmp_path):
    log = tmp_path / "log"
    log.write_text("[kernel] Frama-C aborted: invalid user input.\n")
    with pytest.raises(Failure, match="did not come to its end"):
        eva._read_answer(log)
