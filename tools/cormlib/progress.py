"""Runs slow commands: output goes to a log file, a terminal sees that time passes."""

import subprocess
import sys
import time

from .failure import Failure
from .paths import LOGS, shown

PATIENCE_S = 2.0
TAIL_LINES = 40


def say(text):
    """One line of progress, on standard error so that standard output stays the command's."""
    print(f"corm: {text}", file=sys.stderr, flush=True)


def tail(path, lines=TAIL_LINES):
    """The last lines of a log, indented; empty when there is none."""
    try:
        text = path.read_bytes()[-64 * 1024:].decode(errors="replace")
    except OSError:
        return ""
    return "".join(f"  | {line}\n" for line in text.splitlines()[-lines:])


class Ticker:
    """Says once what takes long, then rewrites one line with the seconds (terminals only)."""

    def __init__(self, what):
        self.what = what
        self.start = time.monotonic()
        self.told = False

    def tick(self):
        elapsed = time.monotonic() - self.start
        if elapsed < PATIENCE_S:
            return
        if sys.stderr.isatty():
            sys.stderr.write(f"\rcorm: {self.what} ... {elapsed:.0f} s ")
            sys.stderr.flush()
        elif not self.told:
            say(f"{self.what} ...")
        self.told = True

    def done(self):
        if self.told and sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def run_logged(what, command, log_name, advice="", **options):
    """Run `command` to its end with all output in a log; a failure shows the log's tail."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{log_name}.log"
    ticker = Ticker(what)
    with open(log, "wb") as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream,
                                   stderr=subprocess.STDOUT, **options)
        try:
            while True:
                try:
                    status = process.wait(timeout=0.5)
                    break
                except subprocess.TimeoutExpired:
                    ticker.tick()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            ticker.done()
    if status != 0:
        raise Failure(f"{what} failed (status {status}); the end of {shown(log)}:\n{tail(log)}",
                      advice)
    return log
