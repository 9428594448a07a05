"""The numbers of system calls against Linux's own headers, and mistakes in the .def files."""

import re
import shutil
import subprocess

import pytest

import linux_syscalls
from cormlib.paths import ROOT

DEFINITION = ROOT / "servers" / "linux" / "syscalls.def"
# What arm64 and riscv64 both ask of the generic table.
BOTH = ("NEW_STAT", "SET_GET_RLIMIT", "SYS_CLONE3", "MEMFD_SECRET")


def numbers_in(header, *options):
    """{call: number} as the compiler sees a header of Linux."""
    command = ["gcc", "-E", "-dM", "-include", header, *options, "-x", "c", "/dev/null"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    words = dict(re.findall(r"#define __NR(\w+) (?:__NR)?(\w+)$", text, re.M))
    return {name[1:]: int(words.get(value, value)) for name, value in words.items()
            if name.startswith("_") and name not in ("_syscalls", "_arch_specific_syscall")}


def numbers_of(arch):
    table = linux_syscalls.of_arch(linux_syscalls.parse(DEFINITION), arch)
    return {call.name: number for number, call in table.items()}


def test_x86_64_has_the_numbers_of_linux_s_header():
    known = numbers_in("asm/unistd.h")
    assert numbers_of("x86_64") == known


@pytest.mark.parametrize("arch, more", [("aarch64", ("RENAMEAT",)), ("riscv64", ())])
def test_the_others_have_those_of_linux_s_generic_header(arch, more):
    known = numbers_in("asm-generic/unistd.h", *(f"-D__ARCH_WANT_{what}" for what in BOTH + more))
    numbers = numbers_of(arch)
    flush = numbers.pop("riscv_flush_icache", None)
    assert numbers == known
    assert flush == (244 + 15 if arch == "riscv64" else None)  # the architecture's own begin at 244


@pytest.mark.parametrize("name, line, complaint", [
    ("syscalls.def", '1000 read full ""', "listed twice"),
    ("syscalls.def", '0 more full ""', "is taken"),
    ("syscalls.def", '1000 more partial ""', "say what is missing"),
    ("syscalls.def", '1000 more full "something"', "say what is missing"),
    ("syscalls.def", '1000 more absent "something"', "name the capability"),
    ("syscalls.def", '- more full ""', "no number anywhere"),
    ("syscalls.def", '2000 more full ""', "wild"),
    ("syscalls_generic.def", "1000 more", "of a known call"),
    ("syscalls_generic.def", "1000 read", "listed twice"),
    ("syscalls_generic.def", "1000 open sparc", "expected"),
    ("syscalls_generic.def", "63 open", "is taken"),
])
def test_a_mistake_is_told_with_its_place(tmp_path, name, line, complaint):
    for path in DEFINITION.parent.glob("syscall*.def"):
        shutil.copy(path, tmp_path)
    with open(tmp_path / name, "a") as file:
        file.write(line + "\n")
    with pytest.raises(linux_syscalls.DefError, match=complaint) as error:
        linux_syscalls.parse(tmp_path / "syscalls.def")
    assert str(tmp_path) in str(error.value)


def test_a_call_of_one_architecture_only_is_no_other_s():
    calls = linux_syscalls.parse(DEFINITION)
    assert "arch_prctl" not in numbers_of("aarch64") and "arch_prctl" in numbers_of("x86_64")
    assert "renameat" not in numbers_of("riscv64") and "renameat" in numbers_of("aarch64")
    table = linux_syscalls.table_text(linux_syscalls.of_arch(calls, "riscv64"))
    assert "[38] = syscall_absent," in table and "[63] = sys_read," in table
