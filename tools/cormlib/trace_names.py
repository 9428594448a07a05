"""What things in a trace are called: components by the manifest, ways into the kernel by abi/."""

import re

from .cheader import header
from .paths import ABI, ROOT

PORT = header("arch/x86_64/boot.h")
SYSCALL = PORT["VECTOR_COUNT"]
FIRST_LINE = PORT["VECTOR_LINES"]
TIMER = PORT["VECTOR_TIMER"]
SPURIOUS = PORT["VECTOR_SPURIOUS"]
# Intel SDM volume 3, 6.3.1; of 7 the kernel makes the loading of vector registers.
EXCEPTIONS = {0: "divide error", 1: "debug", 3: "breakpoint", 4: "overflow", 6: "invalid opcode",
              7: "vector registers", 12: "stack fault", 13: "general protection",
              14: "page fault", 16: "floating-point error", 17: "alignment check",
              19: "vector floating-point error"}
OP_BITS = header("message.h")["HANDLE_OP_BITS"]
RECEIVES = {header("message.h")["HANDLE_RECEIVE"], header("message.h")["HANDLE_RECEIVE_DEADLINE"]}
SLOTS = {value: name.removeprefix("SLOT_").lower()
         for name, value in header("component.h").value.items()
         if name.startswith("SLOT_") and value < header("component.h")["SLOT_FIRST_GRANT"]}


def _numbered(path, pattern):
    return {int(number): name
            for number, name in re.findall(pattern, path.read_text(), re.M)}


SLOT0 = {number: name for name, number in
         ((name, int(number)) for name, number in
          re.findall(r"^syscall (\w+) *= slot0 (\d+)", (ABI / "syscall.def").read_text(), re.M))}
LINUX = _numbered(ROOT / "servers" / "linux" / "syscalls.def", r"^(\d+) (\w+) ")


def _slot(handle, component):
    index = handle >> OP_BITS
    return SLOTS.get(index, f"slot {index}") if component else f"slot {index}"


def native_call(handle, component):
    handle &= 0xffffffff
    operation = handle & ((1 << OP_BITS) - 1)
    if operation in RECEIVES:
        return f"receive {_slot(handle, component)}"
    if handle >> OP_BITS == 0:
        return SLOT0.get(handle, f"slot 0 operation {handle}")
    return f"call {_slot(handle, component)} operation {operation}"


def is_interrupt(record):
    return FIRST_LINE <= record.kind < SYSCALL


def event(record):
    """Why the kernel was entered at the end of this record."""
    if record.kind == SYSCALL and record.in_guest:
        return LINUX.get(record.word, f"system call {record.word}")
    if record.kind == SYSCALL:
        return native_call(record.word, record.component)
    if record.kind == TIMER:
        return "timer"
    if record.kind == SPURIOUS:
        return "spurious interrupt"
    if is_interrupt(record):
        return f"interrupt {record.kind - FIRST_LINE}"
    return EXCEPTIONS.get(record.kind, f"exception {record.kind}")


def component(badge, components):
    """init is the component that nobody else watches over: its fault endpoint is none."""
    if badge == 0:
        return "init"
    return components[badge - 1] if badge <= len(components) else f"badge {badge}"
