"""The runner of tests/mutants: what it believes, what it refuses."""

import pytest

from cormlib import mutant_layers, mutant_results, mutants, source_tree
from cormlib.failure import Failure
from cormlib.mutant_layers import DIES, compiler_kills, layer_named
from cormlib.mutant_results import counts, settled
from cormlib.mutant_tree import DoesNotBuild, Tree
from cormlib.test_mutants import rotation

PATCH = """A number is wrong.

--- a/kernel/x.c
+++ b/kernel/x.c
@@ -11,3 +11,3 @@
 one
-two
+three
 four
"""

SENTENCE = "kernel: yield answers OK, alone and after others ran"  # one that there is


@pytest.fixture
def mutant(tmp_path):
    path = tmp_path / "patches" / "number.patch"
    path.parent.mkdir()
    path.write_text(PATCH)
    return mutants.Mutant(path)


def _tree(tmp_path, text):
    tree = Tree.__new__(Tree)  # a copy of nothing
    tree.root = tmp_path / "tree"
    (tree.root / "kernel").mkdir(parents=True)
    (tree.root / "kernel/x.c").write_text(text)
    return tree


def _result(of, **other):
    values = {"mutant": "number", "layer": "unit", "seconds": "1.0", "patch": of.digest(),
              "code": "here", "test": SENTENCE}
    return mutants.Result(**{**values, **other})


def test_a_mutant_says_what_it_is(mutant):
    assert (mutant.name, mutant.sentence()) == ("number", "A number is wrong.")
    assert mutant.files() == ["kernel/x.c"]


def test_a_mutant_survives_moved_code_and_is_taken_back(mutant, tmp_path):
    text = "new\nlines\nin\nfront\none\ntwo\nfour\n"
    tree = _tree(tmp_path, text)
    before = tree.mutate(mutant)
    assert (tree.root / "kernel/x.c").read_text() == text.replace("two", "three")
    tree.revert(before)
    assert (tree.root / "kernel/x.c").read_text() == text


def test_a_patch_that_no_longer_applies_says_how_to_refresh_it(mutant, tmp_path):
    tree = _tree(tmp_path, "one\ntwo and more\nfour\n")
    with pytest.raises(Failure, match=r"tools/mutant\.py number"):
        tree.mutate(mutant)


def test_results_are_read_as_they_were_written(mutant, tmp_path):
    path = tmp_path / "results.tsv"
    results = {"number": _result(mutant),
               "another": _result(mutant, mutant="another", test="other: it holds too")}
    mutants.write_results(results, path)
    assert mutants.read_results(path) == results


def test_results_must_cover_every_mutant_as_it_is(mutant, tmp_path):
    def complaint(**other):
        path = tmp_path / "results.tsv"
        mutants.write_results({"number": _result(mutant, **other)}, path)
        return mutant_results.complain_about_results(mutant.path.parent, path)

    assert complaint() == ""
    assert complaint(code="of an older kernel") == ""
    assert complaint(layer="build", test="a static assertion") == ""
    assert complaint(test=f"kernel{DIES}exit status 1") == ""
    assert "not judged" in complaint(patch="older")
    assert "no test kills it" in complaint(layer=mutants.SURVIVED)
    assert "is no more" in complaint(test="kernel: a list of this sentence is in no file")
    assert "is no more" in complaint(layer="a layer that there was")
    assert complaint(patch="older").endswith("next: ./corm test mutants -k number")
    elsewhere = tmp_path / "empty"
    elsewhere.mkdir()
    assert "no such patch" in mutant_results.complain_about_results(elsewhere,
                                                                    tmp_path / "results.tsv")


def test_the_page_must_say_what_the_results_say(mutant, tmp_path, monkeypatch):
    monkeypatch.setattr(mutants, "SUMMARY", tmp_path / "mutants.md")
    mutants.SUMMARY.write_text(mutant_results.summary_page(mutants.read_results()))
    assert mutant_results.complain_about_summary() == ""
    mutants.SUMMARY.write_text(mutants.SUMMARY.read_text() + "All is well.\n")
    assert "something else" in mutant_results.complain_about_summary()


def test_a_digest_is_of_the_mistake_not_of_its_surroundings(mutant, tmp_path):
    def digest_of(text):
        path = tmp_path / "other.patch"
        path.write_text(text)
        return mutants.Mutant(path).digest()

    assert digest_of(PATCH.replace("11,3 +11,3", "12,3 +12,3").replace(" one", " uno")
                     ) == mutant.digest()
    assert digest_of(PATCH.replace("+three", "+five")) != mutant.digest()


def _of_guest(tmp_path):
    """A mutant of a file that there is, and the result that a unit test kills it."""
    path = tmp_path / "guest.patch"
    path.write_text(PATCH.replace("kernel/x.c", "kernel/guest.c"))
    return mutants.Mutant(path)


