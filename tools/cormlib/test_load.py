"""The load layer: much of everything, and all there is of it, in the Linux world.

It is what linux-fuzz --load does. The system layer runs the short form; this one the full form,
each load in a machine of its own. What was run is kept in build/load until the system changes, so
an interrupted run goes on; tests/load/results.tsv has what each reached last, and at which commit.
"""

import re
import subprocess

from . import build
from .fuzz_linux import PLACE, PROGRAM
from .paths import BUILD, ROOT, TESTS
from .test_busybox import system_digest

KEPT = BUILD / "load"
RESULTS = TESTS / "load" / "results.tsv"
SOURCES = ("apps/linux-fuzz/load_many.c", "apps/linux-fuzz/load_hogs.c")
MEMORY_MB = 1024  # for so many threads and pages
LIMIT_S = 1800
NAME = re.compile(r'^    \{"(\w+)", ', re.M)
DONE = re.compile(r"^LOAD (\w+) ok \d+ in \d+ ms: (.*)$", re.M)
WRONG = re.compile(r"^LOAD-WRONG (.*)$", re.M)
END = re.compile(r"^LOAD-END 0$", re.M)


def names():
    return [name for path in SOURCES for name in NAME.findall((ROOT / path).read_text())]


def judge(text):
    """(what was reached of each load, what is wrong); no end is wrong too."""
    text = text.replace("\r", "")
    wrong = WRONG.findall(text)
    if not wrong and not END.search(text):
        wrong = ["no end: " + "; ".join(text.splitlines()[-3:])]
    return dict(DONE.findall(text)), wrong


def command(form, *chosen):
    return [PLACE, "--load", form, *chosen]


def read_results():
    """{load: (commit, what it reached)}"""
    rows = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    return {name: (commit, reached) for name, commit, reached in (row.split("\t") for row in rows)}


def write_result(name, reached):
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True,
                          text=True, check=True)
    results = read_results() | {name: (head.stdout.strip(), reached)}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("".join("\t".join([name, *results[name]]) + "\n"
                               for name in names() if name in results))


def _run(name, kept):
    started = [str(ROOT / "corm"), "run", "--timeout", str(LIMIT_S), "--mem", str(MEMORY_MB),
               "--add", f"{PROGRAM}:{PLACE}", "--", *command("full", name)]
    done = subprocess.run(started, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, errors="replace")
    reached, wrong = judge(done.stdout)
    if not wrong:
        kept.mkdir(parents=True, exist_ok=True)
        (kept / name).write_text(reached["nothing"] + reached[name])
    return reached, wrong + ([done.stderr.strip()] if wrong else [])


def run(report, pattern):
    build.ensure()
    kept = KEPT / system_digest()
    for name in names():
        if pattern and pattern not in name:
            continue
        if (kept / name).exists():
            report.ok(f"load: {name}: {(kept / name).read_text()} (kept)")
            continue
        reached, wrong = _run(name, kept)
        if wrong:
            report.fail(f"load: {name}", "\n".join(wrong))
        else:
            write_result(name, reached[name])
            report.ok(f"load: {name}: {reached[name]}")
