"""`corm build`: Meson and Ninja, one build folder per port and compiler."""

import fcntl
import os
import subprocess
import sys
from contextlib import contextmanager

from . import arches, iso, setup
from .failure import Failure
from .paths import BUILD, HOST, ROOT, shown
from .progress import run_logged, say

COMPILERS = ("gcc", "clang")
MESON = "/usr/bin/meson"


def folder(port, compiler="gcc"):
    """The build folder of a port; a second compiler has one of its own."""
    base = HOST if port == "host" else arches.ALL[port].build
    return base if compiler == "gcc" else BUILD / f"{base.name}-{compiler}"


def _configure(build_folder, port, compiler):
    BUILD.mkdir(exist_ok=True)
    command = [MESON, "setup", str(build_folder), str(ROOT), f"-Dport={port}"]
    if cross := arches.cross_file(port, compiler):
        command += ["--cross-file", str(cross)]
    run_logged(f"configuring {shown(build_folder)}", command, f"configure-{build_folder.name}",
               f"./corm build --clean --compiler {compiler}", env={**os.environ, "CC": compiler})


def _ninja(build_folder, targets):
    """Run ninja: with its own progress line on a terminal, else quietly into a log."""
    command = ["ninja", "-C", str(build_folder), *targets]
    if not sys.stderr.isatty():
        run_logged(f"building {shown(build_folder)}", command, f"build-{build_folder.name}",
                   "mend what the messages name, then ./corm build")
        return
    dry = subprocess.run([*command, "-n"], capture_output=True, text=True)
    if dry.returncode == 0 and "no work to do" in dry.stdout:
        return
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno())
    if result.returncode != 0:
        raise Failure(f"the build in {shown(build_folder)} failed; the messages are above",
                      "mend what they name, then ./corm build")


@contextmanager
def _alone_in(build_folder):
    """Two Ninjas in one folder spoil each other's records: the second waits, whoever it is."""
    build_folder.parent.mkdir(parents=True, exist_ok=True)
    with open(build_folder.with_name(build_folder.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure(port="x86_64", compiler="gcc", targets=()):
    """Bring a port, or only @targets of it, up to date; soon done when it already is."""
    setup.ensure(setup.packages_for(port))
    build_folder = folder(port, compiler)
    with _alone_in(build_folder):
        if not (build_folder / "build.ninja").exists():
            _configure(build_folder, port, compiler)
        _ninja(build_folder, targets)
    return build_folder


def _clean(build_folder):
    if build_folder.exists():
        subprocess.run(["rm", "-rf", "--", str(build_folder)], check=True)


def command(options):
    if options.clean:
        _clean(folder(options.arch.name, options.compiler))
        _clean(folder("host", options.compiler))
    build_folder = ensure(options.arch.name, options.compiler)
    say(f"built {shown(build_folder)}")
    if options.iso:
        if options.compiler != "gcc" or options.arch != arches.X86_64:
            raise Failure("--iso is made from x86_64's gcc build", "./corm build --iso")
        image = iso.make(options.system)
        say(f"built {shown(image)} ({image.stat().st_size / 1e6:.1f} MB)")
    return 0
