"""What `./corm bench linux` makes of the lines that the program writes."""

import os
import stat

import pytest

from cormlib import bench, bench_linux, cpio
from cormlib.bench_linux import Column
from cormlib.failure import Failure

HEAD = "BENCH boot_to_first_program 5\r\nBENCH-CALIBRATION 1000\r\nBENCH-FREE-KIB 1000\r\n"
END = "BENCH-END\r\n"
TARGETS = {"getppid": {"target": 200}, "unix_1": {"target": 10}, "stat": {"target": 30}}


def column(text, memory_mb=1):
    return Column(log=bench_linux.PROGRAM).take(text, memory_mb)


def test_a_figure_an_absent_call_and_a_failure_are_three_things():
    found = column("BENCH getppid 150\r\nBENCH unix_1 absent: socketpair: Function not implemented"
                   "\r\nBENCH stat failed: stat: Input/output error\r\n")
    assert found.insn == {"getppid": 150}
    assert found.absent == {"unix_1": "socketpair: Function not implemented"}
    assert found.failed == {"stat": "stat: Input/output error"}


def test_what_is_used_is_memory_less_what_is_free():
    assert column(HEAD).insn["memory_after_boot_kib"] == 1024 - 1000


def test_a_line_that_is_not_whole_yet_is_no_figure():
    assert column("BENCH getppid 15").insn == {}


@pytest.mark.parametrize("text, complaint", [
    (HEAD, "ended too early"),
    (HEAD.replace("1000\r\nBENCH-FREE", "126\r\nBENCH-FREE") + END, "advances by 126"),
    (HEAD + "BENCH-TROUBLE cannot mount /tmp: No such device\r\n" + END, "cannot mount /tmp"),
])
def test_a_run_that_proves_nothing_is_refused(text, complaint):
    with pytest.raises(Failure, match=complaint):
        bench_linux._check(text, bench_linux.PROGRAM, "Corm", "")


def test_the_ratio_is_of_two_figures_and_what_is_missing_is_named():
    corm = column("BENCH getppid 150\r\nBENCH unix_1 absent: socketpair: no\r\nBENCH stat 40\r\n")
    peer = column("BENCH getppid 300\r\nBENCH unix_1 99\r\nBENCH stat 40\r\n")
    found = bench_linux.results(TARGETS, corm, peer)
    assert [item["ratio"] for item in found] == [0.5, None, 1.0]
    lines = bench_linux.table(found, "a kernel").splitlines()
    assert "absent: socketpair" in lines[2] and "over the target" in lines[3]
    assert "over the target" not in lines[1] + lines[2]
    assert bench_linux.results(TARGETS, corm, None)[0]["peer"] is None


def test_a_row_that_fails_or_that_nobody_measured_is_an_error():
    good = column("BENCH getppid 1\r\nBENCH unix_1 absent: socketpair: no\r\nBENCH stat 1\r\n")
    bench_linux.complain(TARGETS, {"Corm": good})
    failed = column("BENCH getppid 1\r\nBENCH unix_1 failed: Killed\r\n")
    with pytest.raises(Failure) as raised:
        bench_linux.complain(TARGETS, {"Corm": good, "Linux": failed})
    assert "Linux: unix_1 failed: Killed" in raised.value.what
    assert "Linux: stat was not measured" in raised.value.what


def test_only_rows_that_exist_can_be_asked_for():
    assert list(bench_linux.rows_wanted([])) == list(bench.figures()[0]["linux"])
    assert list(bench_linux.rows_wanted(["stat"])) == ["stat"]
    with pytest.raises(Failure, match="no row named nothing"):
        bench_linux.rows_wanted(["nothing"])


def test_an_archive_for_linux_has_names_without_padding():
    """Linux refuses a name of 4096 bytes, which is what puts data on a page for Corm."""
    archive = cpio.Archive(align=1)
    archive.data("init", b"x" * 5000, 0o755)
    archive.finish()
    whole = b"".join(archive.pieces)
    assert int(whole[94:102], 16) == len("init") + 1
    assert int(whole[14:22], 16) == stat.S_IFREG | 0o755
    assert whole[110:115] == b"init\0" and whole[116:5116] == b"x" * 5000
    assert os.fsencode("TRAILER!!!") in whole
