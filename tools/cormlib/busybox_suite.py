"""The test suite of Debian's busybox: its tree, its scripts, and what they say.

The tree is the same for Corm and for Linux, and so is everything else in the root: Debian's
binary, the suite out of Debian's source package, and tests/busybox/run.sh, which runs it.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tarfile

from . import debian_source
from .busybox_binary import INSTALLED
from .failure import Failure
from .paths import BUILD, TESTS
from .progress import run_logged

RUNNER = TESTS / "busybox" / "run.sh"
TREE = BUILD / "busybox" / "tree"
PLACE = "/suite"
HELPERS = ("recho", "zecho", "printenv")  # of the shell's tests, in C
NOT_AN_APPLET = "busybox"  # has tests, but is not in its own list

RESULT = re.compile(r"^(PASS|FAIL|SKIPPED|UNTESTED): (.*)$")
BEGIN = re.compile(r"^@begin (\S+)$")
END = re.compile(r"^@end (\S+) (\S+)$")


def versions():
    """What is tested: the binary's version, and that of its source."""
    wanted = debian_source.recipe("busybox")
    said = subprocess.run(["dpkg-query", "-W", "-f=${Version}", wanted["binary"]],
                          capture_output=True, text=True)
    return said.stdout, debian_source.version_of_binary(wanted["binary"])


def _unpack(wanted, version, folder):
    """The folders of the suite, and the configuration that the binary was built with."""
    package = debian_source.fetch(wanted, version)
    with tarfile.open(package / wanted["orig"]) as archive:
        for member in archive:
            inside = member.name.partition("/")[2]
            if member.isfile() and any(inside.startswith(f"{name}/") for name in wanted["folders"]):
                path = folder / inside
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.extractfile(member).read())
                path.chmod(member.mode)
    ours, = package.glob("*.debian.tar.*")
    with tarfile.open(ours) as archive:
        (folder / ".config").write_bytes(archive.extractfile(wanted["config"]).read())


def applets():
    listed = subprocess.run([INSTALLED, "--list"], capture_output=True, text=True, check=True)
    return listed.stdout.split()


def _complete(folder):
    """What the suite's own driver and its Makefile would make."""
    (folder / "busybox").symlink_to(INSTALLED)
    (folder / "links").mkdir()
    for name in applets():
        (folder / "links" / name).symlink_to(INSTALLED)
    tests = folder / "shell" / "ash_test"
    (tests / "ash").symlink_to(INSTALLED)
    for name in HELPERS:
        run_logged(f"compiling {name}", ["gcc", "-Os", "-s", "-static", "-w", "-o", tests / name,
                                         tests / f"{name}.c"], "busybox-helpers")
    shutil.copy(RUNNER, folder / "run.sh")
    (folder / "run.sh").chmod(0o755)


def tree():
    """The folder to bring into the root; made anew when anything that it is made from changes."""
    wanted = debian_source.recipe("busybox")
    binary, source = versions()
    stamp = TREE.with_name("tree.made-from")
    made_from = f"{binary} {source} {wanted} {RUNNER.read_text()}"
    if not stamp.exists() or stamp.read_text() != made_from:
        stamp.unlink(missing_ok=True)
        shutil.rmtree(TREE, ignore_errors=True)
        _unpack(wanted, source, TREE)
        _complete(TREE)
        stamp.write_text(made_from)
    return TREE


def digest(folder):
    """A name for what is in the tree; equal for equal files."""
    summed = hashlib.sha256(INSTALLED.read_bytes())
    for path in sorted(folder.rglob("*")):
        if not path.is_dir():
            content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
            summed.update(f"{path.relative_to(folder)}\0{path.lstat().st_mode}\0".encode())
            summed.update(content + b"\0")
    return summed.hexdigest()[:12]


def scripts(folder):
    """Names of everything to run: applets that this binary has and the suite tests, then the
    folders of the shell's tests."""
    suite = folder / "testsuite"
    tested = {path.name.removesuffix(".tests") for path in suite.iterdir()
              if path.suffix == ".tests" or path.is_dir()}
    shell = (path.name for path in (folder / "shell" / "ash_test").iterdir() if path.is_dir())
    return sorted(tested & {*applets(), NOT_AN_APPLET}) + sorted(shell)


def parse(lines):
    """{test: result} of one script's lines; a name that comes again gets a number."""
    results = {}
    for line in lines:
        if found := RESULT.match(line):
            name, number = (text := found[2].replace("\t", " ")), 1
            while name in results:
                number += 1
                name = f"{text} #{number}"
            results[name] = found[1]
    return results


def choose(names, pattern):
    """Those whose name contains the pattern."""
    if pattern and not (chosen := [name for name in names if pattern in name]):
        raise Failure(f"the suite has no script whose name contains {pattern}",
                      f"it has: {' '.join(names)}", 2)
    return chosen if pattern else names
