"""`corm setup`: everything that building and testing needs, from Debian's packages."""

import os
import shlex
import shutil
import subprocess
import sys

from . import arches, busybox_binary, debian_source
from .failure import Failure
from .paths import BUILD
from .progress import run_logged, say

PACKAGES = [
    "binutils", "busybox-static", "clang", "clang-format", "gcc", "gdb", "graphviz",
    "grub-efi-amd64-bin", "grub-pc-bin", "less", "libc6-dev", "libclang-rt-14-dev", "lld", "meson",
    "mtools", "ninja-build", "ovmf", "procps", "psmisc", "python3-pexpect", "python3-pytest",
    "qemu-system-x86", "spin", "tmux", "util-linux", "xorriso",
]
# For the proofs (docs/proof.md) only; some 400 MB, so `corm setup` alone asks for them.
PROVERS = ["cvc4", "frama-c-base", "why3", "z3"]
DPKG_STATUS = "/var/lib/dpkg/status"
STAMP = BUILD / ".setup"


def packages_for(port):
    """What building and running a port needs: an emulator and a compiler each are large."""
    return PACKAGES + list(arches.ALL[port].packages if port in arches.ALL else ())


def _remembered(changed):
    """Names that were found installed when dpkg last changed anything."""
    if not STAMP.exists():
        return set()
    when, *names = STAMP.read_text().split()
    return set(names) if when == changed else set()


def missing_packages(packages=None):
    """Names of PACKAGES that are not installed. Remembers a good answer until dpkg changes."""
    packages = packages or PACKAGES
    changed = str(os.stat(DPKG_STATUS).st_mtime_ns)
    known = _remembered(changed)
    if known.issuperset(packages):
        return []
    query = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *packages],
                           capture_output=True, text=True)
    installed = {line.split()[0] for line in query.stdout.splitlines()
                 if line.endswith(" installed")}
    missing = [name for name in packages if name not in installed]
    if not missing:
        BUILD.mkdir(exist_ok=True)
        STAMP.write_text(" ".join([changed, *sorted(known.union(packages))]))
    return missing


def _commands(missing):
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    return [["apt-get", "update"],
            environment + ["apt-get", "install", "-y", "--no-install-recommends", *missing]]


def _by_hand(missing):
    return " && ".join(shlex.join(["sudo", *command]) for command in _commands(missing))


def _prefix(missing):
    """What goes in front of a command that needs root, after asking where one can ask."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        raise Failure(f"these packages are missing: {' '.join(missing)}; sudo is missing too",
                      "as root: " + _by_hand(missing).replace("sudo ", ""))
    if not sys.stdin.isatty():
        allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
        if not allowed:
            raise Failure(f"these packages are missing: {' '.join(missing)}", _by_hand(missing))
        return ["sudo", "-n"]
    print(f"corm: these packages are missing: {' '.join(missing)}\n"
          f"corm: to install them: {_by_hand(missing)}", file=sys.stderr)
    print("corm: do that now? [Y/n] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("", "y", "yes"):
        raise Failure("not installed", _by_hand(missing))
    subprocess.run(["sudo", "-v"], check=False)
    return ["sudo"]


def update_lists():
    """Let apt learn what packages there are."""
    update = _commands([])[0]
    advice = shlex.join(["sudo", *update])
    if os.geteuid() != 0:
        update = ["sudo", "-n", *update]
    run_logged("apt-get update", update, "setup-update", advice)


def ensure(packages=None):
    """Install what is missing; does nothing, fast, when all is there."""
    missing = missing_packages(packages)
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise Failure("this machine has no apt-get; Corm is built on Debian 12",
                      "run it in a Debian 12 machine or container")
    prefix = _prefix(missing)
    say(f"installing {len(missing)} packages: {' '.join(missing)}")
    update, install = _commands(missing)
    run_logged("apt-get update", prefix + update, "setup-update", _by_hand(missing))
    run_logged("apt-get install", prefix + install, "setup-install", _by_hand(missing))
    still = missing_packages(packages)
    if still:
        raise Failure(f"apt-get installed no {' '.join(still)}", _by_hand(still))


def command(_options):
    ensure(sorted({name for port in arches.ALL for name in packages_for(port)}) + PROVERS)
    debian_source.fetch_all()
    busybox_binary.get_all()
    say("everything that is needed is installed")
    return 0
