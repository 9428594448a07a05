#!/usr/bin/env python3
"""Generate headers, stubs, dispatchers and the manual page from the contract in abi/.

    abi.py --out DIR            write everything into DIR
    abi.py --check GOLDEN       compare with the golden copies; a difference is an error
    abi.py --update GOLDEN      rewrite the golden copies
"""

import argparse
import difflib
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from abigen import emit  # noqa: E402
from abigen.contract import load  # noqa: E402
from abigen.model import ContractError  # noqa: E402

ABI = Path(__file__).resolve().parent.parent / "abi"


def write_all(files, folder):
    """Write what changed only, so that nothing is rebuilt for an equal header."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def compare(files, folder):
    """Print every difference to the golden copies; return the count of files that differ."""
    golden = {path.name: path.read_text() for path in folder.glob("*") if path.is_file()}
    differing = 0
    for name in sorted(set(golden) | set(files)):
        old, new = golden.get(name, ""), files.get(name, "")
        if old != new:
            differing += 1
            sys.stdout.writelines(
                difflib.unified_diff(old.splitlines(True), new.splitlines(True),
                                     f"golden/{name}", f"generated/{name}"))
    return differing


def update(files, folder):
    for path in folder.glob("*"):
        if path.is_file() and path.name not in files:
            path.unlink()
    write_all(files, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--out", type=Path, metavar="DIR", help="write everything into DIR")
    action.add_argument("--check", type=Path, metavar="GOLDEN", help="compare with golden copies")
    action.add_argument("--update", type=Path, metavar="GOLDEN", help="rewrite the golden copies")
    options = parser.parse_args()
    try:
        files = emit.everything(load(ABI))
    except ContractError as error:
        print(error, file=sys.stderr)
        return 1
    if options.check:
        differing = compare(files, options.check)
        if differing:
            print(f"{differing} files differ; if the change of the contract is meant: "
                  f"tools/abi.py --update {options.check}")
        return 1 if differing else 0
    if options.update:
        update(files, options.update)
    else:
        write_all(files, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
