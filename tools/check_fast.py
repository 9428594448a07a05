#!/usr/bin/python3
"""Checks the machine code of the fast path: a message's words stay where they are.

    check_fast.py OBJECT     disassemble an x86_64 object or archive and check every instruction

The compiler is told not to use the registers that carry words (-ffixed), but it may still load one
as a call's argument, so there must be no call either. The tag (rbx) is only read. There is no
kernel stack yet, so nothing may be kept on it: rsp is only loaded, with that of the thread that
goes on.
"""

import re
import subprocess
import sys

WORD = re.compile(r"%(?:[re]?(?:di|si|dx)|[ds]il|d[lh]|r(?:8|9|10|12|13)[dwb]?)\b")
STACK = re.compile(r"%[re]?spl?\b")
STACK_LOADED = re.compile(r"^mov +0x[0-9a-f]+\(%r[a-z0-9]+\),%rsp$")
READ_ONLY = re.compile(r"^%(?:[re]?bx|b[lh])$")
INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\t(.*)$")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
WRITE_BOTH = ("xadd", "xchg")
ONLY_COMPARES = ("cmp", "test", "push", "bt", "j", "nop")


def operands(text):
    """Operands of an instruction in AT&T order; commas inside parentheses do not separate."""
    return [part.strip() for part in re.split(r",(?![^()]*\))", text)] if text else []


def complaint(instruction):
    """What is wrong with one instruction, or None."""
    text = re.sub(r"<[^>]*>|#.*", "", instruction).strip()
    parts = text.split()
    while parts and parts[0] in ("lock", "rep", "repz", "repnz", "notrack"):
        parts.pop(0)
    if not parts:
        return None
    name, rest = parts[0], operands(" ".join(parts[1:]))
    if match := WORD.search(text):
        return f"touches the word register {match[0]}"
    if name.startswith("call"):
        return "calls a function"
    written = [] if name.startswith(ONLY_COMPARES) else rest[-1:]
    for operand in rest if name.startswith(WRITE_BOTH) else written:
        if READ_ONLY.match(operand):
            return f"writes {operand}"
    if STACK.search(STACK_LOADED.sub("", text)) or name.startswith(("push", "pop")):
        return "uses the stack, which is still user level's"
    return None


def check(listing):
    """[complaint] of objdump's output; also complains when there is nothing to check."""
    complaints, function, count = [], "", 0
    for line in listing.splitlines():
        if match := FUNCTION.match(line):
            function = match[1]
        elif match := INSTRUCTION.match(line):
            count += 1
            if why := complaint(match[1]):
                complaints.append(f"{function}: {match[1].strip()}: {why}")
    return complaints if count else ["no instruction found"]


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip())
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", sys.argv[1]],
                             capture_output=True, text=True, check=True).stdout
    complaints = check(listing)
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
