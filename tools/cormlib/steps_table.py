"""Which step of a path an instruction belongs to: what tools/bench/steps.toml says.

A step is a name, the reason for it, and the keys of the places in the source that it consists of:

    function                  (of assembly: a label), also where it was inlined into another one
    function | text           its lines that contain the text
    function | text | name    of those, the instructions of that name; * is any function of C
    folder/ or folder/file

A key of what was inlined furthest in has an instruction; of several, the most exact one: with a
name, with a text, *, function, file.
"""

import tomllib
from collections import Counter
from dataclasses import dataclass, field

from .failure import Failure
from .paths import TOOLS, shown

STEPS = TOOLS / "bench" / "steps.toml"
USER, KERNEL, GUEST = LEVELS = ("user", "kernel", "guest")
ANY = "*"


@dataclass(frozen=True)
class Key:
    written: str
    function: str = ""
    text: str = ""
    name: str = ""
    file: str = ""

    @staticmethod
    def parse(written):
        if "/" in written.partition("|")[0]:
            return Key(written, file=written)
        return Key(written, *(part.strip() for part in written.split("|")))

    def vagueness(self):
        """Of the keys that match a frame, the least vague one has the instruction."""
        if self.function == ANY:
            return 2
        return 0 if self.name else 1 if self.text else 3 if self.function else 4

    def matches(self, frame, name):
        if self.function == ANY and frame.file.endswith(".S"):
            return False
        return (self.function in ("", ANY, frame.function) and frame.file.startswith(self.file) and
                self.text in frame.text() and self.name in ("", name))


@dataclass(frozen=True)
class Step:
    name: str
    why: str
    measures: bool  # it is the benchmark's own, of which a part is taken off


class Steps:
    def __init__(self, text):
        data = tomllib.loads(text)
        self.figures = data["figure"]
        self.keys = {level: [] for level in LEVELS}
        self.used = set()
        for level, keys in self.keys.items():
            for entry in data[level]:
                step = Step(entry["step"], entry["why"], entry.get("measures", False))
                keys += [(Key.parse(written), step) for written in entry["at"]]

    @staticmethod
    def read():
        return Steps(STEPS.read_text())

    def of(self, level, place):
        """(step, the frame that has it), or None if the instruction belongs to no step."""
        found = {}
        for key, step in self.keys[level]:
            for depth, frame in enumerate(place.frames):
                if key.matches(frame, place.name):
                    found.setdefault((depth, key.vagueness()), []).append((key, step))
                    break
        if not found:
            return None
        best = min(found)
        if len({step for _, step in found[best]}) > 1:
            claims = ", ".join(f'"{key.written}"' for key, _ in found[best])
            raise Failure(f"an instruction belongs to two steps, by {claims}",
                          f"edit {shown(STEPS)}")
        self.used |= {(level, key.written) for key, _ in found[best]}
        return found[best][0][1], place.frames[best[0]]

    def unused(self):
        """The keys that had no instruction."""
        return [f'{level}, step "{step.name}": no instruction is at "{key.written}"'
                for level, keys in self.keys.items() for key, step in keys
                if (level, key.written) not in self.used]


@dataclass
class Phase:
    """What ran at one level without leaving it: of each step its instructions and places."""

    level: str
    place: object
    steps: dict = field(default_factory=dict)  # {Step: Counter of (function, innermost frame)}

    def count(self):
        return sum(sum(places.values()) for places in self.steps.values())

    def take_off(self, count):
        """Forget that many instructions of steps that measure; returns how many are left."""
        for step, places in list(self.steps.items()):
            for place in list(places) if step.measures else []:
                taken = min(count, places[place])
                places[place] -= taken
                count -= taken
            if not sum(places.values()):
                del self.steps[step]
        return count


def phases(ran, off, level_of, places, steps):
    """The phases of one iteration; `off` of its instructions only measure."""
    found, lost = [], Counter()
    for address in ran:
        level, place = level_of(address), places[address]
        if not found or found[-1].level != level:
            found.append(Phase(level, place))
        belongs = steps.of(level, place)
        if belongs is None:
            lost[" in ".join(f"{frame.function} ({frame.file}:{frame.line}: {frame.text()})"
                             for frame in place.frames)] += 1
            continue
        step, frame = belongs
        found[-1].steps.setdefault(step, Counter())[frame.function, place.frames[0]] += 1
    if lost:
        raise Failure("these instructions belong to no step:\n" + "\n".join(
            f"  {count} {where}" for where, count in lost.items()), f"edit {shown(STEPS)}")
    for phase in found:
        off = phase.take_off(off)
    if off:
        raise Failure(f"{off} instructions that only measure are in no step that measures",
                      f"edit {shown(STEPS)}")
    return [phase for phase in found if phase.count()]
