"""Makes of a trace what Perfetto's viewer shows: the JSON of the Chrome trace format.

One track for the processor: who ran, without gaps (kernel time belongs to whom the kernel worked
for), and in it each stay in the kernel. One track for each thread, by component: when it ran, when
its guest did, and between them what it waited in: a call lasts until the caller goes on. An arrow
goes from the call to the thread that went on in its place.
"""

from . import trace_names as names

PROCESSOR = 0
FIRST_COMPONENT = 1  # process number of init; the others follow
IDLE = "idle"


def stays(records):
    """[(record of what ran at user level, records made before the kernel was left again)].

    What was noted while the kernel was not left has the same since_ns.
    """
    found = []
    for record in records:
        in_kernel = record.thread == 0 or found and record.since_ns == found[-1][0].since_ns
        if not in_kernel:
            found.append((record, []))
        elif found:
            found[-1][1].append(record)
    return found


class Events:
    def __init__(self, components):
        self.components = components
        self.list = []
        self.tracks = {}  # thread -> (process, track)
        self.left = {}  # thread -> (record, when it last came to the kernel)
        self.flows = 0

    def add(self, phase, track, at_ns, name, **more):
        self.list.append({"ph": phase, "pid": track[0], "tid": track[1], "ts": at_ns / 1000,
                          "name": name, **more})

    def slice(self, track, begin_ns, end_ns, name, **more):
        self.add("X", track, begin_ns, name, dur=(end_ns - begin_ns) / 1000, **more)

    def meta(self, process, track, what, name):
        self.list.append({"ph": "M", "pid": process, "tid": track, "name": what,
                          "args": {"name": name}})

    def component(self, record):
        return names.component(record.component, self.components)

    def track(self, record):
        """The track of the record's thread, which gets one when it is first seen."""
        known = self.tracks.get(record.thread)
        if known is None:
            process = FIRST_COMPONENT + record.component
            number = 1 + sum(process == other for other, _ in self.tracks.values())
            known = self.tracks[record.thread] = (process, number)
            self.meta(process, number, "process_name", self.component(record))
            self.meta(process, number, "thread_name",
                      f"{self.component(record)} {number} (thread at {record.thread:#x})")
        return known

    def on_thread(self, record):
        """What the thread waited in until it ran, and that it ran."""
        track = self.track(record)
        if before := self.left.get(record.thread):
            what = ("preempted by " if names.is_interrupt(before) else "") + names.event(before)
            self.slice(track, before.until_ns, record.since_ns, what,
                       args={"word": hex(before.word)})
        self.slice(track, record.since_ns, record.until_ns, "guest" if record.in_guest else "runs")
        self.left[record.thread] = record

    def arrow(self, record, following):
        """From a system call to the thread that ran next."""
        self.flows += 1
        self.add("s", self.track(record), record.until_ns, "goes on", cat="switch", id=self.flows)
        self.add("f", self.track(following), following.since_ns, "goes on", cat="switch",
                 id=self.flows, bp="e")

    def interrupts(self, records):
        for record in records:
            self.add("i", (PROCESSOR, 0), record.until_ns, names.event(record), s="t")


def _on_processor(events, found):
    """Who ran, from the first record to the last, and the stays in the kernel."""
    processor = (PROCESSOR, 0)
    begin_ns = found[0][0].since_ns
    for index, (record, inner) in enumerate(found):
        following = found[index + 1][0] if index + 1 < len(found) else None
        idle_until_ns = max((item.until_ns for item in inner if item.thread == 0), default=0)
        left_ns = following.since_ns if following else (inner or [record])[-1].until_ns
        switched = following is None or following.thread != record.thread
        end_ns = record.until_ns if idle_until_ns else left_ns
        if idle_until_ns or switched:
            events.slice(processor, begin_ns, end_ns, events.component(record),
                         args={"thread": hex(record.thread)})
            begin_ns = end_ns
        if idle_until_ns:
            events.slice(processor, begin_ns, idle_until_ns, IDLE)
            begin_ns = idle_until_ns
        events.interrupts(inner)
        kernel_ns = idle_until_ns or record.until_ns
        events.slice(processor, kernel_ns, left_ns, names.event(inner[-1] if idle_until_ns
                                                                else record), cat="kernel")
        events.on_thread(record)
        if switched and following and not idle_until_ns and record.kind == names.SYSCALL:
            events.arrow(record, following)
    if begin_ns < left_ns:  # after idling
        events.slice(processor, begin_ns, left_ns, events.component(record))


def convert(trace, components):
    """The object whose JSON is the file."""
    events = Events(components)
    events.meta(PROCESSOR, 0, "process_name", "processor 0")
    events.meta(PROCESSOR, 0, "thread_name", "who ran")
    found = stays(trace.records)
    if found:
        _on_processor(events, found)
    return {"traceEvents": events.list, "displayTimeUnit": "ns",
            "otherData": {"records": len(trace.records), "overwritten": trace.overwritten}}
