"""docs/contract.md: sentences are read out of the sources as the tests report them."""

import subprocess

import pytest

import contract
from cormlib import panics, sentences, tap, test_target
from cormlib.failure import Failure
from cormlib.paths import HOST
from cormlib.sentences import Sentence

SUITE = """
static void one(void) {}
TEST_SUITE(box, {"a box is \\"closed\\"", one},
           {"a box that is opened "
            "stays open",
            two});
"""

UNIT = """
#define TEST_BOTH(sentence) TEST(sentence " (fast path)")
TEST("a box is closed") {}
TEST_BOTH("a box opens") {}
TEST("a lid "
     "closes (fast path)") {}
TEST("a lid "
     "closes (slow path)") {}
"""


def test_a_suite_is_read_as_it_reports():
    assert sentences.suites_in(SUITE) == {
        "box": [Sentence('a box is "closed"'), Sentence("a box that is opened stays open")]}


def test_a_case_that_is_not_understood_is_a_failure():
    with pytest.raises(Failure, match="box"):
        sentences.suites_in(SUITE.replace("one}", "one, 1}"))


def test_unit_tests_of_both_paths_are_one_sentence():
    assert sentences.unit_tests_in(UNIT) == [
        Sentence("a box is closed"), Sentence("a box opens", True), Sentence("a lid closes", True)]


def test_what_is_read_is_what_the_unit_tests_are():
    program = HOST / "tests/unit/kernel/unit-kernel"
    listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
    read = [name for module in sentences.unit().values() for s in module for name in s.names()]
    assert sorted(read) == sorted(listed.stdout.splitlines())


def test_a_sentence_without_a_result_is_missed():
    suites = sentences.target(sentences.CONTRACT)
    names = [f"{subject}: {s.text}" for subject, suite in suites.items() for s in suite]
    assert test_target.missing_sentences(suites, tap.Results(passed=names)) == []
    assert test_target.missing_sentences(suites, tap.Results(passed=names[1:])) == [
        f"no result: {names[0]}"]
    skipped = tap.Results(passed=names[2:], failed=names[:1], skipped=[f"{names[1]} (no UMIP)"])
    assert test_target.missing_sentences(suites, skipped) == []


def test_a_stale_page_is_noticed(monkeypatch, tmp_path):
    page = tmp_path / "contract.md"
    monkeypatch.setattr(contract, "PAGE", page)
    monkeypatch.setattr(contract, "ROOT", tmp_path)
    monkeypatch.setattr(contract.test_target, "last_notes", lambda: ["a figure"])

    def run(action):
        monkeypatch.setattr("sys.argv", ["contract.py", action])
        return contract.main()

    assert run("--check") == 1
    assert run("--update") == 0 and run("--check") == 0
    text = page.read_text()
    page.write_text(text.replace("a figure", "another figure"))
    assert run("--check") == 0
    page.write_text(text.replace("- an empty slot answers", "- an empty slot says"))
    assert run("--check") == 1


def test_a_suite_without_a_section_is_refused():
    with pytest.raises(Failure, match="lid"):
        contract.render(sentences.target(sentences.CONTRACT) | {"lid": []}, sentences.unit())


def test_a_sentence_of_both_layers_stands_once():
    lines = contract.gather([[Sentence("a box is closed")]],
                            [[Sentence("a box is closed"), Sentence("a box opens", True)]])
    assert lines == "- a box is closed (target, host)\n- a box opens (host, both paths)\n"


def test_a_panic_stands_in_its_section():
    panic = panics.Panic("a box that falls is the end", 1, {})
    assert contract.gather([], [], [panic]) == "- a box that falls is the end (panic)\n"


@pytest.mark.parametrize("log, right", [
    ("corm: panic: box fell: 12\r\n", True), ("corm: panic: box fell: 12 ", False),
    ("box fell: 12\n", False), ("corm: panic: box fell: up\n", False), ("", False)])
def test_a_panic_is_known_by_its_last_words(log, right):
    panic = panics.Panic("a box that falls is the end", 1, {"z80": "box fell: [0-9]+"})
    assert (panic.wrong(log, "z80") is None) == right
