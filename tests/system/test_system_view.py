"""cormctl and /proc/corm: what the system says about itself, and killing its parts."""

import re

HEADINGS = ("state", "generation", "restarts", "reason", "memory", "time")


def test_cormctl_lists_every_component_with_its_state(world):
    outcome = world("cormctl", "list")
    assert outcome.status == 0
    lines = outcome.out.decode().lower().splitlines()
    for word in HEADINGS:
        assert word in lines[0], f"no column {word} in: {lines[0]}"
    names = {line.split()[0] for line in lines[1:] if line.split()}
    assert {"console", "linux", "clock"} <= names


def test_a_killed_component_returns_with_a_reason(world):
    outcome = world("sh", "-c", "cormctl kill console; sleep 1; cormctl list")
    line = next(line for line in outcome.out.decode().splitlines() if line.startswith("console"))
    assert "running" in line and "killed" in line and re.search(r"\b1\b", line), line


def test_killing_an_unknown_component_is_refused(world):
    outcome = world("cormctl", "kill", "nobody")
    assert outcome.status != 0 and b"nobody" in outcome.err


def test_output_is_exact_while_the_driver_of_its_line_dies(world):
    script = "for i in 1 2 3; do seq 1 3000; cormctl kill channel; done; cormctl list >&2"
    outcome = world("sh", "-c", script)
    numbers = "".join(f"{number}\n" for number in range(1, 3001)) * 3
    assert outcome.status == 0 and outcome.out.decode() == numbers


def test_absent_system_calls_are_counted_where_a_user_reads_them(world):
    outcome = world("sh", "-c", "cat /proc/corm/syscalls")
    assert outcome.status == 0


def test_memory_for_kernel_objects_is_the_programs_until_it_is_needed(world):
    """One buffer of all memory but 8 MB, filled; processes still start, and all is free again."""
    script = """
free() { sed -n 's/MemFree: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo; }
before=$(free)
dd if=/dev/zero of=/dev/null bs=$((before - 8192))k count=1 2>/dev/null || exit 1
for i in 1 2 3 4 5 6 7 8; do sh -c 'sleep 0.1; true' & done
wait
echo $((before - $(free) < 4096))
"""
    outcome = world("sh", "-c", script)
    assert outcome.status == 0 and outcome.out == b"1\n", (outcome.out, outcome.err)


def test_processes_get_memory_for_kernel_objects_beyond_the_first_of_it(world):
    script = """
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do sleep 2 & done
set -- /proc/[0-9]*
echo $(($# >= 24))
wait && echo waited
"""
    outcome = world("sh", "-c", script)
    assert outcome.status == 0 and outcome.out == b"1\nwaited\n", (outcome.out, outcome.err)


def test_the_memory_of_the_machine_is_accounted_for_to_the_kilobyte(world):
    outcome = world("sh", "-c", "cormctl memory && cormctl list")
    assert outcome.status == 0
    text = outcome.out.decode()
    parts = {name: int(kib) for name, kib in re.findall(r"^([a-z ]+) (\d+) kB$", text, re.M)}
    components = [int(kib) for kib in re.findall(r" (\d+)K ", text)]
    given = parts["kernel and image of init"] + parts["boot bundle"] + parts["init and sessions"]
    assert parts["machine"] == given + sum(components) + parts["ungranted"]
    inside = sum(parts[f"world {name}"] for name in ("free", "heap", "stacks", "programs"))
    assert 0 <= parts["world total"] - inside < 1024
