"""What busybox's suite said in the Linux world and on Linux: the table kept, and its page."""

import tomllib
from collections import Counter
from dataclasses import dataclass

from . import busybox_run
from .busybox_suite import parse
from .failure import Failure
from .paths import ROOT, TESTS, shown

FOLDER = TESTS / "busybox"
RESULTS = FOLDER / "results.tsv"
CAUSES = FOLDER / "causes.toml"
PAGE = ROOT / "docs" / "busybox.md"
COLUMNS = ["script", "test", "linux", "corm"]
SIDES = COLUMNS[2:]
ABSENT = "-"
THE_END = "(end)"  # the test of a script that did not come to its end
NO_TESTS = "no tests"  # of such a script, which wants what this binary does not have
LAST_ORDINARY = 127  # exit statuses above are signals, and of those only ours are sent
WORDS = ("PASS", "FAIL", "SKIPPED")
IDENTITY = "# "


@dataclass(frozen=True)
class Row:
    script: str
    test: str
    linux: str
    corm: str

    @property
    def differs(self):
        return self.linux != self.corm


def _end(status):
    """What is said of a script that ended with that status."""
    if status in (busybox_run.HUNG, busybox_run.DIED):
        return f"machine {status}"
    return "ended" if int(status) <= LAST_ORDINARY else "time limit"


def rows_of(script, linux, corm):
    """Rows of one script; each side is (lines, how it ended)."""
    told = [parse(lines) for lines, _ in (linux, corm)]
    ends = [_end(status) for _, status in (linux, corm)]
    names = list(dict.fromkeys([*told[0], *told[1]]))
    rows = [Row(script, name, *(side.get(name, ABSENT) for side in told)) for name in names]
    if set(ends) != {"ended"}:
        return [*rows, Row(script, THE_END, *ends)]
    return rows or [Row(script, THE_END, NO_TESTS, NO_TESTS)]


def not_run(script):
    """The rows of a script that nobody has run yet."""
    return [Row(script, THE_END, "not run", "not run")]


def read(path=RESULTS):
    """(identity, rows) of the last result: what was measured, {name: text}, and every test."""
    if not path.exists():
        raise Failure(f"{shown(path)} is missing", "./corm test busybox")
    lines = path.read_text().splitlines()
    identity = {}
    while lines and lines[0].startswith(IDENTITY):
        name, _, text = lines.pop(0).removeprefix(IDENTITY).partition(": ")
        identity[name] = text
    head, *lines = lines
    if head.split("\t") != COLUMNS:
        raise Failure(f"{shown(path)} has other columns than {' '.join(COLUMNS)}",
                      "remove it, then ./corm test busybox")
    return identity, [Row(*line.split("\t")) for line in lines]


def write(identity, rows, path=RESULTS):
    lines = [f"{IDENTITY}{name}: {text}" for name, text in identity.items()]
    lines += ["\t".join(COLUMNS)]
    lines += ["\t".join([row.script, row.test, row.linux, row.corm]) for row in rows]
    path.write_text("\n".join(lines) + "\n")


def read_causes(path=CAUSES):
    return tomllib.loads(path.read_text()).get("difference", []) if path.exists() else []


def excused(row, causes):
    """A case that passes or fails by chance, on both: what it said this time is no difference."""
    cause = cause_of(row, causes)
    return bool(cause and cause.get("race"))


def _covers(cause, row):
    return cause["script"] == row.script and row.test in cause["tests"]


def cause_of(row, causes):
    return next((cause for cause in causes if _covers(cause, row)), None)


def complain_about_causes(rows, causes):
    """Differences that nobody explained, and explanations of what is not different any more."""
    differences = [row for row in rows if row.differs]
    everyone = {(row.script, row.test) for row in rows}
    complaints = [f"{row.script}: {row.test}: Linux {row.linux}, Corm {row.corm}: no cause is named"
                  for row in differences if not cause_of(row, causes)]
    differing = {(row.script, row.test) for row in differences}
    for cause in causes:
        known = everyone if cause.get("race") else differing
        complaints += [f"{cause['script']}: {name}: named in {shown(CAUSES)}, but both say the same"
                       for name in cause["tests"] if (cause["script"], name) not in known]
    return complaints


