"""`corm debug`: QEMU stopped at its first instruction, gdb attached, every symbol loaded.

All native programs are linked at the same address, so gdb can hold the symbols of all (for
breakpoints by name) or of one (for backtraces in it): the command `program NAME` picks one.
"""

import os
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

from . import build, bundle, machine
from .line import Line
from .manifest import read_compiled
from .paths import LOGS, ROOT, shown
from .progress import say
from .session import Died, Session

GDB_START = """\
set confirm off
set pagination off
set architecture {architecture}
directory {root}
file {kernel}
add-symbol-file {boot}
{symbols}
define program
  python
import gdb
for path in {paths!r}:
    try:
        gdb.execute("remove-symbol-file -a 0x400000", to_string=True)
    except gdb.error:
        pass
for path in {paths!r}:
    if path.rsplit("/", 1)[1] == "$arg0":
        gdb.execute("add-symbol-file " + path)
  end
end
document program
program NAME: load the symbols of this program only, for backtraces inside it.
end
target remote {socket}
echo \\nThe machine stands at its first instruction. hbreak kernel_boot, then continue.\\n
"""


def _programs(system, arch):
    components = read_compiled(system, arch).components
    names = ["servers/init"] + [item["program"] for item in components]
    return [str(bundle.program_elf(name, arch=arch)) for name in dict.fromkeys(names)]


def _converse(running, line, output):
    """Serve the channel beside gdb; the world's output goes to a file."""
    try:
        status = Session(running, line, None, False, output=output, errors=output).run()
        os.write(output, f"\n[exit status {status}]\n".encode())
    except (Died, OSError) as error:
        os.write(output, f"\n[{error}]\n".encode())


def command(options):
    arch = options.arch
    build.ensure(arch.name)
    LOGS.mkdir(parents=True, exist_ok=True)
    paths = _programs(options.system, arch)
    with tempfile.TemporaryDirectory(prefix="corm-debug-") as folder:
        bundle_path, gdb_socket = Path(folder) / "bundle", Path(folder) / "gdb"
        arguments = options.command or ["/bin/sh", "-c", "while :; do sleep 60; done"]
        world = bundle.World("WORLD_COMMAND", arguments, bundle.default_environment())
        size = bundle.compose(options.system, world, options.add, bundle_path,
                              arch=arch)
        script = Path(folder) / "start.gdb"
        script.write_text(GDB_START.format(
            root=ROOT, architecture=arch.gdb_name, kernel=arch.kernel_symbols,
            boot=arch.boot_symbols, paths=paths, socket=gdb_socket,
            symbols="\n".join(f"add-symbol-file {path}" for path in paths)))
        config = machine.Config(machine.log_path("debug"), bundle_path, machine.memory_for(size),
                                arch, channel=Path(folder) / "channel",
                                extra=["-S", "-gdb", f"unix:{gdb_socket},server=on,wait=off"])
        output_path = LOGS / "debug-output.log"
        output = os.open(output_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        say(f"log: {shown(config.log)}; output of the world: {shown(output_path)}")
        with Line(config.channel) as line, machine.Machine(config) as running:
            threading.Thread(target=_converse, args=(running, line, output), daemon=True).start()
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to gdb
            return subprocess.run([arch.gdb, "-q", "-x", str(script)], check=False).returncode
