"""What every system test uses: a way to run the front door, and to boot machines by hand."""

import os
import subprocess
from dataclasses import dataclass

import pytest

from cormlib import arches, build, bundle, machine
from cormlib.paths import ROOT

ARCH = arches.ALL[os.environ.get("CORM_ARCH", arches.X86_64.name)]

LIMIT_S = 120
TAKE_ARCH = ("run", "trace", "debug", "bench", "graph")
PROMPT = r"corm:[^\r\n]*# "


@dataclass
class Outcome:
    status: int
    out: bytes
    err: bytes


def run_corm(*arguments, stdin=b"", limit_s=LIMIT_S):
    """`./corm ARGUMENTS...` with its time limit; standard input is a pipe, never the terminal."""
    if arguments[0] in TAKE_ARCH:
        arguments = (arguments[0], "--arch", ARCH.name, *arguments[1:])
    result = subprocess.run([ROOT / "corm", *arguments], input=stdin, capture_output=True,
                            timeout=limit_s + 30, cwd=ROOT)
    return Outcome(result.returncode, result.stdout, result.stderr)


def pytest_configure(config):
    config.addinivalue_line("markers",
                            "only(*names, reason): shows something of these architectures")


def pytest_collection_modifyitems(config, items):
    """Tests of another architecture's are not this one's: they are left out, not skipped."""
    own = [item for item in items
           if all(ARCH.name in mark.args for mark in item.iter_markers("only"))]
    config.hook.pytest_deselected(items=[item for item in items if item not in own])
    items[:] = own


@pytest.fixture(scope="session", autouse=True)
def built():
    build.ensure(ARCH.name)


@pytest.fixture
def world():
    """world("cmd", "arg", ..., add=[...]) runs one command in a fresh Linux world."""

    def run(*command, add=(), options=(), stdin=b"", limit_s=LIMIT_S):
        arguments = ["run", "--timeout", str(limit_s), *options]
        for text in add:
            arguments += ["--add", str(text)]
        return run_corm(*arguments, "--", *command, stdin=stdin, limit_s=limit_s)

    return run


@pytest.fixture
def bundle_file(tmp_path):
    """A sound bundle of the shell system, to be booted without the front door."""
    path = tmp_path / "bundle"
    world = bundle.World("WORLD_CONSOLE", [], bundle.default_environment("vt100"))
    bundle.compose("shell", world, [], path, arch=ARCH)
    return path


@pytest.fixture
def boot_log(tmp_path):
    """boot_log(bundle, marks) boots a bundle until a whole line with one of `marks` is in the log,
    or the machine ends."""

    def boot(bundle_path, marks, limit_s=30, memory_mb=machine.MEMORY_MB, **machine_options):
        config = machine.Config(tmp_path / "com1.log", bundle_path, memory_mb, ARCH,
                                **machine_options)
        with machine.Machine(config) as running:
            for _ in range(limit_s * 10):
                ended = running.wait(0.1) is not None
                log = running.log_bytes().decode(errors="replace")
                whole = log[:log.rfind("\n") + 1]
                if ended or any(mark in whole for mark in marks):
                    return log
        return log

    return boot
