"""`./corm run -- CMD`: exact output, exact status, input, files that are brought along."""

import hashlib
import os
import subprocess
import time

import pytest

from cormlib import busybox_binary
from conftest import ARCH


def test_output_and_status_are_the_commands(world):
    outcome = world("sh", "-c", "echo hello; exit 7")
    assert (outcome.status, outcome.out, outcome.err) == (7, b"hello\n", b"")


def test_standard_error_stays_apart(world):
    outcome = world("sh", "-c", "echo out; echo err >&2")
    assert (outcome.status, outcome.out, outcome.err) == (0, b"out\n", b"err\n")


def test_busybox_is_debians_unmodified_binary(world):
    digest = hashlib.sha256(busybox_binary.get(ARCH).path.read_bytes()).hexdigest()
    assert world("sha256sum", "/bin/busybox").out == f"{digest}  /bin/busybox\n".encode()


def test_standard_input_is_forwarded_and_ends(world):
    data = os.urandom(200_000)
    outcome = world("sha256sum", stdin=data)
    assert outcome.out == f"{hashlib.sha256(data).hexdigest()}  -\n".encode()


def test_large_output_is_exact(world):
    outcome = world("cat", "/bin/busybox")
    assert outcome.status == 0 and outcome.out == busybox_binary.get(ARCH).path.read_bytes()


def test_arguments_arrive_unchanged(world):
    arguments = ["a b", "", "*", "$HOME", "ä", "--", "-x", "new\nline"]
    outcome = world("sh", "-c", 'printf "%s|" "$@"', "sh", *arguments)
    assert outcome.out == ("|".join(arguments) + "|").encode()


def test_a_command_that_does_not_exist_gives_127(world):
    assert world("no-such-command").status == 127


def test_a_command_that_is_not_executable_gives_126(world):
    assert world("/etc/passwd").status == 126


@pytest.mark.parametrize("name, status", [("TERM", 143), ("KILL", 137), ("SEGV", 139)])
def test_death_by_a_signal_gives_128_and_its_number(world, name, status):
    assert world("sh", "-c", f"kill -{name} $$").status == status


def test_a_script_on_standard_input_runs(world):
    outcome = subprocess.run(["./corm", "run", "--arch", ARCH.name, "--timeout", "60"],
                             input=b"echo $((6 * 7)); exit 3",
                             capture_output=True, timeout=90)
    assert (outcome.returncode, outcome.stdout) == (3, b"42\n")


def test_a_time_limit_ends_the_machine(world):
    start_s = time.monotonic()
    outcome = world("sleep", "1000", limit_s=8)
    assert outcome.status == 124 and b"log" in outcome.err
    assert time.monotonic() - start_s < 30


@pytest.mark.parametrize("option", [("--net", "user"), ("--disk", "x.img")])
def test_an_option_that_is_not_built_is_refused(world, option):
    outcome = world("true", options=option)
    assert outcome.status == 2 and b"not built yet" in outcome.err


@pytest.mark.parametrize("count", [2, 4])
def test_the_world_runs_on_a_machine_of_several_processors(world, count):
    outcome = world("echo", "alive", options=("--smp", str(count)))
    assert outcome.status == 0 and outcome.out == b"alive\n"


def test_a_large_file_is_added_exactly(world, tmp_path):
    path = tmp_path / "large"
    path.write_bytes(os.urandom(1 << 20) * 100)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    outcome = world("sha256sum", "/data/large", add=[f"{path}:/data/large"], limit_s=400)
    assert outcome.out == f"{digest}  /data/large\n".encode()


def test_an_added_script_stays_executable(world, tmp_path):
    path = tmp_path / "script"
    path.write_text("#!/bin/sh\necho ran $1\n")
    path.chmod(0o755)
    assert world("/opt/script", "well", add=[f"{path}:/opt/"]).out == b"ran well\n"


def test_an_added_folder_arrives_whole(world, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file").write_text("content\n")
    (tmp_path / "link").symlink_to("sub/file")
    assert world("cat", "/d/link", add=[f"{tmp_path}:/d"]).out == b"content\n"


@pytest.mark.only("x86_64", reason="Debian's programs are this host's")
def test_debians_dynamic_ls_runs(world):
    outcome = world("/bin/ls", "-d", "/proc", "/tmp", add=["/bin/ls"])
    assert (outcome.status, outcome.out) == (0, b"/proc\n/tmp\n")


@pytest.mark.only("x86_64", reason="Debian's programs are this host's")
def test_debians_bash_runs(world):
    script = 'declare -A a=([x]=1 [y]=2); for i in {1..3}; do ((s+=i)); done; echo $s ${a[y]}'
    outcome = world("/bin/bash", "-c", script, add=["/bin/bash"])
    assert (outcome.status, outcome.out, outcome.err) == (0, b"6 2\n", b"")


def test_a_missing_file_to_add_is_named(world):
    outcome = world("true", add=["/no/such/file"])
    assert outcome.status == 1 and b"/no/such/file" in outcome.err


def test_the_time_of_day_is_right(world):
    seen = int(world("date", "+%s").out)
    assert abs(seen - time.time()) < 30


def test_two_runs_have_different_random_numbers_and_addresses(world):
    command = ("sh", "-c", "head -c 16 /dev/urandom | od -An -tx1; grep stack /proc/self/maps")
    assert world(*command).out != world(*command).out


def test_the_kernel_that_runs_says_its_name(world):
    assert world("uname", "-m").out == f"{ARCH.name}\n".encode()
