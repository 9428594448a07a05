"""The architectures that Corm is built for, and what the front door must know of each."""

from dataclasses import dataclass

from .paths import BUILD, TOOLS

# What carries framed bytes to and from the world where a board has no second UART. Given to QEMU
# with a chardev named `channel`.
VIRTIO_CHANNEL = ("-global", "virtio-mmio.force-legacy=false", "-device",
                  "virtio-serial-device,bus=virtio-mmio-bus.0", "-device",
                  "virtconsole,chardev=channel")


@dataclass(frozen=True)
class Arch:
    name: str
    qemu: str
    board: tuple  # QEMU's arguments for the machine that the system is made for
    channel: tuple  # likewise, for the way in and out of the world
    cpu: str
    counted_cpu: str  # for ./corm bench: what counts one for a copy is not to be chosen by it
    boot_suffix: str  # of the file that loaders read (boot/ARCH/meson.build)
    gdb: str
    gdb_name: str  # gdb's own name of the architecture
    ram_base: int  # physical address of the machine's memory
    elf_machine: int  # as in <elf.h>
    multiarch: str  # Debian's name of the folders with its libraries
    sysroot: str = ""  # before them, where they are not this machine's own
    tools: str = ""  # what stands before the names of its binutils
    packages: tuple = ()  # of Debian, beside what every build needs
    append: str = ""  # before what a user has for the kernel's command line

    @property
    def build(self):
        """Where gcc's build of it lies."""
        return BUILD / self.name

    @property
    def kernel(self):
        """What loaders read: the boot stage, a kernel inside."""
        return self.build / "boot" / f"corm-boot.{self.boot_suffix}"

    @property
    def debug_kernel(self):
        return self.build / "boot" / f"corm-debug-boot.{self.boot_suffix}"

    @property
    def kernel_symbols(self):
        """The kernel inside, for gdb and for counting."""
        return self.build / "kernel" / "corm.elf"

    @property
    def debug_kernel_symbols(self):
        return self.build / "kernel" / "corm-debug.elf"

    @property
    def boot_symbols(self):
        return self.build / "boot" / "corm-stage.elf"

    @property
    def library_folders(self):
        """Where the loader of its dynamic programs looks, in its order."""
        return (f"/lib/{self.multiarch}", f"/usr/lib/{self.multiarch}", "/lib", "/usr/lib",
                "/lib64")

    def tool(self, name):
        """objdump, strip, readelf ... for its files."""
        return self.tools + name


X86_64 = Arch(
    "x86_64", "qemu-system-x86_64",
    board=("-M", "q35", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
    channel=("-serial", "chardev:channel"),
    cpu="max", counted_cpu="max,erms=off", boot_suffix="elf",
    gdb="gdb", gdb_name="i386:x86-64", ram_base=0,
    elf_machine=62, multiarch="x86_64-linux-gnu")
AARCH64 = Arch(
    "aarch64", "qemu-system-aarch64",
    board=("-M", "virt", "-semihosting-config", "enable=on,target=native"),
    channel=VIRTIO_CHANNEL,
    # Signatures of the emulator's own: the architecture's take it many times as long.
    cpu="max,pauth-impdef=on", counted_cpu="max,pauth-impdef=on", boot_suffix="bin",
    append="exit=semihosting",
    gdb="gdb-multiarch", gdb_name="aarch64", ram_base=0x40000000,
    elf_machine=183, multiarch="aarch64-linux-gnu",
    sysroot="/usr/aarch64-linux-gnu", tools="aarch64-linux-gnu-",
    packages=("gcc-aarch64-linux-gnu", "gdb-multiarch", "libc6-dev-arm64-cross",
              "qemu-system-arm"))
RISCV64 = Arch(
    "riscv64", "qemu-system-riscv64",
    board=("-M", "virt"),
    channel=VIRTIO_CHANNEL,
    cpu="rv64", counted_cpu="rv64", boot_suffix="elf",
    gdb="gdb-multiarch", gdb_name="riscv:rv64", ram_base=0x80000000,
    elf_machine=243, multiarch="riscv64-linux-gnu",
    sysroot="/usr/riscv64-linux-gnu", tools="riscv64-linux-gnu-",
    packages=("gcc-riscv64-linux-gnu", "gdb-multiarch", "libc6-dev-riscv64-cross",
              "dpkg-dev", "opensbi",
              "qemu-system-misc"))
ALL = {arch.name: arch for arch in (X86_64, AARCH64, RISCV64)}


def cross_file(port, compiler):
    """Meson's cross file of a port that this machine cannot run, or None."""
    path = TOOLS / "ports" / port / f"{compiler}.ini"
    return path if path.is_file() else None
