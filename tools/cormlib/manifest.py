"""Reads a compiled manifest (abi/manifest.h). The compiler is tools/manifest."""

from dataclasses import dataclass

from .arches import X86_64
from .cheader import header
from .failure import Failure
from .paths import SYSTEMS, shown


@dataclass
class Manifest:
    """The records as dicts of the header's fields, names as text."""

    data: bytes
    components: list
    sessions: list
    devices: list


def _record(layout, data, offset):
    fields = layout.unpack(data, offset)
    return {name: value.rstrip(b"\0").decode() if isinstance(value, bytes) else value
            for name, value in fields.items()}


def parse(data):
    abi = header("manifest.h")
    whole = abi.layout["manifest"].unpack(data)
    lists = []
    for kind in ("component", "session", "device"):
        layout = abi.layout[f"manifest_{kind}"]
        lists.append([_record(layout, whole[f"{kind}s"], index * layout.size)
                      for index in range(whole[f"count_{kind}s"])])
    return Manifest(data, *lists)


def read_compiled(system, arch=X86_64):
    """The manifest of a built system."""
    compiled = arch.build / "systems" / f"{system}.manifest"
    if not compiled.is_file():
        known = " ".join(sorted(path.stem for path in SYSTEMS.glob("*.toml")))
        raise Failure(f"{arch.name} has no system named {system}: {shown(compiled)} is missing",
                      f"systems that exist: {known or 'none'}")
    return parse(compiled.read_bytes())
