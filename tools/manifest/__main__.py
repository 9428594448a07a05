#!/usr/bin/env python3
"""Compile a manifest (systems/NAME.toml) into what init reads (abi/manifest.h).

    manifest NAME.toml [--board boards/PORT.toml] --out NAME.manifest    check and write
    manifest NAME.toml [--board boards/PORT.toml] --check                check only

A mistake is one line, FILE:LINE: what is wrong, and exit status 1.
"""

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from manifest.compile import compile_file  # noqa: E402
from manifest.source import ManifestError  # noqa: E402


def main():
    parser = argparse.ArgumentParser(prog="manifest", description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--board", type=Path, help="what the system's components are here")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--out", type=Path, help="file to write")
    action.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    try:
        data = compile_file(options.source, board=options.board)
    except ManifestError as error:
        print(error, file=sys.stderr)
        return 1
    if options.out:
        options.out.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
