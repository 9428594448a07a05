"""`./corm trace`: what a run was, second by second, in a file that a viewer opens."""

import itertools
import json

import pytest

from conftest import run_corm

pytestmark = pytest.mark.only("x86_64", reason="a trace names the vectors of x86_64")

PROCESSOR = 0


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """(outcome, events) of a traced run of a command with output and a status."""
    path = tmp_path_factory.mktemp("trace") / "t.json"
    outcome = run_corm("trace", "-o", str(path), "--timeout", "100", "--", "sh", "-c",
                       "cat /etc/passwd | wc -c >/dev/null; sleep 0.2; echo seen; exit 7")
    return outcome, json.loads(path.read_text())


def slices(events, process=None, kernel=False):
    return [event for event in events if event["ph"] == "X"
            and (event.get("cat") == "kernel") == kernel
            and (process is None or event["pid"] == process)]


def end(event):
    return event["ts"] + event["dur"]


def test_output_and_status_of_the_command_pass_through(traced):
    outcome, _ = traced
    assert outcome.out == b"seen\n" and outcome.status == 7
    assert b"ui.perfetto.dev" in outcome.err and b"t.json" in outcome.err


def test_components_have_their_names(traced):
    _, data = traced
    named = {event["args"]["name"] for event in data["traceEvents"]
             if event["ph"] == "M" and event["name"] == "process_name"}
    assert named >= {"processor 0", "init", "console", "channel", "clock", "linux"}
    ran = {event["name"] for event in slices(data["traceEvents"], PROCESSOR)}
    assert ran >= {"init", "console", "channel", "linux", "idle"}


def test_who_ran_is_without_gap_or_overlap_from_boot_to_the_end(traced):
    _, data = traced
    assert data["otherData"]["overwritten"] == 0
    ran = sorted(slices(data["traceEvents"], PROCESSOR), key=lambda event: event["ts"])
    for one, following in itertools.pairwise(ran):
        assert following["ts"] == pytest.approx(end(one), abs=0.002)
    total_us = max(end(event) for event in slices(data["traceEvents"]))
    assert sum(event["dur"] for event in ran) == pytest.approx(total_us, rel=0.001)
    assert total_us > 200_000  # the command slept that long


def test_each_stay_in_the_kernel_lies_in_one_slice_of_who_ran(traced):
    _, data = traced
    ran = iter(sorted(slices(data["traceEvents"], PROCESSOR), key=lambda event: event["ts"]))
    around = next(ran)
    stays = sorted(slices(data["traceEvents"], PROCESSOR, True), key=lambda event: event["ts"])
    assert len(stays) > 1000
    for stay in stays:
        while end(around) <= stay["ts"] + 0.002 and end(around) < end(stay) - 0.002:
            around = next(ran)
        assert around["ts"] <= stay["ts"] + 0.002 and end(stay) <= end(around) + 0.002


def test_slices_of_a_thread_do_not_overlap_and_say_what_linux_did(traced):
    _, data = traced
    events = slices(data["traceEvents"])
    tracks = {(event["pid"], event["tid"]) for event in events}
    for track in tracks:
        mine = sorted((event for event in events if (event["pid"], event["tid"]) == track),
                      key=lambda event: (event["ts"], end(event)))
        for one, following in itertools.pairwise(mine):
            assert following["ts"] >= end(one) - 0.002
    seen = {event["name"] for event in events}
    assert seen >= {"runs", "guest", "write", "execve", "exit_group", "page fault"}


def test_the_command_sleeps_while_the_processor_idles(traced):
    _, data = traced
    idle_us = sum(event["dur"] for event in slices(data["traceEvents"], PROCESSOR)
                  if event["name"] == "idle")
    assert idle_us > 100_000


def test_calls_faults_and_interrupts_are_there_and_arrows_meet(traced):
    _, data = traced
    kernel = {event["name"] for event in slices(data["traceEvents"], PROCESSOR, True)}
    assert "timer" in kernel and "page fault" in kernel
    assert any(name.startswith("interrupt ") for name in kernel)
    assert any(name.startswith("call ") for name in kernel)
    begun = [event["id"] for event in data["traceEvents"] if event["ph"] == "s"]
    ended = [event["id"] for event in data["traceEvents"] if event["ph"] == "f"]
    assert begun == ended and begun


def test_a_small_trace_keeps_the_end_and_says_what_it_lost(tmp_path):
    path = tmp_path / "t.json"
    outcome = run_corm("trace", "--size", "16K", "-o", str(path), "--timeout", "100", "--", "true")
    data = json.loads(path.read_text())
    assert outcome.status == 0 and b"overwritten" in outcome.err
    assert data["otherData"]["records"] == 16 * 1024 // 64 - 1
    assert data["otherData"]["overwritten"] > 0


def test_a_size_that_is_none_ends_with_what_the_machine_says():
    outcome = run_corm("trace", "--size", "3M", "--timeout", "100", "--", "true")
    assert outcome.status != 0 and b"trace= takes a power of two" in outcome.err
