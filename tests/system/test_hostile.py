"""Bad input hurts only the process that brings it: the world and the system go on."""

import os
import random
import struct
from pathlib import Path

import pytest

from cormlib import busybox_binary
from conftest import ARCH

BUSYBOX = busybox_binary.get(ARCH).path.read_bytes()


def broken(kind):
    """A damaged executable of the given kind."""
    data = bytearray(BUSYBOX)
    if kind == "empty":
        return b""
    if kind == "garbage":
        return random.Random(1).randbytes(20_000)
    if kind == "magic only":
        return BUSYBOX[:4]
    if kind == "header only":
        return BUSYBOX[:64]
    if kind == "cut in half":
        return BUSYBOX[:len(BUSYBOX) // 2]
    if kind == "entry in nowhere":
        struct.pack_into("<Q", data, 24, 0x1234567890)
    if kind == "entry in the kernel":
        struct.pack_into("<Q", data, 24, 0xFFFFFFFF80000000)
    if kind == "program headers far away":
        struct.pack_into("<Q", data, 32, 1 << 62)
    if kind == "65535 program headers":
        struct.pack_into("<H", data, 56, 65535)
    if kind == "segment in the kernel":
        struct.pack_into("<Q", data, 64 + 16, 0xFFFFFFFF80000000)
    if kind == "segment of 2^63 bytes":
        struct.pack_into("<Q", data, 64 + 40, 1 << 63)
    if kind == "interpreter is itself":
        struct.pack_into("<I", data, 64, 3)
    return bytes(data)


KINDS = ["empty", "garbage", "magic only", "header only", "cut in half", "entry in nowhere",
         "entry in the kernel", "program headers far away", "65535 program headers",
         "segment in the kernel", "segment of 2^63 bytes", "interpreter is itself"]


def test_broken_executables_hurt_only_themselves(world, tmp_path):
    add = []
    for number, kind in enumerate(KINDS):
        path = tmp_path / f"b{number:02}"
        path.write_bytes(broken(kind))
        path.chmod(0o755)
        add.append(f"{path}:/bad/b{number:02}")
    script = "for f in /bad/*; do $f true 2>/dev/null </dev/null; echo $?; done; echo alive"
    lines = world("sh", "-c", script, add=add).out.decode().split()
    assert lines[-1] == "alive" and len(lines) == len(KINDS) + 1
    for kind, status in zip(KINDS, lines):
        if kind not in ("empty", "cut in half"):
            assert status in ("126", "127", "132", "135", "137", "139", "2"), (kind, status)


@pytest.mark.parametrize("seed", range(3))
def test_mutated_executables_hurt_only_themselves(world, tmp_path, seed):
    generator = random.Random(seed)
    add = []
    for number in range(20):
        data = bytearray(BUSYBOX)
        for _ in range(generator.randrange(1, 12)):
            data[generator.randrange(0, 64 + 56 * 10)] = generator.randrange(256)
        path = tmp_path / f"m{number}"
        path.write_bytes(data)
        path.chmod(0o755)
        add.append(f"{path}:/bad/m{number}")
    script = ("for f in /bad/*; do timeout 5 $f true >/dev/null 2>&1 </dev/null; done; "
              "echo alive; cat /proc/uptime >/dev/null && echo well")
    assert world("sh", "-c", script, add=add, limit_s=240).out == b"alive\nwell\n"


def test_a_fork_bomb_hurts_only_its_own_processes(world):
    script = ("sh -c 'f() { f | f & f; }; f' 2>/dev/null & sleep 5; "
              "while killall -9 sh 2>/dev/null; do :; done; true")
    outcome = world("busybox", "timeout", "-s", "KILL", "60", "sh", "-c",
                    f"trap '' TERM; {script}", limit_s=120)
    # 137: killall met the shell that runs it; 2: that shell found no room for one more fork itself.
    assert outcome.status in (0, 2, 137)


def test_a_process_that_takes_all_memory_is_refused_and_the_rest_goes_on(world):
    script = ("dd if=/dev/zero of=/dev/null bs=4000M count=1 2>/dev/null; echo $?; "
              "awk 'BEGIN { s = \"x\"; while (1) s = s s }' 2>/dev/null; echo ended; "
              "dd if=/dev/zero of=/tmp/fill bs=1M 2>/dev/null; rm /tmp/fill; echo room again; "
              "dd if=/dev/zero of=/tmp/f bs=1M count=8 2>/dev/null && echo well")
    lines = world("sh", "-c", script, options=("--mem", "64"), limit_s=240).out.decode().split("\n")
    assert lines[1:] == ["ended", "room again", "well", ""]


def test_wild_pointers_give_efault_or_a_signal(world, tmp_path):
    """Every system call with every argument wild, each in a process of its own."""
    source = tmp_path / "wild.c"
    source.write_text(Path(__file__).with_name("wild.c").read_text())
    program = tmp_path / "wild"
    assert os.system(f"{ARCH.tool('gcc')} -O1 -static -o {program} {source}") == 0
    outcome = world("/wild", add=[f"{program}:/wild"], limit_s=300)
    assert outcome.status == 0 and outcome.out.endswith(b"survived\n"), outcome
