"""From power-on to the shell: small machines, damaged bundles, GRUB images with BIOS and UEFI."""

import re
import shutil
import socket
import time
from pathlib import Path

import pytest
from pexpect import fdpexpect

from cormlib import iso, machine
from cormlib.cheader import header
from conftest import PROMPT

UEFI_CODE, UEFI_VARS = Path("/usr/share/OVMF/OVMF_CODE.fd"), Path("/usr/share/OVMF/OVMF_VARS.fd")
REFUSED = re.compile(r"cannot start: .*(truncated|checksum|magic|version|header)")


def test_a_machine_of_16_mb_reaches_the_shell(world):
    outcome = world("echo", "small", options=("--mem", "16"))
    assert (outcome.status, outcome.out) == (0, b"small\n")


def test_the_prompt_comes_fast(world):
    start_s = time.monotonic()
    assert world("true").status == 0
    elapsed_s = time.monotonic() - start_s
    assert elapsed_s < 10, f"{elapsed_s:.1f} s; 1.5 s on an idle machine is the aim"


def refuse(boot_log, bundle_file, data):
    bundle_file.write_bytes(data)
    log = boot_log(bundle_file, ["cannot start: "])
    assert REFUSED.search(log), f"no reason in the log:\n{log}"


@pytest.mark.parametrize("keep", [0.9, 0.5, 0.01])
def test_a_truncated_bundle_is_refused_with_a_reason(boot_log, bundle_file, keep):
    data = bundle_file.read_bytes()
    refuse(boot_log, bundle_file, data[:int(len(data) * keep) // 4096 * 4096 or 4096])


@pytest.mark.parametrize("at", [0, 8, 12, 16, 24, 28, 64 + 40, 64 + 48, 4096 + 100])
def test_a_flipped_bit_in_header_table_or_init_is_refused(boot_log, bundle_file, at):
    data = bytearray(bundle_file.read_bytes())
    data[at] ^= 0x10
    refuse(boot_log, bundle_file, bytes(data))


@pytest.mark.only("x86_64", reason="the processor's features are x86_64's")
@pytest.mark.parametrize("words", ["", "accept", "xaccept-meltdown accept-meltdownx"])
def test_a_processor_with_meltdown_is_refused(boot_log, bundle_file, words):
    log = boot_log(bundle_file, ["accept-meltdown accepts"], cpu="Skylake-Client", append=words)
    assert "cannot start: this processor" in log


@pytest.mark.only("x86_64", reason="the processor's features are x86_64's")
@pytest.mark.parametrize("words", ["accept-meltdown", "quiet accept-meltdown x"])
def test_a_processor_with_meltdown_starts_where_that_is_accepted(boot_log, bundle_file, words):
    log = boot_log(bundle_file, ["BusyBox"], cpu="Skylake-Client", append=words)
    assert "BusyBox" in log and "cannot start" not in log


@pytest.mark.only("x86_64", reason="the processor's features are x86_64's")
@pytest.mark.parametrize("cpu", ["qemu32", "max,nx=off"])
def test_a_processor_without_long_mode_or_nx_is_refused(boot_log, bundle_file, cpu):
    log = boot_log(bundle_file, ["execute protection"], cpu=cpu)
    assert "cannot start: this processor" in log


@pytest.mark.only("x86_64", reason="the processor's features are x86_64's")
def test_a_plain_processor_starts_the_system_and_what_it_lacks_is_named(boot_log, bundle_file):
    """But random numbers: without them the world ends, and with it the machine and its log."""
    log = boot_log(bundle_file, ["BusyBox"], cpu="qemu64,+rdrand")
    assert "corm: this processor has no SMEP" in log
    assert "BusyBox" in log and "cannot start" not in log


@pytest.mark.parametrize("kind", ["BUNDLE_MANIFEST", "BUNDLE_PROGRAM", "BUNDLE_ROOT"])
def test_a_flipped_bit_in_any_other_entry_is_refused(boot_log, bundle_file, kind):
    abi = header("bundle.h")
    data = bytearray(bundle_file.read_bytes())
    layout = abi.layout["bundle_entry"]
    count = abi.layout["bundle_header"].unpack(data)["entry_count"]
    entries = [layout.unpack(data, 64 + index * layout.size) for index in range(count)]
    entry = next(item for item in entries if item["type"] == abi[kind])
    data[entry["offset"] + entry["size_bytes"] // 2] ^= 1
    bundle_file.write_bytes(data)
    name = entry["name"].rstrip(b"\0").decode()
    log = boot_log(bundle_file, [f"{name}: ", "checksum", "corrupt"])
    assert re.search(r"checksum|corrupt|crc", log, re.I), f"no reason in the log:\n{log}"


def test_no_bundle_at_all_is_refused_with_a_reason(boot_log, tmp_path):
    empty = tmp_path / "empty"
    empty.write_bytes(b"\0" * 4096)
    assert REFUSED.search(boot_log(empty, ["cannot start: "]))


@pytest.fixture(scope="module")
def image():
    return iso.make("shell")


def firmware(kind, tmp_path):
    if kind == "bios":
        return []
    variables = tmp_path / "vars.fd"
    shutil.copyfile(UEFI_VARS, variables)
    return ["-drive", f"if=pflash,format=raw,readonly=on,file={UEFI_CODE}",
            "-drive", f"if=pflash,format=raw,file={variables}"]


def medium(kind, image):
    if kind == "cd":
        return ["-drive", f"if=none,id=boot,format=raw,readonly=on,media=cdrom,file={image}",
                "-device", "ide-cd,drive=boot,bootindex=0"]
    return ["-drive", f"if=none,id=boot,format=raw,readonly=on,file={image}",
            "-device", "qemu-xhci", "-device", "usb-storage,drive=boot,bootindex=0"]


@pytest.mark.only("x86_64", reason="GRUB boots it")
@pytest.mark.parametrize("media", ["cd", "usb"])
@pytest.mark.parametrize("kind", ["bios", "uefi"])
def test_the_grub_image_gives_a_shell_on_the_serial_line(image, tmp_path, kind, media):
    ours, theirs = socket.socketpair()
    config = machine.Config(tmp_path / "unused.log",
                            extra=firmware(kind, tmp_path) + medium(media, image))
    line = [f"socket,id=line,fd={theirs.fileno()}", "-serial", "chardev:line"]
    command = machine.command_line(config)
    at = command.index("-serial")
    command[at:at + 2] = ["-chardev", *line]
    with ours, machine.Machine(config, command, (theirs.fileno(),)):
        theirs.close()
        terminal = fdpexpect.fdspawn(ours.fileno(), timeout=90)
        terminal.expect(PROMPT)
        terminal.send(b"echo $((6 * 7)); uname -m\r")
        terminal.expect(b"\n42\r\nx86_64\r\n")
        terminal.expect(PROMPT)
