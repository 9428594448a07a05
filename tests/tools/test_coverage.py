"""`corm coverage`: its reasons, and whether its page still speaks of what is there."""

import pytest

from cormlib import coverage
from cormlib.coverage import Reasons, Source

GAPS = """
[[statement]]
reason = "never"
at = ["kernel/a.c: gone();", "kernel/b.c: *"]
[[branch]]
reason = "one way"
at = ["kernel/a.c: if (x)"]
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    (tmp_path / "kernel").mkdir()
    (tmp_path / "gaps.toml").write_text(GAPS)
    (tmp_path / "kernel" / "a.c").write_text("\tif (x)\n\t\tgone();\n")
    (tmp_path / "kernel" / "b.c").write_text("rest();\n")
    monkeypatch.setattr(coverage, "ROOT", tmp_path)
    monkeypatch.setattr(coverage, "GAPS", tmp_path / "gaps.toml")
    monkeypatch.setattr(coverage, "PAGE", tmp_path / "page.md")
    return tmp_path


def sources():
    a, b = Source(), Source()
    a.lines.update({1: True, 2: False})
    a.branches[1].update({0: True, 1: False})
    b.lines[1] = False
    return {"kernel/a.c": a, "kernel/b.c": b}


def write_page(tree, found):
    statements, branches = Reasons("statement"), Reasons("branch")
    coverage._gaps(found, statements, branches)
    lines = [*coverage._table("core", found), *statements.page(), *branches.page()]
    (tree / "page.md").write_text("\n".join(lines) + "\n")
    return statements.complaints() + branches.complaints()


def compiled(tree):
    return sorted((tree / "kernel").glob("*.c"))


def test_what_has_a_reason_is_listed_under_it(tree):
    assert write_page(tree, sources()) == []
    page = (tree / "page.md").read_text()
    assert "- never:\n  - `kernel/a.c`: `gone();`\n  - `kernel/b.c`: `rest();`\n" in page
    assert "- one way:\n  - `kernel/a.c`: `if (x)` (1 of 2 ways)\n" in page
    assert coverage.complain(compiled(tree)) == ""


def test_what_has_no_reason_and_a_reason_for_what_runs_are_complaints(tree):
    found = sources()
    found["kernel/a.c"].lines[2] = True
    found["kernel/b.c"].branches[1].update({0: True, 1: False})
    found["kernel/b.c"].lines[1] = True
    complaints = write_page(tree, found)
    assert any("branch without a reason: kernel/b.c:1: rest();" in line for line in complaints)
    assert "statement that is run all the same: kernel/a.c: gone();" in complaints
    assert "statement that is run all the same: kernel/b.c: *" in complaints


def test_a_page_that_names_what_is_gone_is_stale(tree):
    write_page(tree, sources())
    (tree / "kernel" / "a.c").write_text("\tif (x)\n\t\tother();\n")
    stale = coverage.complain(compiled(tree))
    assert "page.md names a line that is not there: kernel/a.c: gone();" in stale
    assert "gaps.toml names what is not there: kernel/a.c: gone();" in stale


def test_a_page_that_counts_other_files_is_stale(tree):
    write_page(tree, sources())
    (tree / "kernel" / "new.c").write_text("")
    (tree / "kernel" / "b.c").unlink()
    stale = coverage.complain(compiled(tree))
    assert "does not count kernel/new.c" in stale
    assert "counts kernel/b.c, which is not there" in stale
