"""A fast part of busybox's own test suite says in the world what `./corm test busybox` wrote down.

The whole of it, beside Linux, is docs/busybox.md.
"""

import threading

import pytest

from cormlib import busybox_results, busybox_run, busybox_suite

pytestmark = pytest.mark.only("x86_64", reason="what is expected was written down on x86_64")

SCRIPTS = ["ash-heredoc", "ash-psubst", "ash-redir", "cp", "cpio", "du", "find", "ls", "mdev", "mv",
           "pidof", "start-stop-daemon", "tail", "tar", "taskset", "xargs"]


def test_busybox_suite():
    expected = {(row.script, row.test): row.corm for row in busybox_results.read()[1]
                if row.script in SCRIPTS and row.corm != busybox_results.ABSENT}
    told = {}
    busybox_run.run(lambda left: busybox_run.corm(busybox_suite.tree(), left), SCRIPTS,
                    lambda script, lines, how: told.update({script: (lines, how)}),
                    threading.Event())
    rows = [row for script in SCRIPTS
            for row in busybox_results.rows_of(script, told[script], told[script])]
    assert {(row.script, row.test): row.corm for row in rows} == expected
