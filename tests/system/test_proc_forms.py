"""The files of /proc and /sys have the form that they have on this host's Linux: names in Linux's
order, counts of fields, shapes of numbers. What they say is tested elsewhere (test_procps.py)."""

import re
import subprocess

import pytest

from cormlib.arches import X86_64
from conftest import ARCH

# A script that prints files with a line before each; both sides run it.
MARK = "=== "
FILES = [
    "self/status", "self/stat", "self/statm", "self/io", "self/limits", "self/maps", "self/smaps",
    "self/smaps_rollup", "self/mountinfo", "self/fdinfo/0", "self/uid_map", "self/gid_map",
    "self/setgroups", "self/oom_score", "self/oom_score_adj", "self/schedstat", "self/personality",
    "self/comm", "self/cgroup", "meminfo", "stat", "uptime", "loadavg", "cpuinfo", "mounts",
    "filesystems", "partitions", "swaps", "devices", "tty/drivers", "vmstat", "net/dev", "net/unix",
    "net/sockstat", "version", "interrupts", "sys/kernel/ostype", "sys/kernel/osrelease",
    "sys/kernel/pid_max", "sys/kernel/random/uuid", "sys/kernel/random/boot_id", "sys/fs/file-nr",
    "sys/fs/nr_open", "sys/vm/max_map_count", "sys/vm/overcommit_memory",
]
SCRIPT = f"""exec < /dev/null; cd /proc
for f in {" ".join(FILES)}; do echo "{MARK}$f"; busybox cat $f; done"""
# Names that are younger than the kernel that a host may have.
YOUNG = {"Pss_Dirty", "Seccomp_filters"}
# What depends on the machine in more than its numbers.
LISTS = {"flags", "bugs", "VmFlags", "Groups", "model", "vendor_id", "intr", "softirq",
         "Cpus_allowed", "Cpus_allowed_list", "Mems_allowed", "Mems_allowed_list"}
KEYED = ["self/status", "self/io", "self/limits", "self/smaps", "self/smaps_rollup",
         "self/fdinfo/0", "meminfo", "stat", "cpuinfo", "vmstat"]
WHOLE = {
    "self/stat": r"\d+ \(.+\) [RSDZT]( -?\d+){49}\n",
    "self/statm": r"\d+( \d+){6}\n",
    "self/maps": r"([0-9a-f]{8,}-[0-9a-f]{8,} [r-][w-][x-][sp] [0-9a-f]{8,} [0-9a-f]{2,}:"
                 r"[0-9a-f]{2,} \d+ +(\S.*)?\n)+",
    "self/mountinfo": r"(\d+ \d+ \d+:\d+ \S+ \S+ \S+( \S+)* - \S+ \S+ \S+\n)+",
    "self/uid_map": r"( +\d+){3}\n", "self/gid_map": r"( +\d+){3}\n",
    "self/setgroups": r"(allow|deny)\n", "self/oom_score": r"\d+\n",
    "self/oom_score_adj": r"-?\d+\n", "self/schedstat": r"\d+ \d+ \d+\n",
    "self/personality": r"[0-9a-f]{8}\n", "self/comm": r"\S+\n", "self/cgroup": r"(\d+:.*:/.*\n)+",
    "uptime": r"\d+\.\d\d \d+\.\d\d\n", "loadavg": r"(\d+\.\d\d ){3}\d+/\d+ \d+\n",
    "mounts": r"(\S+ \S+ \S+ \S+ \d \d\n)+", "filesystems": r"((nodev)?\t\S+\n)+",
    "partitions": r"(major minor  #blocks  name\n\n(.|\n)*)?",
    "swaps": r"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n(.|\n)*",
    "devices": r"Character devices:\n( *\d+ \S+\n)+\nBlock devices:\n( *\d+ \S+\n)*",
    "tty/drivers": r"(\S+ +/dev/\S+ +\d+ +[\d-]+ \S+\n)+",
    "net/dev": r"Inter-\|   Receive {48}\|  Transmit\n face \|bytes    packets errs drop fifo "
               r"frame compressed multicast\|bytes    packets errs drop fifo colls carrier "
               r"compressed\n"
               r"( *\S+:( +\d+){16}\n)*",
    "net/unix": r"Num       RefCount Protocol Flags    Type St Inode Path\n"
                r"([0-9a-f]+:( [0-9A-Fa-f]{8}){3} [0-9A-F]{4} [0-9A-F]{2} +\d+.*\n)*",
    "net/sockstat": r"sockets: used \d+\n(.|\n)*",
    "version": r"Linux version \d+\.\d+\.\S+ \(.*\).*\n",
    "interrupts": r" +(CPU\d+ +)+\n(.|\n)*", "sys/kernel/ostype": r"Linux\n",
    "sys/kernel/osrelease": r"\d+\.\d+\.\S+\n", "sys/kernel/pid_max": r"\d+\n",
    "sys/kernel/random/uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n",
    "sys/kernel/random/boot_id": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n",
    "sys/fs/file-nr": r"\d+\t\d+\t\d+\n", "sys/fs/nr_open": r"\d+\n",
    "sys/vm/max_map_count": r"\d+\n", "sys/vm/overcommit_memory": r"[012]\n",
}
OF_A_PROCESSOR = ["cpuinfo"]  # each architecture has its own names there


