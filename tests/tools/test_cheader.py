"""Layouts read from the text of abi/ are the layouts that the compiler makes."""

import subprocess

import pytest

from cormlib.cheader import Header, header
from cormlib.paths import ROOT

HEADERS = ["bundle.h", "manifest.h", "world.h"]


@pytest.mark.parametrize("name", HEADERS)
def test_sizes_equal_the_compilers(tmp_path, name):
    layouts = {key: value for key, value in header(name).layout.items() if value}
    checks = "".join(f'_Static_assert(sizeof(struct {key}) == {value.size}, "{key}");\n'
                     for key, value in layouts.items())
    assert layouts
    (tmp_path / "t.c").write_text(f'#include "abi/{name}"\n{checks}')
    subprocess.run(["gcc", "-I", ROOT, "-fsyntax-only", tmp_path / "t.c"], check=True)


@pytest.mark.parametrize("name", [*HEADERS, "channel.h"])
def test_constants_equal_the_compilers(tmp_path, name):
    checks = "".join(f'_Static_assert((unsigned long long)({key}) == '
                     f'{value}ull, "{key}");\n'
                     for key, value in header(name).value.items())
    (tmp_path / "t.c").write_text(f'#include "abi/{name}"\n{checks}')
    subprocess.run(["gcc", "-I", ROOT, "-fsyntax-only", tmp_path / "t.c"], check=True)


def test_several_members_of_one_declaration_are_each_one():
    layout = Header("boot.h").layout["trace_ring"]
    assert [name for name, _ in layout.members] == ["mask", "count_written", "since_ns"]
    assert layout.size == 24
