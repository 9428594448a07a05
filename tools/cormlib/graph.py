"""`corm graph`: who may talk to whom, drawn from the compiled manifest."""

import subprocess
from pathlib import Path

from . import build
from .cheader import header
from .failure import Failure
from .manifest import read_compiled
from .paths import shown
from .progress import say


def dot(system, manifest):
    """The picture as text for graphviz: programs are boxes, devices are ellipses, an arrow goes
    from the caller to the one that is called."""
    lines = [f'digraph "{system}" {{', "  rankdir=LR;",
             '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=11];',
             '  edge [fontname="sans-serif", fontsize=9];']
    init = header("manifest.h")["MANIFEST_INIT"]
    for index, item in enumerate(manifest.components):
        lines.append(f'  c{index} [label="{item["name"]}\\npriority {item["priority"]}"];')
    if any(item["client"] == init for item in manifest.sessions):
        lines.append('  init [label="init", style="rounded,bold"];')
    for item in manifest.sessions:
        client = "init" if item["client"] == init else f'c{item["client"]}'
        ring = f'\\n{item["region_bytes"] // 1024} KiB' if item["region_bytes"] else ""
        lines.append(f'  {client} -> c{item["provider"]} '
                     f'[label="{item["service"]}{ring}"];')
    for index, item in enumerate(manifest.devices):
        lines.append(f'  d{index} [label="{item["name"]}", shape=ellipse, style=dashed];')
        lines.append(f'  c{item["component"]} -> d{index} [style=dashed];')
    return "\n".join(lines + ["}"]) + "\n"


def command(options):
    build.ensure(options.arch.name)
    output = Path(options.output or options.arch.build / f"{options.system}.svg")
    text = dot(options.system, read_compiled(options.system, options.arch))
    result = subprocess.run(["dot", "-Tsvg", "-o", str(output)], input=text, text=True,
                            capture_output=True)
    if result.returncode != 0:
        raise Failure(f"dot failed: {result.stderr.strip()}", "./corm setup")
    say(f"wrote {shown(output)}")
    return 0
