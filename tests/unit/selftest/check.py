#!/usr/bin/env python3
"""Run the failing tests and compare what they report; usage: check.py PROGRAM EXPECTED."""

import os
import re
import subprocess
import sys


def run(program, *words):
    """Exit status and output, without the line numbers of the source."""
    done = subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env={**os.environ, "UNIT_SEED": "1"},
                          text=True, timeout=60)
    line_number = re.compile(r"^# \S*failing\.c:\d+:", re.M)
    return done.returncode, line_number.sub("# failing.c:", done.stdout)


def main():
    program, expected_path = sys.argv[1:]
    with open(expected_path, encoding="utf-8") as file:
        expected = file.read()
    cases = [
        ("reports every failure", run(program), (1, expected)),
        ("succeeds when the selected tests pass", run(program, "passes")[0], 0),
        ("fails when no test is selected", run(program, "no such sentence")[0], 1),
        ("runs the selected tests only", run(program, "passes after")[1].splitlines()[-1],
         "ok 1 - passes after all these"),
        ("leaves tests out", run(program, "passes", "!after")[1].splitlines()[-1],
         "ok 1 - passes"),
    ]
    print(f"1..{len(cases)}")
    for number, (what, seen, wanted) in enumerate(cases, 1):
        if seen != wanted:
            print(f"# wanted {wanted!r}\n# seen   {seen!r}")
        print(f"{'ok' if seen == wanted else 'not ok'} {number} - the framework {what}")
    return 0 if all(seen == wanted for _, seen, wanted in cases) else 1


if __name__ == "__main__":
    sys.exit(main())
