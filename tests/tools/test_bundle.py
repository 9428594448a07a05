"""The boot bundle and what goes into it: layouts, checksums, alignment, refusals."""

import os
import stat
import subprocess
import zlib
from pathlib import Path

import pytest

from cormlib import bundle, cpio, elf, root
from cormlib.arches import X86_64
from cormlib.cheader import header
from cormlib.failure import Failure

PAGE = 4096


def entries_of(data):
    abi = header("bundle.h")
    head = abi.layout["bundle_header"].unpack(data)
    layout = abi.layout["bundle_entry"]
    return head, [layout.unpack(data, 64 + index * layout.size)
                  for index in range(head["entry_count"])]


def test_every_checksum_of_a_bundle_holds(tmp_path):
    whole = bundle.Bundle()
    whole.add("init", "BUNDLE_INIT", [b"x" * 5000])
    whole.add("root", "BUNDLE_ROOT", [b"abc", b"def"])
    size = whole.write(tmp_path / "b")
    data = (tmp_path / "b").read_bytes()
    head, entries = entries_of(data)
    assert len(data) == size == head["size_bytes"] and size % PAGE == 0
    assert head["table_crc32"] == zlib.crc32(data[64:64 + 2 * 64])
    assert head["header_crc32"] == zlib.crc32(data[:28] + b"\0\0\0\0" + data[32:64])
    for entry, content in zip(entries, (b"x" * 5000, b"abcdef")):
        assert entry["offset"] % PAGE == 0
        piece = data[entry["offset"]:entry["offset"] + entry["size_bytes"]]
        assert piece == content and entry["crc32"] == zlib.crc32(content)


def test_a_bundle_refuses_a_name_without_room_for_its_end():
    with pytest.raises(Failure):
        bundle.Bundle().add("n" * 32, "BUNDLE_PROGRAM", [b""])


def test_world_options_hold_arguments_then_environment():
    abi = header("world.h")
    data = bundle.World("WORLD_COMMAND", ["sh", "-c", "ä"], {"A": "b"}).encode()
    fields = abi.layout["world_options"].unpack(data)
    assert (fields["argument_count"], fields["environment_count"]) == (3, 1)
    strings = data[abi.layout["world_options"].size:]
    assert strings == "sh\0-c\0ä\0A=b\0".encode() and fields["string_bytes"] == len(strings)


@pytest.fixture
def tree(tmp_path):
    """A few host files and the archive that holds them."""
    (tmp_path / "big").write_bytes(os.urandom(10_000))
    (tmp_path / "run").write_text("#!/bin/sh\n")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "empty").write_bytes(b"")
    archive = cpio.Archive()
    archive.directory("d", 0o1777)
    for name in ("big", "run", "empty"):
        archive.file(f"d/{name}", tmp_path / name)
    archive.symlink("d/link", "big")
    archive.finish()
    return tmp_path, b"".join(archive.pieces)


def test_another_cpio_reads_the_archive(tree):
    folder, data = tree
    out = folder / "out"
    out.mkdir()
    subprocess.run(["busybox", "cpio", "-idm"], cwd=out, input=data, check=True,
                   capture_output=True)
    assert (out / "d" / "big").read_bytes() == (folder / "big").read_bytes()
    assert stat.S_IMODE((out / "d" / "run").stat().st_mode) == 0o755
    assert stat.S_IMODE((out / "d").stat().st_mode) == 0o1777
    assert os.readlink(out / "d" / "link") == "big"
    assert (out / "d" / "empty").read_bytes() == b""


def test_file_data_lies_on_pages(tree):
    folder, data = tree
    for name in ("big", "run"):
        assert data.index((folder / name).read_bytes()) % PAGE == 0


def test_the_root_holds_every_applet_and_debians_busybox():
    archive = root.Root()
    root._add_busybox(archive, X86_64)
    listed = subprocess.run(["busybox", "--list"], capture_output=True, text=True).stdout.split()
    names = {path.rsplit("/", 1)[-1] for path in archive.nodes}
    assert set(listed) <= names
    assert archive.nodes["bin/busybox"].kind == stat.S_IFREG


@pytest.mark.parametrize("text, place", [
    ("/bin/ls", "bin/ls"), ("/bin/ls:/x/y", "x/y"), ("/bin/ls:/opt/", "opt/ls"),
    ("/bin/ls:/a/../b", "b")])
