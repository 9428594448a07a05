#!/usr/bin/python3
"""Checks that the compiled fast path leaves alone what belongs to the message and to user level.

    check_fast.py ARCH OBJECT    disassemble an object or archive and check every instruction

The compiler is told not to use the registers that carry words (-ffixed), but it may still load one
as a call's argument, so there must be no call either. The tag is only read. There is no kernel
stack yet, so nothing may be kept on it: the stack pointer is only set, with what the thread that
goes on has; on aarch64 it points to the running thread all the while, and memory at it is read.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Callable

sys.dont_write_bytecode = True

from cormlib import arches  # noqa: E402

INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\t(.*)$")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")


def operands(text):
    """Operands of an instruction; commas inside brackets do not separate."""
    return [part.strip() for part in re.split(r",(?![^(\[]*[)\]])", text)] if text else []


@dataclass(frozen=True)
class Rules:
    """What is forbidden on one architecture. The rest are questions about an instruction's name and
    operands."""

    word: re.Pattern  # a register that carries a word, anywhere
    tag: re.Pattern  # an operand that is the tag's register
    calls: Callable
    written: Callable  # the operands that it writes
    keeps_on_stack: Callable
    prefixes: tuple = ()

    def complaint(self, instruction):
        """What is wrong with one instruction, or None."""
        text = re.sub(r"<[^>]*>|#(?![-0-9]).*|//.*", "", instruction).strip()
        parts = text.split()
        while parts and parts[0] in self.prefixes:
            parts.pop(0)
        if not parts:
            return None
        name, rest = parts[0], operands(" ".join(parts[1:]))
        if match := self.word.search(text):
            return f"touches the word register {match[0]}"
        if self.calls(name, instruction):
            return "calls a function"
        for operand in self.written(name, rest):
            if self.tag.match(operand):
                return f"writes {operand}"
        if self.keeps_on_stack(name, rest):
            return "uses the stack, which is still user level's"
        return None


# x86_64, in AT&T order: what is written stands last.
X86_STACK = re.compile(r"%[re]?spl?\b")
X86_WRITE_BOTH = ("xadd", "xchg")
X86_ONLY_COMPARES = ("cmp", "test", "push", "bt", "j", "nop")


def _x86_written(name, rest):
    if name.startswith(X86_WRITE_BOTH):
        return rest
    return [] if name.startswith(X86_ONLY_COMPARES) else rest[-1:]


def _x86_keeps(name, rest):
    loads = (name == "mov" and len(rest) == 2 and rest[1] == "%rsp" and
             re.match(r"0x[0-9a-f]+\(%r[a-z0-9]+\)$", rest[0]) and not X86_STACK.search(rest[0]))
    return name.startswith(("push", "pop")) or not loads and any(map(X86_STACK.search, rest))


# aarch64: what is written stands first; root_flush_shared is assembly that says what it takes.
A64_STORES = ("st", "cas", "swp", "ldadd", "ldset", "ldclr")


def _a64_calls(name, instruction):
    return name in ("bl", "blr") and not instruction.endswith("<root_flush_shared>")


def _a64_written(name, rest):
    if name.startswith(("cmp", "cmn", "tst", "ccm", "cb", "tb", "b", "st", "msr", "prfm")):
        return []
    return rest[:2] if name.startswith("ldp") else rest[:1]


def _a64_keeps(name, rest):
    at_stack = [operand for operand in rest if operand.startswith("[sp")]
    if at_stack:
        return name.startswith(A64_STORES) or at_stack[0].endswith("!") or rest[-1] != at_stack[0]
    return rest[:1] == ["sp"] and "sp" in rest[1:]


# riscv64, likewise.
RV_STORES = ("sb", "sh", "sw", "sd")


def _rv_calls(name, instruction):
    return name in ("jal", "jalr", "call") and not re.search(r"\tzero,", instruction)


def _rv_written(name, rest):
    return [] if name in RV_STORES or name.startswith(("b", "j", "fence", "sfence")) else rest[:1]


def _rv_keeps(name, rest):
    at_stack = any(operand.endswith("(sp)") for operand in rest)
    whole = rest[:1] == ["sp"] and name in ("ld", "mv", "sd")
    return at_stack or "sp" in rest and not whole or rest[1:2] == ["sp"]


RULES = {
    "x86_64": Rules(
        word=re.compile(r"%(?:[re]?(?:di|si|dx)|[ds]il|d[lh]|r(?:8|9|10|12|13)[dwb]?)\b"),
        tag=re.compile(r"^%(?:[re]?bx|b[lh])$"),
        calls=lambda name, _: name.startswith("call"), written=_x86_written,
        keeps_on_stack=_x86_keeps, prefixes=("lock", "rep", "repz", "repnz", "notrack")),
    "aarch64": Rules(
        word=re.compile(r"\b[xw][0-7]\b"), tag=re.compile(r"^[xw]9$"),
        calls=_a64_calls, written=_a64_written, keeps_on_stack=_a64_keeps),
    "riscv64": Rules(
        word=re.compile(r"\ba[0-7]\b"), tag=re.compile(r"^s1$"),
        calls=_rv_calls, written=_rv_written, keeps_on_stack=_rv_keeps),
}


def check(listing, rules):
    """[complaint] of objdump's output; also complains when there is nothing to check."""
    complaints, function, count = [], "", 0
    for line in listing.splitlines():
        if match := FUNCTION.match(line):
            function = match[1]
        elif match := INSTRUCTION.match(line):
            count += 1
            if why := rules.complaint(match[1]):
                complaints.append(f"{function}: {match[1].strip()}: {why}")
    return complaints if count else ["no instruction found"]


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in RULES:
        print(__doc__.strip())
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    objdump = arches.ALL[sys.argv[1]].tool("objdump")
    listing = subprocess.run([objdump, "-d", "--no-show-raw-insn", sys.argv[2]],
                             capture_output=True, text=True, check=True).stdout
    complaints = check(listing, RULES[sys.argv[1]])
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
