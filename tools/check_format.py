#!/usr/bin/python3
"""Checks that clang-format would change nothing; --fix lets it change what it wants.

    check_format.py [--fix] [FILE...]     without FILE: every C file that git knows or would add,
                                          generated ones excepted
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FORMATTER = "clang-format-14"
BATCH = 40
GENERATED = "tests/golden/"


def sources():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.c", "*.h"],
                            cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines()
            if not name.startswith(GENERATED) and (ROOT / name).is_file()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fix", action="store_true", help="rewrite the files")
    parser.add_argument("files", nargs="*", metavar="FILE")
    options = parser.parse_args()
    action = ["-i"] if options.fix else ["--dry-run", "-Werror", "--ferror-limit=3"]
    files = options.files or sources()
    failed = False
    for start in range(0, len(files), BATCH):
        command = [FORMATTER, "--style=file", *action, *files[start:start + BATCH]]
        failed |= subprocess.run(command, cwd=None if options.files else ROOT).returncode != 0
    if failed:
        print("to mend it: tools/check_format.py --fix")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
