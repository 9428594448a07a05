"""The runner of tests/mutants: what it believes, what it refuses."""

import pytest

from cormlib import mutants
from cormlib.failure import Failure
from cormlib.mutant_layers import compiler_kills, layer_named
from cormlib.mutant_tree import DoesNotBuild, Tree
from cormlib.test_mutants import rotation, settled

PATCH = """A number is wrong.

--- a/kernel/x.c
+++ b/kernel/x.c
@@ -11,3 +11,3 @@
 one
-two
+three
 four
"""


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
              "code": "here", "test": "kernel: it holds"}
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
        return mutants.complain_about_results(mutant.path.parent, path)

    assert complaint() == ""
    assert "not judged" in complaint(patch="older")
    assert "no test kills it" in complaint(layer=mutants.SURVIVED)
    elsewhere = tmp_path / "empty"
    elsewhere.mkdir()
    assert "no such patch" in mutants.complain_about_results(elsewhere, tmp_path / "results.tsv")


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


def test_only_a_kill_of_this_mistake_in_this_code_is_settled(tmp_path):
    guest = _of_guest(tmp_path)
    test = "kernel: a list of this sentence is in no file"
    code = layer_named("unit").code_digest(guest, test)
    assert settled(guest, _result(guest, code=code, test=test))
    assert not settled(guest, _result(guest, code="other", test=test))
    assert not settled(guest, _result(guest, code=code, test=test, layer=mutants.SURVIVED))
    assert not settled(guest, _result(guest, code=code, test=test, patch="older"))
    assert not settled(guest, None)


def test_a_result_holds_for_the_file_of_the_test_that_kills():
    unit = layer_named("unit")
    names = [path.name for path in unit.test_files(
        "kernel: a call brings label, words and badge to the server, and the answer back "
        "(fast path)")]
    assert names == ["test_ipc.c"]
    assert len(unit.test_files("kernel: there is no such test")) > 1


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


def test_the_rotation_reaches_everyone():
    names = list("abcdefg")
    assert rotation(names, 5, 3) == ["f", "g", "a"]
    assert {name for number in range(7) for name in rotation(names, number, 3)} == set(names)
    assert rotation([], 5, 3) == []
