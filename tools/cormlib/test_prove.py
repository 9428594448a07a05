"""The proofs of docs/proof.md: EVA over the core, WP over leaf functions, and what they must find.

The host layer runs quick(), which asks for what has changed since it was proved last. `corm test
prove` also seeds mistakes, each of which must raise an alarm, and keeps the results.
"""

import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

from . import eva, mutants, wp
from .paths import BUILD, ROOT

MUTANTS = eva.HERE / "mutants.txt"  # those of tests/mutants that are undefined behaviour
RESULTS = eva.HERE / "results.txt"
COPY = BUILD / "eva" / "mutated"
PAGE = ROOT / "docs" / "proof.md"
LISTED = re.compile(r"(?<=-->\n).*?(?=<!-- end -->)", re.S)


def _assumptions():
    return eva.read_assumptions((eva.HERE / "assumptions.txt").read_text())


def _edits():
    return [edit for one in _assumptions() for edit in one.edits]


def _listing():
    """The assumptions, as the page has them."""
    lines = []
    for number, one in enumerate((one for one in _assumptions() if one.kind == "assume"), 1):
        text, _, by = one.text.strip().partition(" checked by: ")
        what, _, proof = text.partition(" proved: ")
        lines.append(f"{number}. **{one.name}**: {what} "
                     + (f"Checked by {by}." if by else f"Proved: {proof}."))
    return "\n".join(lines) + "\n"


def _unchecked():
    """Assumptions that name no check, or a function that is none."""
    kept = "".join(path.read_text() for folder in ("tests/invariants", "lib/base")
                   for path in (ROOT / folder).glob("*valid*.c"))
    wrong = []
    for one in _assumptions():
        named = re.findall(r"\b\w*valid\w*(?=[ ,])", one.text.partition("checked by:")[2])
        if one.kind == "assume" and not named and "proved:" not in one.text:
            wrong.append(f"{one.name}: checked by nothing")
        wrong += [f"{one.name}: no function {name}" for name in named if f" {name}(" not in kept
                  and f"*{name}(" not in kept]
    return wrong


def _judge(report, name, wrong):
    """@wrong: lines; none if @name holds."""
    if wrong:
        report.fail(f"prove: {name}", "\n".join(wrong))
    else:
        report.ok(f"prove: {name}")


def _prove(report):
    """EVA and WP side by side. Returns the lines of results.txt."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        core = pool.submit(eva.analyse, "core", ROOT, _edits())
        leaves = pool.submit(wp.prove)
        answer, goals = core.result(), leaves.result()
    _judge(report, "no system call, fault or interrupt leads to undefined behaviour",
           [f"{place}: {what}" for place, what in answer.alarms])
    _judge(report, "the prover looked at every function of the core",
           [f"not reached: {name}" for name in answer.unreached])
    assumed = [one.name for one in _assumptions() if one.kind == "assume"]
    _judge(report, f"the prover is told at most {eva.ASSUMPTIONS_MAX} things",
           assumed if len(assumed) > eva.ASSUMPTIONS_MAX else [])
    _judge(report, "what the prover is told is checked by functions that there are", _unchecked())
    _judge(report, "docs/proof.md lists what the prover is told",
           [] if _listing() in PAGE.read_text() else ["./corm test prove writes it"])
    _judge(report, "leaf functions keep their contracts", goals.open)
    lines = [f"core: {len(answer.alarms)} alarms, {len(assumed)} assumptions, "
             "{} of {} statements reached".format(*answer.statements),
             f"leaf functions: {goals.functions}, {goals.proved} of {goals.goals} goals proved, "
             f"{goals.lemmas} lemmas about bits"]
    for line in lines:
        report.note(line)
    return lines


def _packages_missing(report):
    missing = [name for name in ("frama-c", "why3", "z3", "cvc4") if not shutil.which(name)]
    if missing:
        report.skip("prove", f"no {', '.join(missing)} here; ./corm setup installs them")
    return bool(missing)


def quick(report, pattern):
    if pattern and pattern not in "prove" or _packages_missing(report):
        return
    _prove(report)


def _find(mutant):
    """The first alarm about a mutant, or None."""
    shutil.rmtree(COPY, ignore_errors=True)
    for folder in ("kernel", "lib"):
        shutil.copytree(ROOT / folder, COPY / folder)
    complaint = mutant.apply(COPY)
    if complaint:
        return None, complaint
    alarms = eva.analyse(f"mutant-{mutant.name}", COPY, _edits(), mutant=True).alarms
    return (" ".join(alarms[0]), None) if alarms else (None, "no alarm")


def run(report, pattern):
    """All of it; what was proved or found before and has not changed is not asked again."""
    if _packages_missing(report):
        return
    if not pattern:
        PAGE.write_text(LISTED.sub(lambda _: _listing(), PAGE.read_text()))
    lines = [] if pattern else _prove(report)
    wanted = MUTANTS.read_text().split()
    seeded = [one for one in mutants.load() if one.name in wanted]
    for mutant in seeded + mutants.load(eva.HERE / "mutants"):
        if pattern and pattern not in mutant.name:
            continue
        start_s = time.monotonic()
        alarm, complaint = _find(mutant)
        _judge(report, f"{mutant.name} raises an alarm", [complaint] if complaint else [])
        if alarm:
            lines.append(f"{mutant.name}: {alarm}")
            report.note(f"{time.monotonic() - start_s:.0f} s, {lines[-1]}")
    if not pattern and not report.failed:
        RESULTS.write_text("# ./corm test prove\n" + "\n".join(lines) + "\n")
