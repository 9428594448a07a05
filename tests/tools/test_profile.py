"""What `./corm bench linux --profile` makes of the window that the plugin recorded."""

import struct

import pytest

from cormlib import profile
from cormlib.failure import Failure
from cormlib.profile import Insn, Place


class Program:
    """A module with these instructions: {address: bytes}."""

    def __init__(self, name, text):
        self.name, self.text = name, text

    def has(self, insn):
        return self.text.get(insn.address) == insn.content


def window(insns, ran):
    data = profile.COUNTS.pack(len(insns), len(ran))
    for address, host, content in insns:
        data += profile.RECORD.pack(address, host, len(content), content)
    return data + struct.pack(f"<{len(ran)}I", *ran)


def test_a_window_is_read_as_it_was_written(tmp_path):
    file = tmp_path / "window"
    file.write_bytes(window([(0x400000, 0x7000, b"\x90"), (0x400001, 0x7001, b"\x0f\x05")],
                            [1, 0, 1]))
    insns, ran = profile.read_window(file)
    assert insns == [Insn(0x400000, 7, b"\x90"), Insn(0x400001, 7, b"\x0f\x05")]
    assert list(ran) == [1, 0, 1]


@pytest.mark.parametrize("data", [b"", window([(1, 1, b"\x90")], [])])
def test_a_window_of_nothing_is_refused(tmp_path, data):
    file = tmp_path / "window"
    file.write_bytes(data)
    with pytest.raises(Failure):
        profile.read_window(file)


def test_programs_at_the_same_address_are_told_apart_by_what_lies_in_the_page():
    server = Program("server", {0x1000: b"\x90", 0x1001: b"\xc3"})
    guest = Program("guest", {0x1000: b"\x90", 0x1001: b"\xcc"})
    insns = [Insn(0x1000, 1, b"\x90"), Insn(0x1001, 1, b"\xc3"), Insn(0x1000, 2, b"\x90"),
             Insn(0x1001, 2, b"\xcc"), Insn(0x1000, 3, b"\xf4")]
    found = profile.module_of_pages(insns, [server, guest])
    assert found == {1: server, 2: guest, 3: None}


def test_every_instruction_is_in_one_line_of_each_view():
    ran = [Place("kernel", "entry", 1, True), Place("kernel", "entry", 2, False),
           Place("server", "read", 9, True), Place("kernel", "entry", 1, True)]
    functions = [line.split() for line in profile.by_function(ran)]
    assert functions[0] == ["3", "75.0", "%", "kernel"]
    assert functions[1] == ["3", "75.0", "%", "2", "entry"]
    assert sum(int(line[0]) for line in functions if len(line) == 4) == len(ran)
    assert [line.split()[0] for line in profile.in_order(ran)] == ["2", "1", "1"]


def test_what_a_program_asked_for_is_named_by_the_call_or_what_the_server_began_with():
    guest = Place("busybox", "", 1, False)
    kernel = Place("kernel", "syscall_entry", 2, True)

    def server(name, entry=True):
        return Place("servers/linux", name, 3, entry)

    ran = [guest, kernel, server("guest_run", False), server("fd_file"), server("sys_read"),
           server("sys_write"), kernel, guest, kernel, server("serve_other"), server("mm_fault"),
           guest, guest, kernel]
    found = {fields[4]: (int(fields[0]), int(fields[3]))
             for fields in (line.split(None, 4) for line in profile.by_request(ran))}
    assert found == {"sys_read": (6, 1), "mm_fault": (3, 1), "in programs": (4, 3),
                     "nothing: the kernel alone": (1, 1)}
