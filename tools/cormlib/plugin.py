"""Plugins of QEMU: tools/qemu/NAME.c, built for the host when they are needed."""

import os

from .paths import BUILD, ROOT
from .progress import run_logged

FOLDER = ROOT / "tools" / "qemu"
GIVE_WAY = "give_way"


def build(name):
    """The built plugin's path. Another process may be building it, too."""
    source, built = FOLDER / f"{name}.c", BUILD / f"{name}.so"
    newest_s = max(file.stat().st_mtime for file in (source, *FOLDER.glob("*.h")))
    if not built.exists() or built.stat().st_mtime < newest_s:
        BUILD.mkdir(parents=True, exist_ok=True)
        fresh = built.with_suffix(f".{os.getpid()}")
        run_logged("building the plugin",
                   ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
                    "-fvisibility=hidden", "-o", str(fresh), str(source)],
                   "build-plugin", "./corm setup")
        fresh.replace(built)
    return built


def let_waiting_give_way(extra):
    """QEMU's arguments for a machine of several processors, which are to run at once unless `extra`
    has them take turns: who waits for another one lets the host run that."""
    return [] if "-icount" in extra else ["-plugin", str(build(GIVE_WAY))]
