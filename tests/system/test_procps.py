"""Debian's procps, psmisc and util-linux read /proc and /sys of the world, and show what is true.

The form of the files themselves is compared with this host's: names, counts of fields, shapes of
numbers. Their values: programs/proc_self.c, programs/processor_time.c.
"""

import re
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.only("x86_64", reason="Debian's tools are this host's")

TOOLS = ("ps", "top", "free", "uptime", "pgrep", "vmstat", "w", "pmap", "sysctl", "pstree", "lscpu",
         "nproc", "mount", "df")
SEPARATOR = "-----"


@pytest.fixture(scope="module")
def tools():
    missing = [name for name in TOOLS if not shutil.which(name)]
    assert not missing, f"not installed: {missing}: ./corm setup"
    return [f"{Path(shutil.which(name)).resolve()}:/tools/{name}" for name in TOOLS]


@pytest.fixture
def run_tools(world, tools):
    """Runs a script that finds Debian's tools as /tools/NAME; what it wrote, in parts."""

    def run(script, memory_options=()):
        terminal = Path("/lib/terminfo/d/dumb")
        outcome = world("sh", "-c", script, add=[*tools, f"{terminal}:{terminal}"],
                        options=memory_options)
        assert outcome.err == b"", outcome.err.decode()
        assert outcome.status == 0
        return [part.strip("\n") for part in outcome.out.decode().split(SEPARATOR + "\n")]

    return run


def test_processes_are_shown_as_they_are(run_tools):
    everything, chosen, tree, one, threads = run_tools(f"""
sleep 1000 & sleeper=$!
sh -c 'kill -STOP $$; :' & stopped=$!
while ! grep -q '(stopped)' /proc/$stopped/status; do :; done
/tools/ps -eo pid,ppid,stat,ni,args; echo {SEPARATOR}
/tools/pgrep -x sleep; echo $sleeper; echo {SEPARATOR}
/tools/pstree -p 1; echo {SEPARATOR}
/tools/ps -o pid=,ppid=,pgid=,comm= -p $sleeper; echo $sleeper $$; echo {SEPARATOR}
/tools/ps -eLo pid,lwp,nlwp,comm | head -3
kill -9 $sleeper $stopped""")
    rows = [line.split(None, 4) for line in everything.splitlines()[1:]]
    by_arguments = {row[4]: row for row in rows}
    assert by_arguments["sleep 1000"][2].startswith("S")
    assert any(row[2].startswith("T") for row in rows), everything
    assert any(row[2].startswith("R") and "/tools/ps" in row[4] for row in rows), everything
    assert all(row[3] == "0" for row in rows)
    assert rows[0][:2] == ["1", "0"]
    found, sleeper = chosen.split()
    assert found == sleeper
    assert re.match(r"init\(1\)---sh\(2\)", tree) and f"sleep({sleeper})" in tree
    row, numbers = one.splitlines()
    assert row.split()[:2] == numbers.split() and row.split()[3] == "sleep"
    assert threads.splitlines()[1].split() == ["1", "1", "1", "init"]


def test_memory_is_shown_as_it_is(run_tools):
    meminfo, free, after, summary = run_tools(f"""
grep -E '^Mem(Total|Free):' /proc/meminfo; echo {SEPARATOR}
/tools/free; echo {SEPARATOR}
dd if=/dev/zero of=/tmp/file bs=1M count=20 2>/dev/null; /tools/free; rm /tmp/file
echo {SEPARATOR}
/tools/pmap -x $$ | tail -1""")
    total, _ = [int(number) for number in re.findall(r"\d+", meminfo)]
    before, filled = [[int(number) for number in text.splitlines()[1].split()[1:]]
                      for text in (free, after)]
    assert before[0] == filled[0] == total
    assert 20 * 1024 <= filled[4] - before[4] < 21 * 1024  # buff/cache
    assert 20 * 1024 <= filled[3] - before[3] < 21 * 1024  # shared
    assert 20 * 1024 <= before[2] - filled[2] < 22 * 1024  # free
    size, resident = [int(number) for number in summary.split()[2:4]]
    assert 0 < resident < size < 16384


def test_load_and_times_are_shown_as_they_are(run_tools):
    busy, idle, top, up, who = run_tools(f"""
while :; do :; done & spins=$!
/tools/vmstat 1 2 | tail -1; kill $spins; wait; echo {SEPARATOR}
/tools/vmstat 1 2 | tail -1; echo {SEPARATOR}
while :; do :; done & spins=$!
TERM=dumb /tools/top -b -n2 -d1 -p $spins | tail -1; kill $spins; echo $spins; echo {SEPARATOR}
/tools/uptime; cat /proc/uptime /proc/loadavg; echo {SEPARATOR}
/tools/w | tail -1""")
    columns = [[int(number) for number in line.split()] for line in (busy, idle)]
    assert all(len(fields) == 17 for fields in columns)
    assert sum(columns[0][12:16]) in range(98, 103) and columns[0][14] < 50, busy
    assert columns[1][14] > 60, idle
    row, spins = top.splitlines()
    fields = row.split()
    assert fields[0] == spins and fields[7] == "R" and float(fields[8]) > 50, row
    assert re.match(r" ?\d\d:\d\d:\d\d up .*load average: \d+\.\d\d, \d+\.\d\d, \d+\.\d\d",
                    up.splitlines()[0]), up
    assert who.split()[:2] == ["USER", "TTY"]


def test_the_machine_is_shown_as_it_is(run_tools):
    cpus, processor, settings, mounts, disks = run_tools(f"""
/tools/nproc; getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1; echo {SEPARATOR}
/tools/lscpu; echo {SEPARATOR}
/tools/sysctl -n kernel.ostype kernel.osrelease kernel.hostname; uname -srn; echo {SEPARATOR}
/tools/mount; echo {SEPARATOR}
/tools/df -k /""")
    assert cpus.split() == ["1", "1"]
    shown = dict(re.split(r":\s+", line, maxsplit=1) for line in processor.splitlines()
                 if ":  " in line)
    assert shown["CPU(s)"] == "1" and shown["Architecture"] == "x86_64"
    assert shown["Model name"].startswith("QEMU")
    kind, release, host, summary = settings.splitlines()
    assert summary.split() == [kind, host, release]
    assert "proc on /proc type proc (" in mounts and "sysfs on /sys type sysfs (" in mounts
    assert disks.splitlines()[1].split()[5] == "/"


def test_dmesg_shows_the_worlds_own_log(world):
    script = """
echo '<3>from a program' > /dev/kmsg; dmesg | cut -d']' -f2
su -s /bin/sh nobody -c dmesg 2>&1 || echo refused
dmesg -c > /dev/null; dmesg | wc -l"""
    outcome = world("sh", "-c", script)
    assert outcome.out.decode().splitlines() == [
        " from a program", "dmesg: klogctl: Operation not permitted", "refused", "0"]
