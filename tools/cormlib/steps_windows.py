"""Finds in a trace what each figure of the benchmark measured: the instructions of one iteration,
and how many of them only measure. The difference is the figure, to the instruction, or it is a
Failure.
"""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass

from . import bundle, steps_places
from .arches import X86_64
from .failure import Failure
from .steps_trace import PROGRAM, constant

REPORT = "measure_report"  # the benchmark calls it once for each figure, when it has measured
ITERATIONS = constant("ITERATIONS", f"{PROGRAM}/measure.h")
ONCE_MAX = 100000  # instructions between two readings of the counter: more is not one measurement
FIRST_INTERRUPT = constant("VECTOR_LINES", "abi/arch/x86_64/boot.h")
STUB_BYTES = constant("VECTOR_STUB_BYTES", "kernel/arch/x86_64/machine.h")


@dataclass(frozen=True)
class Way:
    """How something is measured: from reading the counter in the function `start` of the benchmark
    to reading it in `end`. If `loop`, that is ITERATIONS times the same."""

    start: str
    end: str
    loop: bool


REPORT_FOLLOWERS = 3  # the way into a report is straight so far


@dataclass
class Measured:
    """One iteration."""

    ran: tuple  # addresses
    off: int  # how many of these instructions only measure
    times: int  # how often the trace has exactly this


class Windows:
    def __init__(self, trace):
        self.ran = trace.ran
        self.figures = trace.figures
        user = bundle.program_elf(PROGRAM)
        listing = steps_places.instructions(user)
        readers = [address for address, text in listing.items() if text == "rdtsc"]
        self.counters = {address: {frame.function for frame in place.frames}
                         for address, place in steps_places.places(user, readers).items()}
        stubs = steps_places.symbols(X86_64.kernel_symbols)["vector_stubs"]
        self.exceptions = {stubs + STUB_BYTES * vector for vector in range(FIRST_INTERRUPT)}
        report = steps_places.symbols(user)[REPORT]
        after = dict(zip(listing, [*listing][1:]))
        self.read = self._executed(set(readers), after, 1)
        self._divide(self._executed({report}, after, REPORT_FOLLOWERS))

    def _executed(self, addresses, after, followers):
        """Where the benchmark ran one of these instructions. Other programs have other code at the
        same addresses: an instruction is known by those that follow, if nothing interrupts."""
        def follow(index, address):
            for step in range(1, followers + 1):
                address = after.get(address)
                if self.ran[index + step] != address:
                    return False
            return True

        return [index for index, address in enumerate(self.ran[:-followers])
                if address in addresses and follow(index, address)]

    def _divide(self, ends):
        """Which part of the trace belongs to which figure."""
        if len(ends) != len(self.figures):
            raise Failure(f"{len(ends)} figures were reported, but {len(self.figures)} printed")
        self.parts = dict(zip(self.figures, zip([0, *ends], ends)))

    def _between(self, way, part):
        """What ran from one reading to the next, each time, in one part of the trace."""
        starts, ends = ({address for address, functions in self.counters.items()
                         if function in functions} for function in (way.start, way.end))
        either = starts | ends
        read = [index for index in self.read[bisect_left(self.read, part[0]):
                                             bisect_left(self.read, part[1])]
                if self.ran[index] in either]
        longest = ONCE_MAX * (ITERATIONS if way.loop else 1)
        for start, end in zip(read, read[1:]):
            if end - start < longest and self.ran[start] in starts and self.ran[end] in ends:
                yield from self._iterations(start, end) if way.loop else [(start, end)]

    def _iterations(self, start, end):
        """The first instruction that runs once an iteration begins each of them."""
        times = Counter(self.ran[start:end])
        head = next((address for address, count in times.items() if count == ITERATIONS), None)
        begins = [index for index in range(start, end) if self.ran[index] == head]
        return zip(begins, begins[1:])

    def _completed(self, start, end):
        """An instruction that raises an exception is begun, not completed, and does not count."""
        ran = tuple(self.ran[start:end])
        if self.exceptions.isdisjoint(ran):
            return ran
        return tuple(address for address, following in zip(ran, (*ran[1:], 0))
                     if following not in self.exceptions)

    def _shapes(self, way, part):
        """What ran between two readings, and how often it was exactly that."""
        return Counter(self._completed(start, end) for start, end in self._between(way, part))

    def cost(self, way, part=None):
        """Instructions of what takes no time itself: the least of all."""
        shapes = self._shapes(way, part or (0, len(self.ran)))
        if not shapes:
            raise Failure(f"the trace has no measurement in {way.start}")
        return min(len(shape) for shape in shapes)

    def measured(self, name, way, off, units=1):
        """The iteration whose count is the figure `name`: of `units` things at a time."""
        shapes = self._shapes(way, self.parts[name])
        found = [Measured(shape, off, times) for shape, times in shapes.most_common()
                 if -(-(len(shape) - off) // units) == self.figures[name]]
        if not found:
            seen = ", ".join(f"{len(shape) - off} ({times} times)"
                             for shape, times in shapes.most_common(5))
            raise Failure(f"the benchmark says {self.figures[name]} for {name}, "
                          f"the trace has {seen or 'nothing'}")
        return found[0]
