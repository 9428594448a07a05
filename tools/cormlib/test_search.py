"""The search layer: every world of tests/search, for long. Resumable; keeps its last result."""

import hashlib
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from . import build, tap
from .paths import BUILD, ROOT, TESTS

TRANSITIONS = 10_000_000
CHECKPOINTS = BUILD / "search"
RESULTS = TESTS / "search" / "results.txt"
FIGURES = re.compile(r"^# ([\w-]+): (\d+ states, .*)$", re.M)
RESULT = re.compile(r"^([\w-]+): (.*)$", re.M)
HEAD = """\
# ./corm test search: each world until nothing is left or about {} transitions were made.
# Depth is the number of actions from the start; "closed" means that every state was met.
# `kernel` is the content of kernel/, without ports to hardware, that was searched.
"""


def worlds(program):
    listed = subprocess.run([program], capture_output=True, text=True).stdout
    return re.search(r"^worlds: (.*)$", listed, re.M)[1].split()


def kernel_content(root=ROOT):
    """A name for what was searched: equal for equal files."""
    digest = hashlib.sha256()
    for path in sorted((root / "kernel").rglob("*.[ch]")):
        name = path.relative_to(root).as_posix()
        if not name.startswith("kernel/arch/") or name.startswith("kernel/arch/host/"):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _search(world, program, folder):
    command = [program, "--transitions", str(TRANSITIONS), "--checkpoint",
               folder / f"{world}.checkpoint", world]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    results = tap.parse(result.stdout)
    if result.returncode != 0 and not results.failed:
        results.failed.append(f"exit status {result.returncode}")
    return world, results, result.stdout + result.stderr


def merge(old, new, names):
    """The text of the results: those of @new, and of @old the worlds that were not searched now."""
    lines = dict(RESULT.findall(old)) | new
    return HEAD.format(f"{TRANSITIONS:,}") + "".join(
        f"{name}: {lines[name]}\n" for name in names if name in lines)


def run(report, pattern):
    program = build.ensure("host") / "tests" / "search" / "search-search"
    # A checkpoint goes on with the very program that made it.
    folder = CHECKPOINTS / hashlib.sha256(program.read_bytes()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    kernel = kernel_content()
    names = worlds(program)
    wanted = [name for name in names if not pattern or pattern in name]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        search = partial(_search, program=program, folder=folder)
        for world, results, output in pool.map(search, wanted):
            report.take_tap(f"search-{world}", results, output)
            figures = {name: f"{text}; kernel {kernel}" for name, text in FIGURES.findall(output)}
            for name, text in figures.items():
                report.note(f"{name}: {text}")
            if results.failed:
                continue
            old = RESULTS.read_text() if RESULTS.exists() else ""
            RESULTS.write_text(merge(old, figures, names))
