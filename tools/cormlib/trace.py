"""`corm trace`: `corm run` with the kernel's trace on, and a file for Perfetto's viewer of it."""

import json
from pathlib import Path

from . import run, trace_events, trace_ring
from .arches import X86_64
from .failure import Failure
from .manifest import read_compiled
from .paths import BUILD, shown
from .progress import say

OUTPUT = BUILD / "trace.json"


class Recorder:
    """Lets a machine trace, and reads the trace when the machine has ended."""

    def __init__(self, size, output, system):
        self.size = size
        self.output = output
        self.system = system
        self.memory = None

    def attach(self, config, folder):
        self.memory = folder / "memory"
        config.extra += trace_ring.memory_arguments(self.memory, config.memory_mb)
        config.append = f"trace={self.size} {config.append}".strip()

    def collect(self, config):
        trace = trace_ring.read_memory(self.memory, config.log)
        components = [item["name"] for item in read_compiled(self.system).components]
        self.output.parent.mkdir(parents=True, exist_ok=True)
        with open(self.output, "w", encoding="utf-8") as stream:
            json.dump(trace_events.convert(trace, components), stream, separators=(",", ":"))
        self._tell(trace)

    def salvage(self, config):
        """The machine failed, which is what is to be said; what led there may be in the trace."""
        try:
            self.collect(config)
        except Failure as failure:
            say(failure.what)

    def _tell(self, trace):
        lost = (f"; {trace.overwritten} older ones were overwritten, a larger --size keeps them"
                if trace.overwritten else "")
        say(f"{len(trace.records)} records are in {shown(self.output)}{lost}")
        say("to see them: https://ui.perfetto.dev, Open trace file")


def command(options):
    if options.arch != X86_64:
        raise Failure(f"./corm trace --arch {options.arch.name} is not built yet: it does not know "
                      "the kernel's vectors there", "./corm trace", 2)
    output = Path(options.output) if options.output else OUTPUT
    return run.command(options, Recorder(options.size, output, options.system))
