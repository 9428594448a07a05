#!/usr/bin/python3
"""How many lines each port has: the table of docs/guide/port.md, `--check`ed or brought up to date
(`--update`). All lines of all files of a folder count, comments too."""

import argparse
import re
import sys
from pathlib import Path

from cormlib import arches
from cormlib.paths import ROOT

PAGE = ROOT / "docs" / "guide" / "port.md"
ROW = re.compile(r"^(\| `([\w/]+)/<a>/` \| [^|]*\|).*$", re.M)


def _lines(folder):
    return sum(len(path.read_bytes().splitlines()) for path in folder.rglob("*") if path.is_file())


def _counted(row):
    counts = [f" {_lines(ROOT / row[2] / name):,} |" for name in arches.ALL]
    return row[1] + "".join(counts)


def render(text):
    """The page's text with every row of the table as it should be."""
    return ROW.sub(_counted, text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true")
    action.add_argument("--update", action="store_true")
    options = parser.parse_args()
    text = PAGE.read_text()
    if options.update:
        PAGE.write_text(render(text))
    elif render(text) != text:
        print(f"{PAGE.relative_to(ROOT)} counts other lines than there are: "
              f"tools/{Path(__file__).name} --update")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
