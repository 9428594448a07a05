"""`corm build --iso`: a GRUB image that boots by BIOS and by UEFI, from CD, disk or USB stick."""

import shutil
import tempfile
from pathlib import Path

from . import bundle
from .arches import X86_64
from .failure import Failure
from .progress import run_logged

GRUB_CONFIG = """\
set timeout=0
insmod all_video
menuentry "Corm" {
    multiboot2 /boot/corm
    module2 /boot/bundle
}
"""


def make(system):
    """Write build/x86_64/corm-SYSTEM.iso; its world talks to a raw terminal on COM1."""
    if not shutil.which("grub-mkrescue"):
        raise Failure("grub-mkrescue is missing", "./corm setup")
    image = X86_64.build / f"corm-{system}.iso"
    with tempfile.TemporaryDirectory(prefix="corm-iso-") as folder:
        boot = Path(folder) / "boot"
        (boot / "grub").mkdir(parents=True)
        (boot / "grub" / "grub.cfg").write_text(GRUB_CONFIG)
        shutil.copyfile(X86_64.kernel, boot / "corm")
        world = bundle.World("WORLD_CONSOLE", [], bundle.default_environment("vt100"))
        bundle.compose(system, world, [], boot / "bundle")
        run_logged("grub-mkrescue", ["grub-mkrescue", "--locales=", "--fonts=", "--themes=",
                                     "-o", str(image), folder], "iso", "./corm setup")
    return image
