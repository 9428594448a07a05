#!/usr/bin/python3
"""Keeps what git diff shows of kernel/ and lib/base as a mutant, tests/mutants/NAME.patch.

    tools/mutant.py NAME              with the sentence that it had
    tools/mutant.py NAME "SENTENCE."  with this one
"""

import subprocess
import sys
import textwrap
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cormlib import mutants  # noqa: E402
from cormlib.paths import ROOT  # noqa: E402

COLUMNS = 100


def main(arguments):
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    mutant = mutants.Mutant(mutants.FOLDER / f"{arguments[0]}.patch")
    sentence = arguments[1] if len(arguments) == 2 else mutant.sentence()
    difference = subprocess.run(["git", "diff", "--no-ext-diff", "kernel", "lib/base"], cwd=ROOT,
                                capture_output=True, text=True, check=True).stdout
    lines = [line for line in difference.splitlines(True)
             if not line.startswith(("diff --git ", "index "))]
    if not lines:
        print("git diff shows nothing of kernel/ and lib/base", file=sys.stderr)
        return 1
    mutant.path.write_text(textwrap.fill(sentence, COLUMNS) + "\n\n" + "".join(lines))
    print(f"wrote {mutant.path}; take the mistake back: git checkout {' '.join(mutant.files())}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
