"""`corm fuzz`: libFuzzer on the kernel core; a short run of it belongs to the host layer.

The fuzzer (tests/fuzz) is built with clang in a folder of its own. What the long mode finds out
stays in a corpus outside of the tree, so it can be interrupted and goes on where it was.
"""

import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from . import build
from .failure import EXIT_FAILURE, Failure
from .paths import BUILD, ROOT, TESTS, shown
from .progress import say

FOLDER = TESTS / "fuzz"
CORPUS = FOLDER / "corpus"
CRASHES = FOLDER / "crashes"
LAST = FOLDER / "last.json"
FOUND = BUILD / "fuzz"
PROGRAM = "tests/fuzz/fuzz-kernel"
SHOW = "tests/fuzz/fuzz-show"
SENTENCE = "no list of operations found in {} s breaks an invariant or gains authority"
SHORT_S = 60
INPUT_BYTES_MAX = 2048
PATIENCE_S = 120  # for building the corpus up again, and for the last input
ENVIRONMENT = {
    "ASAN_OPTIONS": "quarantine_size_mb=16:detect_leaks=0",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}
DONE = re.compile(r"^#\d+\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)/", re.M)
EXECUTED = re.compile(r"^stat::number_of_executed_units: (\d+)", re.M)
WRONG = re.compile(r"^(?:WRONG: .*|.*runtime error: .*|==\d+==\s*ERROR: AddressSanitizer.*)$", re.M)


def ensure():
    """Build the fuzzer and its tool; returns the build folder."""
    return build.ensure("host", "clang", [PROGRAM, SHOW])


