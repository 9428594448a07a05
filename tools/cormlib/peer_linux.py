"""Debian's kernel for cloud machines, to measure against: fetched, unpacked, never installed."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import bench, busybox_binary, cpio, machine, setup
from .arches import X86_64
from .failure import Failure
from .progress import run_logged

META_PACKAGE = "linux-image-cloud-amd64"  # depends on the package that has the kernel
CACHE = Path.home() / ".cache" / "corm" / "linux"
COMMAND_LINE = "console=ttyS0 quiet panic=-1"
FOLDERS = ("bin", "dev", "proc", "tmp")
BUSYBOX_NAMES = ("bin/sh", "bin/true")


@dataclass(frozen=True)
class Peer:
    package: str
    version: str
    kernel: Path


def _field(package, name):
    """A field of the package that this machine's apt would install, or None."""
    said = subprocess.run(["apt-cache", "show", "--no-all-versions", package],
                          capture_output=True, text=True)
    found = re.search(rf"^{name}: (.*)$", said.stdout, re.M)
    return found[1] if found else None


def _choose():
    """(package, version) of the kernel that Debian has now."""
    if _field(META_PACKAGE, "Depends") is None:
        setup.update_lists()
    depends = _field(META_PACKAGE, "Depends") or ""
    package = re.match(r"linux-image-[\w.+-]+", depends)
    version = package and _field(package[0], "Version")
    if not version:
        raise Failure(f"apt knows no kernel of {META_PACKAGE}",
                      "sudo apt-get update; Corm is measured against Debian 12's kernel")
    return package[0], version


def _unpack(package, version, folder):
    """Download the package of exactly this version, and take it apart in @folder."""
    folder.mkdir(parents=True)
    run_logged(f"fetching {package} {version}", ["apt-get", "download", f"{package}={version}"],
               "peer-download", "is there a network?", cwd=folder)
    archives = list(folder.glob("*.deb"))
    if len(archives) != 1:
        raise Failure(f"apt-get download left {len(archives)} files in {folder}")
    run_logged(f"unpacking {package}", ["dpkg-deb", "-x", str(archives[0]), str(folder / "part")],
               "peer-unpack")
    archives[0].unlink()
    (folder / "part").rename(folder / "root")  # whole: an interrupted one is not taken for it


def _have(package, version):
    """The folder of exactly this package, fetched if it is not there."""
    folder = CACHE / f"{package}_{version}"
    if not (folder / "root").is_dir():
        subprocess.run(["rm", "-rf", "--", str(folder)], check=True)
        _unpack(package, version, folder)
    return folder / "root"


def fetch():
    """The newest kernel of Debian; what was fetched once is kept beside the tree."""
    chosen = _choose()
    try:
        place = _have(*chosen)
    except Failure:
        setup.update_lists()  # an archive keeps no version that has been superseded
        if _choose() == chosen:
            raise
        chosen = _choose()
        place = _have(*chosen)
    kernels = list((place / "boot").glob("vmlinuz-*"))
    if len(kernels) != 1:
        raise Failure(f"{chosen[0]} has {len(kernels)} kernels", f"rm -r {CACHE}")
    return Peer(*chosen, kernels[0])


def _initramfs(program, path):
    """Busybox, and the program as the first and only thing to run."""
    archive = cpio.Archive(align=1)
    for name in FOLDERS:
        archive.directory(name)
    archive.file("bin/busybox", busybox_binary.INSTALLED)
    for name in BUSYBOX_NAMES:
        archive.symlink(name, "/bin/busybox")
    archive.file("init", program)
    archive.finish()
    with open(path, "wb") as stream:
        for piece in archive.pieces:
            stream.write(piece)


def config(peer, program, arguments, folder, memory_mb):
    """The same machine as Corm's, with Linux in it; @program is process 1."""
    path = folder / "initramfs"
    _initramfs(program, path)
    append = " ".join([COMMAND_LINE, *(["--", *arguments] if arguments else [])])
    return machine.Config(machine.log_path("bench-linux"), path, memory_mb, cpu=X86_64.counted_cpu,
                          kernel=peer.kernel, append=append, extra=[*bench.COUNTING])
