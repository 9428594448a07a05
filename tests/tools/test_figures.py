"""CAVEATS.md and the data of the benchmarks agree about what has not reached its target."""

import re

from cormlib import bench
from cormlib.paths import ROOT

ROW = re.compile(r"^ *\| `(\w+)` \| ([\d,]+) \| ([\d,]+) \|$", re.M)


def number(text):
    return int(text.replace(",", ""))


def test_the_caveats_list_exactly_the_rows_of_the_linux_world_that_are_over_their_targets():
    figures = bench.figures()[0]["linux"]
    held = {name for name, figure in figures.items() if "held" in figure}
    listed = {name: (number(insn), number(target))
              for name, insn, target in ROW.findall((ROOT / "CAVEATS.md").read_text())}
    assert set(listed) == held, "edit the table in CAVEATS.md"
    for name, (insn, target) in listed.items():
        assert target == figures[name]["target"] < insn <= figures[name]["held"], name
