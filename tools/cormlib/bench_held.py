"""`corm bench linux --update`: writes down how far rows over their targets have come.

`held` in tools/bench/figures.toml is the most that such a row may be, and CAVEATS.md lists it with
its figure. `held` only ever goes down, and goes away with the target reached.
"""

import re

from . import bench
from .failure import Failure
from .paths import ROOT, shown

CAVEATS = ROOT / "CAVEATS.md"
LISTED = re.compile(r"^( *)\| `(\w+)` \| ([\d,]+) \| ([\d,]+) \|\n", re.M)
MARGIN = 100  # a hundredth: what another layout of the code may add


def listed(text):
    """{row: (figure, target)} of the table in CAVEATS.md."""
    return {name: (_number(insn), _number(target))
            for _, name, insn, target in LISTED.findall(text)}


def _number(text):
    return int(text.replace(",", ""))


def next_held(figure, insn):
    """What a row may be from now on; None if its target is all that holds it."""
    if insn <= figure["target"]:
        return None
    if insn > figure.get("held", figure["target"]):
        raise Failure(f"{insn} is more than {figure.get('held', figure['target'])}, the most that "
                      "was allowed")
    return min(figure["held"], insn + insn // MARGIN)


def new_data(text, figures, measured):
    """The data file's text with what is held after @measured."""
    for name, insn in measured.items():
        try:
            held = next_held(figures[name], insn)
        except Failure as failure:
            raise Failure(f"{name}: {failure.what}", "--update writes down no regression") from None
        entry = f"target = {figures[name]['target']}" + (f", held = {held}" if held else "")
        text, count = re.subn(rf"^({name} *= ){{[^}}]*}}", rf"\1{{ {entry} }}", text, flags=re.M)
        if count != 1:
            raise Failure(f"{shown(bench.FIGURES)} has {count} lines for {name}")
    return text


def new_caveats(text, figures, measured):
    """The text of CAVEATS.md with a table of the rows that are over their targets."""
    old = list(LISTED.finditer(text))
    rows = {name: insn for name, (insn, _) in listed(text).items()} | measured
    if not old:
        if any(rows[name] > figures[name]["target"] for name in rows):
            raise Failure(f"{shown(CAVEATS)} has no table of rows to write into")
        return text
    table = "".join(f"{old[0][1]}| `{name}` | {rows[name]:,} | {figure['target']:,} |\n"
                    for name, figure in figures.items()
                    if name in rows and rows[name] > figure["target"])
    return text[:old[0].start()] + table + text[old[-1].end():]


def update(measured):
    """Write both files; @measured is {row: figure} of the rows that were measured."""
    figures = bench.figures()[0]["linux"]
    data = new_data(bench.FIGURES.read_text(), figures, measured)
    caveats = new_caveats(CAVEATS.read_text(), figures, measured)
    bench.FIGURES.write_text(data)
    CAVEATS.write_text(caveats)
