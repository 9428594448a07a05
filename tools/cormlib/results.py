"""What the layers of `corm test` report, and the lines that a person sees."""

import sys
import time


class Report:
    """Counts results and prints failures at once, passes only when asked."""

    def __init__(self, verbose):
        self.verbose = verbose
        self.passed = 0
        self.failed = []
        self.skipped = []
        self.where = ""
        self.start_s = time.monotonic()

    def layer(self, name, arch=None):
        """What follows is of that layer, and of that architecture if it runs on a machine."""
        self.where = f" [{arch.name}]" if arch else ""
        print(f"== {name}{self.where}", flush=True)

    def ok(self, name):
        self.passed += 1
        if self.verbose:
            print(f"ok      {name}{self.where}", flush=True)

    def fail(self, name, detail=""):
        self.failed.append(name + self.where)
        print(f"FAILED  {name}{self.where}", flush=True)
        for line in detail.rstrip().splitlines()[-60:]:
            print(f"  | {line}", flush=True)

    def skip(self, name, reason):
        self.skipped.append(name)
        print(f"skipped {name}{self.where}: {reason}", flush=True)

    def note(self, text):
        print(f"        {text}", flush=True)

    def take_tap(self, source, results, detail=""):
        """Count the results of one TAP stream; `detail` is shown once if any failed."""
        for name in results.passed:
            self.ok(f"{source}: {name}")
        for text in results.skipped:
            self.skip(f"{source}: {text}", "by the test itself")
        for index, name in enumerate(results.failed):
            self.fail(f"{source}: {name}", detail if index == len(results.failed) - 1 else "")

    def finish(self):
        """Print the final line; returns the exit status."""
        if self.failed:
            print("failed:", file=sys.stdout)
            for name in self.failed:
                print(f"  {name}")
        print(f"        {time.monotonic() - self.start_s:.0f} s")
        print(f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped",
              flush=True)
        return 1 if self.failed or not self.passed else 0