def test_a_kill_counts_for_its_mistake_and_is_settled_for_its_code_too(tmp_path):
    guest = _of_guest(tmp_path)
    code = layer_named("unit").code_digest(guest, SENTENCE)
    assert settled(guest, _result(guest, code=code))
    for doubtful in ({"layer": mutants.SURVIVED}, {"patch": "older"}, {"test": "kernel: no such"}):
        result = _result(guest, **{"code": code, **doubtful})
        assert not counts(guest, result) and not settled(guest, result)
    assert counts(guest, _result(guest, code="other"))
    assert not settled(guest, _result(guest, code="other"))
    assert not settled(guest, None)


@pytest.mark.parametrize("layer, test, names", [
    ("unit", "kernel: a call brings label, words and badge to the server, and the answer back "
             "(fast path)", ["test_ipc.c"]),
    ("target", "kernel contract, traced: mapping: mapping replaces what was there", ["mapping.c"]),
    ("target", "kernel contract: fault: a fault is a message: address, access, pc, sp, and nothing "
               "else", ["fault.c"]),
    ("target", "debug kernel: the kernel cannot read user memory", ["panics.py"]),
    ("unit", "kernel: there is no such test", []),
])
def test_a_result_holds_for_the_file_of_the_test_that_kills(layer, test, names):
    assert [path.name for path in layer_named(layer).test_files(test)] == names


def test_what_fails_without_a_sentence_is_a_program_that_died():
    unit = layer_named("unit")
    assert unit.name_of(SENTENCE) == SENTENCE
    assert unit.name_of("kernel: exit status 1") == f"kernel{DIES}exit status 1"


def _program(tmp_path, text):
    path = tmp_path / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return {"name": "kernel", "cmd": [str(path)], "env": {}}


def test_a_hint_kills_only_if_there_is_such_a_test_and_it_fails(tmp_path):
    failing = _program(tmp_path, "echo 1..1; echo 'not ok 1 - it holds'; exit 1")
    assert mutant_layers.hinted_failure(failing, tmp_path, "kernel: it holds") == "kernel: it holds"
    nothing_to_run = _program(tmp_path, "echo 1..0; exit 1")
    assert mutant_layers.hinted_failure(nothing_to_run, tmp_path, "kernel: it held") is None
    assert mutant_layers.host_failure(nothing_to_run, tmp_path, ()).startswith(f"kernel{DIES}")


def test_the_sources_are_found_without_git(tmp_path):
    for name in ("kernel/a.c", "kernel/__pycache__/a.pyc", "build/b.c", ".git/HEAD", "b.pyc", "c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    names = [str(path.relative_to(tmp_path)) for path in source_tree.files(tmp_path)]
    assert names == ["c", "kernel/a.c"]


def test_mutants_are_chosen_by_word_glob_and_layer(mutant):
    results = {"number": _result(mutant)}
    for pattern in (None, "umb", "n*r", "unit"):
        assert mutants.chosen([mutant], results, pattern) == [mutant]
    for pattern in ("x*", "search", "umc"):
        assert mutants.chosen([mutant], results, pattern) == []


def test_only_a_static_assertion_is_a_kill_by_the_compiler():
    said = 'x.c:1:1: error: static assertion failed: "too large"'
    assert "too large" in compiler_kills(DoesNotBuild(said))
    with pytest.raises(Failure, match="does not build"):
        compiler_kills(DoesNotBuild("x.c:1:1: error: expected expression"))


def test_the_summary_counts_survivors(mutant):
    results = {"number": _result(mutant),
               "another": _result(mutant, mutant="another", layer=mutants.SURVIVED)}
    page = mutants.summary(results, ["unit", "search"], 5)
    assert "1 of 5 mutants are killed**; 1 survive, 3 are not judged" in page
    assert "| unit | 1 | 1 s | 1 s |" in page and "| search | 0 |" in page


def test_the_summary_is_of_the_mutants_as_they_are(mutant):
    def page(**other):
        return mutant_results.summary_page({"number": _result(mutant, **other)}, mutant.path.parent)

    assert "1 of 1 mutants are killed**; 0 survive, 0 are not judged" in page()
    assert "0 of 1 mutants are killed**; 1 survive, 0 are not judged" in page(
        layer=mutants.SURVIVED)
    assert "0 of 1 mutants are killed**; 0 survive, 1 are not judged" in page(patch="older")


def test_the_rotation_reaches_everyone():
    names = list("abcdefg")
    assert rotation(names, 5, 3) == ["f", "g", "a"]
    assert {name for number in range(7) for name in rotation(names, number, 3)} == set(names)
    assert rotation([], 5, 3) == []
