"""The checkers must complain: about a wrong include, a cycle, a long file, a short test plan."""

import dataclasses
import subprocess

import pytest

import check_fast
from cormlib import arches, kernel_size, tap
from cormlib.paths import TOOLS


def check_layers(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    result = subprocess.run(["/usr/bin/python3", TOOLS / "check_layers.py", "--root", root],
                            capture_output=True, text=True)
    assert (result.returncode == 0) == (result.stdout == ""), result.stderr
    return result.stdout


GOOD = {
    "abi/message.h": "#include <stdint.h>\n",
    "lib/base/list.h": '#include "abi/message.h"\n',
    "boot/boot.h": '#include "lib/base/list.h"\n',
    "boot/a/main.c": '#include "boot/boot.h"\n#include <corm/object.h>\n',
    "boot/a/parts.h": "",
    "kernel/cap.h": '#include <corm/object.h>\n#include "lib/base/list.h"\n#include "port/cpu.h"\n',
    "kernel/dev/uart.h": '#include "kernel/cap.h"\n',
    "kernel/arch/a/port/cpu.h": '#include "kernel/cap.h"\n#include "kernel/dev/uart.h"\n',
    "sdk/rt/log.h": '#include "abi/message.h"\n',
    "servers/linux/a.c": '#include "servers/linux/a.h"\n#include <corm/kernel_calls.h>\n',
    "servers/linux/a.h": '#include "sdk/rt/log.h"\n',
    "drivers/uart/x/driver.c": '#include "regs.h"\n',
    "drivers/uart/x/regs.h": "",
    "tests/unit/t.c": '#include "kernel/cap.h"\n#include <stdio.h>\n',
}


def test_a_tree_that_keeps_the_layers_passes(tmp_path):
    assert check_layers(tmp_path, GOOD) == ""


@pytest.mark.parametrize("name, text", [
    ("abi/other.h", '#include "lib/base/list.h"\n'),
    ("lib/base/x.h", '#include "kernel/cap.h"\n'),
    ("kernel/x.c", '#include "kernel/arch/a/port/cpu.h"\n'),
    ("kernel/x.c", '#include "kernel/dev/uart.h"\n'),
    ("kernel/x.c", '#include "sdk/rt/log.h"\n'),
    ("kernel/x.c", '#include "boot/boot.h"\n'),
    ("boot/x.c", '#include "kernel/cap.h"\n'),
    ("boot/x.c", '#include "boot/a/parts.h"\n'),
    ("boot/b/x.c", '#include "boot/a/parts.h"\n'),
    ("kernel/x.c", "#include <stdio.h>\n"),
    ("kernel/x.c", "#include <corm/kernel_calls.h>\n"),
    ("kernel/arch/b/x.c", '#include "kernel/arch/a/port/cpu.h"\n'),
    ("sdk/x.c", '#include "kernel/cap.h"\n'),
    ("servers/fs/x.c", '#include "servers/linux/a.h"\n'),
    ("servers/fs/x.c", '#include "kernel/cap.h"\n'),
    ("drivers/uart/y/x.c", '#include "drivers/uart/x/regs.h"\n'),
    ("apps/a/x.c", '#include "no/such/file.h"\n'),
    ("apps/a/x.c", "#include <abi/message.h>\n"),
])
def test_an_include_against_the_layers_is_named(tmp_path, name, text):
    assert f"{name}:1:" in check_layers(tmp_path, {**GOOD, name: text})


def test_a_header_cycle_is_shown_whole(tmp_path):
    output = check_layers(tmp_path, {"abi/a.h": '#include "b.h"\n',
                                     "abi/b.h": '#include "abi/a.h"\n'})
    assert "abi/a.h -> abi/b.h -> abi/a.h" in output


def test_a_long_file_needs_a_reason(tmp_path):
    text = "int x;\n" * 601
    assert "601 lines" in check_layers(tmp_path, {"lib/base/a.c": text})
    assert check_layers(tmp_path, {"lib/base/a.c": "/* long: a table */\n" + text}) == ""


def test_a_long_function_needs_a_reason(tmp_path):
    body = "void f(void)\n{\n" + "    g();\n" * 71 + "}\n"
    assert "a function of 71 lines" in check_layers(tmp_path, {"lib/base/a.c": body})


def test_a_long_line_is_named(tmp_path):
    assert "a.c:1: longer" in check_layers(tmp_path, {"lib/base/a.c": "x" * 101 + "\n"})
    for name in ("abi/a.def", "abi/idl/a.idl", "tools/a.py"):
        assert f"{name}:1: longer" in check_layers(tmp_path, {name: "x" * 101 + "\n"})
        assert name not in check_layers(tmp_path, {name: "x" * 100 + "\n"})


def test_kernel_lines_leave_out_blanks_and_comments():
    text = '/* a\n * b\n */\nint x; /* c */\n\n// d\nchar *s = "/*";\nint y;\n'
    assert kernel_size.count_lines(text) == 3
    assert kernel_size.count_lines("# note\n#define A 1\n  nop # b\n", assembly=True) == 2


def test_tap_counts_each_kind():
    results = tap.parse("noise\n1..4\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP no device\nok 4 d\n")
    assert results.passed == ["a", "d"] and results.failed == ["b"]
    assert results.skipped == ["c (no device)"]


def test_tap_is_read_out_of_a_components_log_lines():
    results = tap.parse("judge: 1..2\ninit: up\njudge: ok 1 - a\njudge: (3 lines lost) ok 2 - b\n")
    assert results.passed == ["a", "b"] and not results.failed


@pytest.mark.parametrize("text", ["", "ok 1 - a\n", "1..2\nok 1 - a\n", "1..1\nBail out! no\n",
                                  "1..1\nok 1 - a\nok 2 - b\n"])
def test_a_missing_short_or_wrong_plan_is_a_failure(text):
    assert tap.parse(text).failed


FORBIDDEN = {"x86_64": [
    ("mov    %rax,%rdi", "word register"), ("xor    %edx,%edx", "word register"),
    ("mov    0x8(%r10),%rax", "word register"), ("movzbl %sil,%eax", "word register"),
    ("call   1f <reap>", "calls"), ("mov    %rax,%rbx", "writes"), ("pop    %rbx", "writes"),
    ("lock xadd %ebx,0x0(%rax)", "writes"), ("cmp    %ebp,(%rax)", None),
    ("and    %rbp,%rax", None),
    ("mov    %rbx,%r15", None), ("cmp    %rax,%rbp", None),
    ("mov    0x10(%rcx,%rbp,1),%r14", None),
    ("mov    0x78(%rax),%rsp", None), ("mov    %rax,%rsp", "stack"), ("pop    %rbp", "stack"),
    ("mov    %eax,0x4(%rsp)", "stack"), ("push   %r15", "stack"), ("jmp    a8 <fast_rdi>", None),
], "aarch64": [
    ("mov\tx0, x8", "word register"), ("ldr\tx8, [x3, #8]", "word register"),
    ("mov\tw7, #0x1                   \t// #1", "word register"), ("mov\tx8, #0x7", None),
    ("bl\t1c0 <reap>", "calls"), ("blr\tx12", "calls"), ("bl\t0 <root_flush_shared>", None),
    ("mov\tx9, x8", "writes"), ("ldp\tx8, x9, [x11]", "writes"), ("cmp\tx9, x8", None),
    ("str\tx9, [x11, #8]", None), ("ldrb\tw8, [sp, #16]", None), ("sub\tx11, sp, #0x80", None),
    ("add\tsp, x11, #0x80", None), ("sub\tsp, sp, #0x10", "stack"),
    ("stp\tx29, x30, [sp, #-16]!", "stack"), ("str\tx11, [sp, #8]", "stack"),
    ("ldp\tx29, x30, [sp], #16", "stack"), ("b.ne\t40 <fast_x1>", None),
], "riscv64": [
    ("mv\ta0,t0", "word register"), ("ld\tt1,8(a2)", "word register"),
    ("jal\tra,1c0 <reap>", "calls"), ("jalr\tt1", "calls"), ("jalr\tzero,0(t1)", None),
    ("j\t0 <syscall_slow>", None), ("li\ts1,0", "writes"), ("amoadd.w\ts1,t0,(t1)", "writes"),
    ("sd\ts1,8(t1)", None), ("bne\ts1,t1,40 <fast_a0>", None), ("ld\tsp,16(t1)", None),
    ("addi\tsp,sp,-16", "stack"), ("sd\tra,8(sp)", "stack"), ("mv\tt0,sp", "stack"),
]}


@pytest.mark.parametrize("arch, instruction, why", [
    (arch, instruction, why) for arch, cases in FORBIDDEN.items() for instruction, why in cases])
def test_the_fast_path_check_knows_what_is_forbidden(arch, instruction, why):
    found = check_fast.RULES[arch].complaint(instruction)
    assert (why in found) if why else found is None


def test_the_fast_path_check_has_rules_for_every_architecture():
    assert set(check_fast.RULES) == set(FORBIDDEN) == set(arches.ALL)


def test_the_fast_path_check_refuses_an_empty_listing():
    assert check_fast.check("", check_fast.RULES["x86_64"]) == ["no instruction found"]


def test_what_ports_share_counts_once_and_what_they_generate_alike_too(monkeypatch, tmp_path):
    one, other = (dataclasses.replace(arches.X86_64, name=name) for name in ("one", "other"))
    monkeypatch.setattr(arches, "BUILD", tmp_path)
    counted = {}
    for arch, own in ((one, "a\n"), (other, "b\nc\n")):
        arch.build.mkdir()
        (arch.build / "alike.h").write_text("same\n")
        (arch.build / "offsets.h").write_text(own)
        counted[arch] = {tmp_path / "core.c": 100, arch.build / "alike.h": 1,
                         arch.build / "offsets.h": own.count("\n")}
    monkeypatch.setattr(kernel_size, "built", lambda: list(counted))
    monkeypatch.setattr(kernel_size, "lines_by_file", lambda arch: counted[arch])
    assert sum(kernel_size._all_lines().values()) == 100 + 1 + 1 + 2
    assert [kernel_size._own_lines(arch) for arch in counted] == [1, 2]
