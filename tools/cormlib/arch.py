"""The architectures that Corm is built for, and what the front door must know of each."""

from dataclasses import dataclass

from .failure import Failure
from .paths import BUILD, TOOLS


@dataclass(frozen=True)
class Arch:
    name: str
    packages: tuple = ()  # of Debian, beside what every build needs
    tools: str = ""  # what stands before the names of its binutils
    complete: bool = False  # runs all of what `corm test` runs on a target

    @property
    def build(self):
        """Where gcc's build of it lies."""
        return BUILD / self.name


X86_64 = Arch("x86_64", complete=True)
AARCH64 = Arch(
    "aarch64", tools="aarch64-linux-gnu-",
    packages=("gcc-aarch64-linux-gnu", "gdb-multiarch", "libc6-dev-arm64-cross",
              "qemu-system-arm"))
RISCV64 = Arch(
    "riscv64", tools="riscv64-linux-gnu-",
    packages=("gcc-riscv64-linux-gnu", "gdb-multiarch", "libc6-dev-riscv64-cross", "opensbi",
              "qemu-system-misc"))
ALL = {arch.name: arch for arch in (X86_64, AARCH64, RISCV64)}


def named(name):
    """The architecture of that name, or what a user has to be told."""
    if name not in ALL:
        raise Failure(f"there is no architecture {name}", f"there are {', '.join(ALL)}", 2)
    return ALL[name]


def cross_file(port, compiler):
    """Meson's cross file of a port that this machine cannot run, or None."""
    path = TOOLS / "ports" / port / f"{compiler}.ini"
    return path if path.is_file() else None