def read_all(output):
    parts = output.split(MARK)[1:]
    return {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in parts}


@pytest.fixture(scope="module")
def host():
    outcome = subprocess.run(["busybox", "sh", "-c", SCRIPT], capture_output=True, check=True)
    return read_all(outcome.stdout.decode())


@pytest.fixture
def both(host, world):
    outcome = world("sh", "-c", SCRIPT)
    assert outcome.err == b"" and outcome.status == 0
    return host, read_all(outcome.out.decode())


def keyed(text):
    """The name of each line, and the shape of what follows, in order; of a name, the first line."""
    found = {}
    for line in text.splitlines():
        match = re.match(r"(Max [a-z ]+?(?=  )|[^\s:]+)(.*)", line)
        if not match or re.match(r"[0-9a-f]+-[0-9a-f]+$", match[1]):
            continue
        found.setdefault(match[1], match[2])
    return found


def shape(name, rest):
    """Numbers are all alike; how far they are to the right counts if a unit follows."""
    if name in LISTS:
        return ""
    if name.startswith("Max "):
        return str(len(rest))
    rest = re.sub(r"\b[0-9a-f]{16}\b", "HEX", rest)
    if rest.endswith(" kB"):
        return f"{len(rest)} kB"
    return re.sub(" +", " ", re.sub(r"\d+(\.\d+)?", "0", rest)).strip()


def test_files_of_names_have_linuxs_names_in_its_order(both):
    host, world = both
    wrong = []
    for file in KEYED:
        if file in OF_A_PROCESSOR and ARCH != X86_64:
            continue
        expected, found = keyed(host[file]), keyed(world[file])
        order = [name for name in expected if name in found]
        if order != [name for name in found if name in expected]:
            wrong.append(f"{file}: order {list(found)}")
        for name, rest in found.items():
            if name not in expected and name not in YOUNG:
                wrong.append(f"{file}: Linux has no {name}")
            elif name in expected and shape(name, rest) != shape(name, expected[name]):
                wrong.append(f"{file}: {name}{rest!r}, on Linux {expected[name]!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("side", ["host", "world"])
def test_other_files_have_the_form_that_is_written_here(both, side):
    files = both[0] if side == "host" else both[1]
    wrong = [f"{name}: {files[name][:200]!r}" for name, form in WHOLE.items()
             if not re.fullmatch(form, files[name])]
    assert not wrong, "\n".join(wrong)


def test_every_file_is_compared_in_one_way():
    assert sorted(KEYED + list(WHOLE)) == sorted(FILES)


def test_every_file_of_proc_and_sys_can_be_read_or_says_why_not(world):
    """Whole directories, as find does it; what is for root to write says so."""
    outcome = world("sh", "-c", """
find /proc/$$ /proc/sys /proc/corm /proc/tty /sys -type f | while read -r file; do
    cat "$file" > /dev/null || echo "$file"
done
for file in /proc/[a-z]*; do [ -f $file ] && { cat $file > /dev/null || echo $file; }; done
true""")
    assert outcome.out.split() == [b"/proc/corm/control"], (outcome.out, outcome.err)
