"""Reads the kernel's trace (struct trace_ring of abi/boot.h) out of the machine's memory.

The machine's RAM is a file, so the trace is there whatever the machine came to: it needs no help
from the system that was traced, nor from QEMU.
"""

import re
from collections import namedtuple
from dataclasses import dataclass

from .cheader import header
from .failure import Failure
from .paths import shown

SAID = re.compile(rb"corm: trace of (\d+) records at 0x([0-9a-f]+)")
ABI = header("boot.h")
RING = ABI.layout["trace_ring"]
RECORD = ABI.layout["trace_record"]

Record = namedtuple("Record", [name for name, _ in RECORD.members])


@dataclass
class Trace:
    records: list  # oldest first
    overwritten: int  # older ones, which are lost


def memory_arguments(path, memory_mb):
    """QEMU's arguments for RAM that is the file `path`."""
    return ["-object", f"memory-backend-file,id=ram,size={memory_mb}M,mem-path={path},share=on",
            "-machine", "memory-backend=ram"]


def parse(read):
    """The trace in a ring; read(offset, size) reads from its start."""
    head = RING.unpack(read(0, RING.size))
    count, written = head["mask"] + 1, head["count_written"]
    whole = read(RING.size, min(count, written) * RECORD.size)
    records = [Record(*fields) for fields in RECORD.struct.iter_unpack(whole)]
    if written <= count:
        return Trace(records, 0)
    oldest = written & head["mask"]  # the machine may have ended while it was being overwritten
    return Trace(records[oldest + 1:] + records[:oldest], written - count + 1)


def read_memory(path, log):
    """The trace in the memory of the machine whose log says where it is."""
    match = SAID.search(log.read_bytes())
    if not match:
        raise Failure(f"the machine set no trace up; the log is {shown(log)}")
    base = int(match[2], 16)
    with open(path, "rb") as memory:

        def read(offset, size):
            memory.seek(base + offset)
            return memory.read(size)

        if RING.unpack(read(0, RING.size))["mask"] + 1 != int(match[1]):
            raise Failure(f"there is no trace at {base:#x}, where {shown(log)} says it is")
        return parse(read)
