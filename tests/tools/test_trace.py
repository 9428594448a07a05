"""A trace as the kernel writes it, and what the viewer gets of it."""

import itertools

import pytest

from cormlib import trace_events, trace_names as names, trace_ring
from cormlib.cheader import header
from cormlib.failure import Failure
from cormlib.trace_ring import RECORD, RING, Record, Trace

COMPONENTS = ["console", "linux"]
INIT, CONSOLE, LINUX = 0x1000, 0x2000, 0x3000
CALL = 17 << names.OP_BITS | 1
LINE = names.FIRST_LINE


def ring(count, written):
    """Reads from a ring of `count` records into which `written` were written; word = its number."""
    slots = [b"\0" * RECORD.size] * count
    for number in range(written):
        slots[number % count] = RECORD.pack(word=number, since_ns=number, until_ns=number + 1)
    data = RING.pack(mask=count - 1, count_written=written) + b"".join(slots)
    return lambda offset, size: data[offset:offset + size]


@pytest.mark.parametrize("written, kept, overwritten", [
    (0, [], 0), (3, [0, 1, 2], 0), (8, list(range(8)), 0),
    (9, list(range(2, 9)), 2), (27, list(range(20, 27)), 20)])
def test_a_ring_gives_the_last_records_in_order_but_for_one_that_may_be_torn(
        written, kept, overwritten):
    trace = trace_ring.parse(ring(8, written))
    assert [record.word for record in trace.records] == kept
    assert trace.overwritten == overwritten


def test_a_machine_that_did_not_trace_is_an_error(tmp_path):
    log = tmp_path / "log"
    log.write_text("corm: starting\n")
    with pytest.raises(Failure, match="no trace"):
        trace_ring.read_memory(tmp_path / "memory", log)


def test_memory_without_the_ring_that_the_log_names_is_an_error(tmp_path):
    log, memory = tmp_path / "log", tmp_path / "memory"
    log.write_text("corm: trace of 64 records at 0x1000\n")
    memory.write_bytes(b"\0" * 0x3000)
    with pytest.raises(Failure, match="no trace at 0x1000"):
        trace_ring.read_memory(memory, log)


def record(thread, since, until, kind=names.SYSCALL, word=CALL, guest=0):
    badge = {INIT: 0, CONSOLE: 1, LINUX: 2, 0: 0}[thread]
    return Record(since_ns=since, until_ns=until, thread=thread, component=badge, in_guest=guest,
                  kind=kind, word=word)


def converted(*records):
    return trace_events.convert(Trace(list(records), 0), COMPONENTS)["traceEvents"]


def spans(events, process, kernel=False):
    """[(name, begin, end)] in ns of a process's slices."""
    return sorted((event["name"], round(event["ts"] * 1000),
                   round((event["ts"] + event["dur"]) * 1000))
                  for event in events if event["ph"] == "X" and event["pid"] == process
                  and (event.get("cat") == "kernel") == kernel)


def test_a_switch_ends_one_slice_and_begins_the_next_where_the_kernel_was_left():
    events = converted(record(INIT, 0, 100), record(INIT, 150, 200), record(LINUX, 260, 300))
    assert spans(events, 0) == [("init", 0, 260), ("linux", 260, 300)]
    call = names.native_call(CALL, 0)
    assert (call, 100, 150) in spans(events, 0, kernel=True)
    assert (call, 200, 260) in spans(events, 0, kernel=True)


def test_idle_ends_with_the_last_interrupt_that_found_nobody_running():
    events = converted(record(LINUX, 0, 100), record(0, 0, 400, kind=LINE + 4, word=0),
                       record(0, 0, 700, kind=names.TIMER, word=0), record(CONSOLE, 750, 800))
    assert spans(events, 0) == [("console", 700, 800), ("idle", 100, 700), ("linux", 0, 100)]
    assert ("timer", 700, 750) in spans(events, 0, kernel=True)
    marks = [(event["name"], event["ts"]) for event in events if event["ph"] == "i"]
    assert marks == [("interrupt 4", 0.4), ("timer", 0.7)]


def test_a_call_lasts_on_its_threads_track_until_the_caller_goes_on():
    events = converted(record(LINUX, 0, 100), record(CONSOLE, 150, 200), record(LINUX, 260, 300))
    call = names.native_call(CALL, 1)
    assert (call, 100, 260) in spans(events, 1 + 2)
    assert ("runs", 150, 200) in spans(events, 1 + 1)


def test_an_arrow_goes_from_a_call_to_who_runs_next_and_from_nothing_else():
    events = converted(record(LINUX, 0, 100), record(CONSOLE, 150, 200, kind=LINE, word=0),
                       record(LINUX, 260, 300))
    begin, end = ([(event["pid"], event["ts"]) for event in events if event["ph"] == phase]
                  for phase in "sf")
    assert begin == [(3, 0.1)] and end == [(2, 0.15)]


def test_an_interrupt_in_a_long_operation_is_marked_in_it():
    events = converted(record(INIT, 0, 100), record(INIT, 0, 500, kind=LINE + 1, word=0),
                       record(LINUX, 600, 700))
    assert spans(events, 0) == [("init", 0, 600), ("linux", 600, 700)]
    assert [event["ts"] for event in events if event["ph"] == "i"] == [0.5]


def test_what_a_guest_does_is_called_as_linux_calls_it():
    events = converted(record(LINUX, 0, 100, word=2),
                       record(LINUX, 150, 400, word=1, guest=1), record(LINUX, 450, 500))
    assert ("guest", 150, 400) in spans(events, 3)
    assert ("write", 400, 450) in spans(events, 3)
    assert ("enter", 100, 150) in spans(events, 3)


def test_slices_of_the_processor_leave_no_gap_and_do_not_overlap():
    threads = itertools.cycle([INIT, LINUX, LINUX, CONSOLE])
    records, at = [], 0
    for number in range(40):
        records.append(record(next(threads), at, at + 10))
        if number % 5 == 4:
            records.append(record(0, at, at + 90, kind=LINE, word=0))
        at += 100
    found = sorted(spans(converted(*records), 0), key=lambda span: span[1])
    for (_, _, end), (_, begin, _) in itertools.pairwise(found):
        assert begin == end
    assert found[0][1] == 0 and found[-1][2] == records[-1].until_ns


def test_names_of_ways_into_the_kernel():
    service = header("component.h")["SLOT_SERVICE"]
    assert names.native_call(service << names.OP_BITS | 62, 1) == "receive service"
    assert names.native_call(99 << names.OP_BITS | 63, 1) == "receive slot 99"
    assert names.native_call(1, 1) == "yield"
    assert names.native_call(CALL, 1) == "call slot 17 operation 1"
    assert names.event(record(INIT, 0, 1, kind=14, word=0)) == "page fault"
    assert names.event(record(INIT, 0, 1, kind=LINE + 4, word=0)) == "interrupt 4"
    assert names.component(0, COMPONENTS) == "init"
    assert names.component(2, COMPONENTS) == "linux"
    assert names.component(9, COMPONENTS) == "badge 9"


def test_an_empty_trace_is_an_empty_file():
    assert spans(converted(), 0) == []