def test_add_puts_a_file_where_a_user_expects_it(text, place):
    assert root.parse_add(text)[1] == place


def test_add_of_a_relative_file_lands_in_the_top_folder(tmp_path, monkeypatch):
    (tmp_path / "f").write_text("x")
    monkeypatch.chdir(tmp_path)
    assert root.parse_add("f")[1] == "f"
    assert root.parse_add("./f:/etc/f")[1] == "etc/f"


@pytest.mark.parametrize("text", ["/no/such/file", "/bin/ls:relative", "/bin/ls:/.."])
def test_add_refuses_what_cannot_be_added(text):
    with pytest.raises(Failure):
        root.parse_add(text)


def test_an_added_program_replaces_the_applet_of_its_name():
    tree = root.Root()
    tree.symlink("bin/ls", "/bin/busybox")
    root._add_one(tree, "/bin/ls", "bin/ls", X86_64)
    assert tree.nodes["bin/ls"].kind == stat.S_IFREG


def test_a_dynamic_program_brings_loader_and_libraries():
    found, missing = elf.dependencies("/bin/bash")
    assert missing == []
    assert found["/lib64/ld-linux-x86-64.so.2"] == Path("/lib64/ld-linux-x86-64.so.2")
    assert any(name.endswith("/libc.so.6") for name in found)


def test_a_static_program_brings_nothing():
    assert elf.dependencies("/bin/busybox") == ({}, [])


def test_a_program_with_a_missing_library_is_added_with_a_word_about_it(tmp_path, capfd):
    (tmp_path / "l.c").write_text("int f(void) { return 1; }\n")
    (tmp_path / "m.c").write_text("int f(void);\nint main(void) { return f(); }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", tmp_path / "l.c", "-o", tmp_path / "libgone.so"],
                   check=True)
    subprocess.run(["gcc", tmp_path / "m.c", "-L", tmp_path, "-lgone", "-o", tmp_path / "m"],
                   check=True)
    tree = root.Root()
    root._add_one(tree, tmp_path / "m", "m", X86_64)
    assert "m" in tree.nodes and "libgone.so" in capfd.readouterr().err


LINKER_SCRIPT = """
PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(%d); }
SECTIONS {
    . = 0x400000; .text : { *(.text*) } :text
    . = ALIGN(4096); .data : { *(.data*) } :data .bss : { *(.bss*) } :data
    /DISCARD/ : { *(.note*) *(.comment) *(.eh_frame*) }
}
"""


def link(folder, flags):
    (folder / "p.c").write_text("int x = 7; int y[3000]; int _start(void) { return x + y[1]; }\n")
    (folder / "p.ld").write_text(LINKER_SCRIPT % flags)
    subprocess.run(["gcc", "-nostdlib", "-static", "-ffreestanding", "-fno-pic", "-no-pie",
                    "-Wl,--build-id=none", "-z", "noexecstack", "-T", folder / "p.ld",
                    folder / "p.c", "-o", folder / "p"], check=True)
    return folder / "p"


def test_a_program_is_flattened_into_segments_with_their_rights(tmp_path):
    abi = header("bundle.h")
    image = elf.flatten_program(link(tmp_path, 6))
    layout = abi.layout["program_segment"]
    text, data = (layout.unpack(image, 24 + index * layout.size) for index in range(2))
    assert text["rights"] == abi["PROGRAM_READ"] | abi["PROGRAM_EXECUTE"]
    assert data["rights"] == abi["PROGRAM_READ"] | abi["PROGRAM_WRITE"]
    assert text["address"] == 0x400000 and text["offset"] == PAGE
    assert data["memory_bytes"] >= 12000 > data["file_bytes"]
    assert image[data["offset"]:data["offset"] + 4] == b"\x07\0\0\0"


def test_a_writable_and_executable_segment_is_refused(tmp_path):
    with pytest.raises(Failure, match="writable and executable"):
        elf.flatten_program(link(tmp_path, 7))


def test_what_is_no_elf_is_refused(tmp_path):
    (tmp_path / "text").write_text("hello")
    with pytest.raises(Failure, match="not a 64-bit"):
        elf.flatten_program(tmp_path / "text")
