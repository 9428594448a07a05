"""Debian's static busybox for each architecture: installed, fetched, or built of Debian's source.

All are of one source version, that of the installed package. Debian 12 has no riscv64, so that one
is built as Debian builds the others, less the applet `tc`, which newer kernel headers do not let
compile. What was fetched or built is kept beside the tree.
"""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import debian_source
from .arches import AARCH64, RISCV64, X86_64
from .failure import Failure
from .progress import run_logged

INSTALLED = Path("/bin/busybox")
CACHE = Path.home() / ".cache" / "corm" / "busybox"
RECIPE = "busybox"
LEFT_OUT = "CONFIG_TC"


@dataclass(frozen=True)
class Busybox:
    path: Path
    applets: list  # their places in the root


def _installed_applets():
    if not INSTALLED.is_file():
        raise Failure(f"{INSTALLED} is missing", "./corm setup")
    listed = subprocess.run([INSTALLED, "--list-full"], capture_output=True, text=True, check=True)
    return listed.stdout.split()


def _installed(_folder, _version):
    return Busybox(INSTALLED, _installed_applets())


def _fetched(folder, version):
    """Debian's own binary. It has the configuration of the installed one, so its applets too."""
    if not folder.is_dir():
        part = debian_source.fresh(folder)
        package = debian_source.download_binary("busybox-static", "arm64", part)
        field = subprocess.run(["dpkg-deb", "-f", package, "Version"], capture_output=True,
                               text=True, check=True).stdout.strip()
        if field.partition("+b")[0] != version:
            raise Failure(f"Debian's busybox for arm64 is {field}, the installed one of {version}",
                          "sudo apt-get update && sudo apt-get upgrade")
        subprocess.run(["dpkg-deb", "-x", package, part], check=True)
        package.unlink()
        part.rename(folder)  # whole: an interrupted one is not taken for it
    return Busybox(folder / "bin" / "busybox", _installed_applets())


def _configuration(source, wanted):
    text = (source / wanted["config"]).read_text()
    if f"{LEFT_OUT}=y\n" not in text:
        raise Failure(f"{wanted['config']} has no {LEFT_OUT}=y", "third_party/ names another file")
    return text.replace(f"{LEFT_OUT}=y\n", f"# {LEFT_OUT} is not set\n")


def _built(folder, version):
    if not folder.is_dir():
        wanted = debian_source.recipe(RECIPE)
        package = debian_source.fetch(wanted, version)
        description, = package.glob("*.dsc")
        part = debian_source.fresh(folder)
        with tempfile.TemporaryDirectory(prefix="corm-busybox-") as scratch:
            source = Path(scratch) / "source"
            # Not --check: apt has checked the signature of the index that names these files.
            run_logged("unpacking busybox", ["dpkg-source", "--no-check", "-x", str(description),
                                             str(source)], "busybox-unpack", "./corm setup")
            built = Path(scratch) / "built"
            built.mkdir()
            (built / ".config").write_text(_configuration(source, wanted))
            make = ["make", "-C", str(built), "ARCH=riscv", f"CROSS_COMPILE={RISCV64.tools}"]
            out = [*make, "-f", str(source / "Makefile"), f"KBUILD_SRC={source}"]
            run_logged("configuring busybox", [*out, "silentoldconfig"], "busybox-configure",
                       "./corm setup")
            for name in ("busybox", "busybox.links"):
                run_logged(f"building {name} for riscv64", [*make, "-j2", name], "busybox-build",
                           "./corm setup")
                shutil.copy2(built / name, part)
        part.rename(folder)
    return Busybox(folder / "busybox", (folder / "busybox.links").read_text().split())


WAYS = {X86_64: _installed, AARCH64: _fetched, RISCV64: _built}


def get(arch):
    """The Busybox for that architecture."""
    version = debian_source.version_of_binary("busybox-static")
    name = f"{version.replace(':', '%3a')}_{arch.name}"
    return WAYS[arch](CACHE / name, version)


def get_all():
    for arch in WAYS:
        get(arch)
