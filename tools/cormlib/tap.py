"""Reads the Test Anything Protocol out of a machine's log."""

import re
from dataclasses import dataclass, field

PLAN = re.compile(r"^1\.\.(\d+)\s*$")
RESULT = re.compile(r"^(not )?ok (\d+)(?: -)?\s*(.*?)(?:\s*# SKIP\b\s*(.*))?$")
# Who wrote a line of the log, and what the log says about lines before it. A console that was
# killed may have lost the end of the line before, which then stands in front.
SPEAKER = re.compile(r"^.*?[\w.-]+: (?:\(\d+ lines lost\) )?"
                     r"(?=1\.\.\d|ok \d|not ok \d|Bail out!)")
BAIL = re.compile(r"^Bail out!\s*(.*)$")


@dataclass
class Results:
    passed: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    plan: int | None = None

    def complete(self):
        return self.plan is not None and self.count() >= self.plan

    def count(self):
        return len(self.passed) + len(self.failed) + len(self.skipped)


def parse(text):
    """Results of a log. What is not TAP is ignored; a missing or short plan is a failure."""
    results = Results()
    bailed = None
    for line in text.splitlines():
        line = SPEAKER.sub("", line.strip())
        if match := PLAN.match(line):
            results.plan = int(match[1])
        elif match := RESULT.match(line):
            bad, _, name, reason = match.groups()
            if reason is not None:
                results.skipped.append(f"{name} ({reason})")
            else:
                (results.failed if bad else results.passed).append(name)
        elif match := BAIL.match(line):
            bailed = match[1]
    if bailed is not None:
        results.failed.append(f"bailed out: {bailed}")
    elif results.plan is None:
        results.failed.append("the plan (1..N) is missing")
    elif results.count() != results.plan:
        results.failed.append(f"the plan promised {results.plan} results, {results.count()} came")
    return results