def _counts(rows, side):
    return Counter(getattr(row, side) for row in rows)


def _table(rows):
    """A line for all, then one for each script."""
    lines = ["| script | tests | " + " | ".join(
                 f"{side} {word}" for side in ("Linux", "Corm")
                 for word in ("passed", "failed", "skipped")) + " |",
             "|---|" + "---:|" * 7]
    scripts = list(dict.fromkeys(row.script for row in rows))
    for script in [None, *scripts]:
        chosen = [row for row in rows if script in (None, row.script) and row.test != THE_END]
        figures = []
        for side in SIDES:
            counts = _counts(chosen, side)
            counts["SKIPPED"] += counts["UNTESTED"]
            figures += [str(counts[word]) for word in WORDS]
        lines.append(f"| {script or '**all**'} | {len(chosen)} | {' | '.join(figures)} |")
    return lines


def _escaped(text):
    return text.replace("|", "\\|")


def _differences(rows, causes):
    differences = [row for row in rows if row.differs and not excused(row, causes)]
    if not differences:
        return ["There is none."]
    lines = ["| script | test | Linux | Corm | cause |", "|---|---|---|---|---|"]
    for row in differences:
        cause = cause_of(row, causes) or {"cause": "not known"}
        missing = f" Missing: `{cause['missing']}`." if "missing" in cause else ""
        lines.append(f"| {row.script} | {_escaped(row.test)} | {row.linux} | {row.corm} | "
                     f"{_escaped(cause['cause'])}{missing} |")
    return lines


def _failing_on_both(rows, causes):
    return [f"- {row.script}: {row.linux if row.test == THE_END else row.test}" for row in rows
            if not row.differs and row.linux not in ("PASS", "SKIPPED", "UNTESTED", NO_TESTS)
            and not excused(row, causes)] or ["None."]


def _races(rows, causes):
    return [f"- {row.script}: {row.test} (Linux {row.linux}, Corm {row.corm}): "
            f"{cause_of(row, causes)['cause']}"
            for row in rows if excused(row, causes)] or ["None."]


def page(identity, rows, causes):
    """The text of docs/busybox.md."""
    differing = sum(row.differs and not excused(row, causes) for row in rows)
    return "\n".join([
        "# busybox's own tests, in the world and on Linux",
        "",
        "Generated by `./corm test busybox` from `tests/busybox/results.tsv` and "
        "`tests/busybox/causes.toml`.",
        "",
        "The test suite out of Debian's source package of busybox, and the tests of its shell, run",
        "on Debian's binary in the Linux world and on Debian's kernel for cloud machines, in the",
        "same QEMU, from the same root. `tests/busybox/run.sh` runs both.",
        "",
        *(f"- {name}: {text}" for name, text in identity.items()),
        "",
        f"## Differences: {differing}",
        "",
        *_differences(rows, causes),
        "",
        "## What fails on both",
        "",
        *_failing_on_both(rows, causes),
        "",
        "## What passes or fails by chance, on both",
        "",
        *_races(rows, causes),
        "",
        "## Counts",
        "",
        *_table(rows),
    ]) + "\n"


def write_page():
    PAGE.write_text(page(*read(), read_causes()))


def complain():
    """For the checks: the page is what the results and causes say, and each difference has one."""
    identity, rows = read()
    causes = read_causes()
    complaints = complain_about_causes(rows, causes)
    if not PAGE.exists() or PAGE.read_text() != page(identity, rows, causes):
        complaints.append(f"{shown(PAGE)} says something else\nnext: ./corm test busybox")
    return "\n".join(complaints)