def seed():
    """The commit's: the same commit fuzzes alike, another one elsewhere. 1 where there is none."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return (int(head.stdout[:7], 16) if head.returncode == 0 else 0) or 1


def _start(build_folder, seconds, corpora, seed_number, stream):
    FOUND.mkdir(parents=True, exist_ok=True)
    command = [str(build_folder / PROGRAM), f"-max_total_time={seconds}",
               f"-max_len={INPUT_BYTES_MAX}", f"-seed={seed_number}", "-print_final_stats=1",
               "-timeout=20", f"-artifact_prefix={FOUND}/", *map(str, corpora)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream,
                            stderr=subprocess.STDOUT, cwd=ROOT,
                            env={**os.environ, **ENVIRONMENT})


def _figures(text):
    """What a run that found nothing says about itself; None if it did not come to its end."""
    done, executed = DONE.search(text), EXECUTED.search(text)
    if done is None or executed is None:
        return None
    return {"executions": int(executed[1]), "edges": int(done[1]), "features": int(done[2]),
            "inputs": int(done[3])}


def _found_since(start_s):
    return [path for path in sorted(FOUND.iterdir())
            if path.name.startswith(("crash-", "timeout-", "oom-"))
            and path.stat().st_mtime >= start_s]


def _minimize(build_folder, path):
    """A smaller input that breaks the kernel as well, or @path itself; and what it does."""
    smaller = path.with_name(path.name + ".min")
    environment = {**os.environ, **ENVIRONMENT}
    tool = str(build_folder / SHOW)
    done = subprocess.run([tool, "--minimize", str(path), str(smaller)], env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    chosen = smaller if done.returncode == 0 else path
    shown_text = subprocess.run([tool, str(chosen)], env=environment, stdin=subprocess.DEVNULL,
                                capture_output=True, text=True)
    return chosen, shown_text.stdout


def _explain(build_folder, text, start_s):
    """What was found, as a person needs it."""
    lines = [match[0] for match in WRONG.finditer(text)][:3]
    for path in _found_since(start_s)[:1]:
        chosen, listing = _minimize(build_folder, path)
        lines += listing.splitlines()[-40:]
        lines += [f"the input: {shown(chosen)}",
                  f"next: {shown(build_folder / SHOW)} {shown(chosen)} shows it as a unit test; "
                  f"copy it to {shown(CRASHES)} and mend the kernel"]
    return "\n".join(lines) or "\n".join(text.splitlines()[-40:])


class ShortRun:
    """The host layer's: from the kept corpus, for a minute, beside the other tests."""

    def __init__(self):
        self.build_folder = ensure()
        self.scratch = tempfile.TemporaryDirectory(prefix="corm-fuzz-")
        self.start_s = time.time()
        self.seed = seed()
        self.log = open(Path(self.scratch.name) / "log", "w+", encoding="utf-8",
                        errors="replace")
        new = Path(self.scratch.name) / "corpus"
        new.mkdir()
        self.process = _start(self.build_folder, SHORT_S, [new, CORPUS], self.seed, self.log)

    def finish(self, report):
        name = "fuzz: " + SENTENCE.format(SHORT_S)
        try:
            status = self.process.wait(timeout=SHORT_S + PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = None
        self.log.seek(0)
        text = self.log.read()
        figures = _figures(text)
        if status == 0 and figures is not None and figures["executions"] > figures["inputs"]:
            report.ok(name)
            report.note("fuzz: {executions} executions, {edges} edges, {features} features, "
                        "{inputs} inputs, seed ".format(**figures) + str(self.seed))
        else:
            report.fail(name, _explain(self.build_folder, text, self.start_s))
        self.log.close()
        self.scratch.cleanup()


def default_corpus():
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "corm" / "fuzz"


def _keep(build_folder, corpus, figures, minutes):
    """Keep the smallest inputs that reach every edge which the corpus reaches; note the figures."""
    with tempfile.TemporaryDirectory(prefix="corm-fuzz-") as scratch:
        command = [str(build_folder / PROGRAM), "-merge=1", "-use_counters=0",
                   f"-max_len={INPUT_BYTES_MAX}", scratch, str(corpus), str(CORPUS)]
        merged = subprocess.run(command, cwd=ROOT, env={**os.environ, **ENVIRONMENT},
                                stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if merged.returncode != 0:
            raise Failure(f"the corpus could not be merged:\n{merged.stderr[-2000:]}", "")
        kept = sorted(Path(scratch).iterdir())
        if not kept:
            raise Failure("the merged corpus is empty", "")
        for path in CORPUS.iterdir():
            path.unlink()
        for path in kept:
            (CORPUS / path.name).write_bytes(path.read_bytes())
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True,
                          text=True)
    before = json.loads(LAST.read_text()) if LAST.exists() else {}
    record = {"commit": head.stdout.strip(), "minutes": minutes,
              "minutes_in_all": before.get("minutes_in_all", 0) + minutes, **figures,
              "inputs_kept": len(kept)}
    LAST.write_text(json.dumps(record, indent=2) + "\n")
    say(f"{len(kept)} inputs are in {shown(CORPUS)}, the figures in {shown(LAST)}: commit both")


def command(options):
    build_folder = ensure()
    corpus = Path(options.corpus) if options.corpus else default_corpus()
    corpus.mkdir(parents=True, exist_ok=True)
    start_s = time.time()
    log_path = FOUND / "log"
    FOUND.mkdir(parents=True, exist_ok=True)
    say(f"fuzzing for {options.minutes} minutes; the corpus is {corpus}, the log {shown(log_path)}")
    with open(log_path, "w", encoding="utf-8") as stream:
        number = int(start_s) & 0x7fffffff or 1
        process = _start(build_folder, options.minutes * 60, [corpus, CORPUS], number, stream)
        try:
            process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    text = log_path.read_text(errors="replace")
    figures = _figures(text)
    if process.returncode != 0 or figures is None:
        print(_explain(build_folder, text, start_s))
        return EXIT_FAILURE
    print("{executions} executions, {edges} edges, {features} features, {inputs} inputs: "
          "nothing found".format(**figures))
    if options.keep:
        _keep(build_folder, corpus, figures, options.minutes)
    return 0
