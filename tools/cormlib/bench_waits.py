"""`corm bench waits`: how long processors wait for the kernel lock, in instructions of its holders.

The random operations of the stress (systems/stress.toml), on processors that QEMU runs at once. A
plugin (tools/qemu/wait.c) counts, for each processor that waits, what the others run meanwhile with
the lock held. That is what the bound is about, N times the longest section: it depends on the code
and on who met. Who met differs from run to run.
"""

import json
import os
import re
import struct
import subprocess
import tempfile
from pathlib import Path

from . import bench, build, plugin, test_stress
from .bench_contention import lock_places
from .cheader import header
from .failure import EXIT_MACHINE_DIED, Failure
from .paths import shown

GROUP = "waits"
PROCESSORS = 4
OPERATIONS = 200_000
SEED = 1
PLUGIN = "wait"
WAIT, SPIN = "arch_lock_wait", "cpu_summon"
COUNTS = struct.Struct("<QQQQQQ")
FIELDS = ("disturbed", "waits", "insn", "longest_wait", "longest_section", "most_sections")
RETURN = re.compile(r"^\s*([0-9a-f]{16}):.*\bret\b", re.M)


def _symbol(arch, name):
    """(address, bytes) of a function."""
    listing = subprocess.run([arch.tool("nm"), "-S", arch.kernel_symbols], check=True,
                             capture_output=True, text=True).stdout
    if not (found := re.search(rf"^(\w+) (\w+) [Tt] {name}$", listing, re.M)):
        raise Failure(f"{shown(arch.kernel_symbols)} has no function {name}")
    return int(found[1], 16), int(found[2], 16)


def _plugin_options(arch, counts):
    take, release = lock_places(arch)
    wait, wait_bytes = _symbol(arch, WAIT)
    take = [place for place in take if not wait <= int(place, 16) < wait + wait_bytes]
    spin, spin_bytes = _symbol(arch, SPIN)
    listing = subprocess.run([arch.tool("objdump"), "-d", f"--disassemble={WAIT}",
                              arch.kernel_symbols], check=True, capture_output=True,
                             text=True).stdout
    options = {"out": counts, "take": "+".join(take), "release": "+".join(release),
               "wait": f"{wait:x}", "waited": "+".join(RETURN.findall(listing)),
               "kernel": f"{header(f'arch/{arch.name}/boot.h')['KERNEL_BASE']:x}",
               "skip": f"{spin:x}+{spin + spin_bytes:x}"}
    return ",".join([str(plugin.build(PLUGIN)), *(f"{key}={value}"
                                                  for key, value in options.items())])


def measure(arch, processors, operations=OPERATIONS):
    """{field of struct counts in tools/qemu/wait.c: its value at the end}."""
    with tempfile.TemporaryDirectory(prefix="corm-waits-") as folder:
        counts = Path(folder) / "counts"
        run = test_stress.Run(arch, SEED, operations, test_stress.AT_ONCE, debug=False,
                              processors=processors,
                              extra=["-plugin", _plugin_options(arch, counts)])
        _, _, _, log, wrong = test_stress.run_one(run)
        if wrong:
            raise Failure(f"{wrong}; {shown(log)}", "./corm debug", EXIT_MACHINE_DIED)
        found = dict(zip(FIELDS, COUNTS.unpack(counts.read_bytes()), strict=True))
    if found["waits"] == 0:
        raise Failure("no processor waited: nothing was measured", "./corm bench waits")
    return found


def command(options):
    arch = options.arch
    build.ensure(arch.name)
    processors = options.smp or PROCESSORS
    if processors < 2:
        raise Failure("one processor never waits", "./corm bench waits --smp 2", 2)
    found = measure(arch, processors)
    if options.json:
        print(json.dumps({"arch": arch.name, "processors": processors,
                          "host_processors": os.cpu_count(), "operations": OPERATIONS,
                          "seed": SEED, "kernel_sha256": bench.sha256(arch.kernel.read_bytes()),
                          **found}, indent=2))
    else:
        print(f"{processors} processors waited {found['waits']:,} times for the kernel lock, for "
              f"{found['insn'] // found['waits']:,} instructions of its holders on average\n"
              f"longest wait: {found['longest_wait']:,} instructions; most holders in one: "
              f"{found['most_sections']}\n"
              f"longest of one holder while somebody waited: {found['longest_section']:,}\n"
              f"not measured, as the host did not run who waited: {found['disturbed']:,} waits")
    return 0
