"""Writes a checked system in the layout of abi/manifest.h, which is read from that header."""

from pathlib import Path

from cormlib.cheader import header

from .check import INIT, read_system
from .component import REST
from .source import Source
from .units import NS_PER_US

ROOT = Path(__file__).resolve().parent.parent.parent
KINDS = {"irq": "DEVICE_IRQ", "ports": "DEVICE_PORTS", "memory": "DEVICE_MEMORY",
         "dma": "DEVICE_DMA"}
U64 = (1 << 64) - 1


def _objects(abi, objects):
    if objects is None:
        return 0
    if isinstance(objects, tuple):
        return abi["MANIFEST_SHARE"] | objects[1]
    return objects


def _component(abi, item):
    flags = 0
    for flag in item.flags:
        flags |= abi[flag]
    return abi.layout["manifest_component"].pack(
        name=item.name.encode(), program=item.program.encode(),
        memory_bytes=abi["MANIFEST_REST"] & U64 if item.memory == REST else item.memory,
        object_bytes=_objects(abi, item.objects),
        budget_ns=item.budget_us * NS_PER_US, period_ns=item.period_us * NS_PER_US,
        slice_ns=item.slice_us * NS_PER_US, heartbeat_ns=item.heartbeat_us * NS_PER_US,
        request_limit_ns=item.request_limit_us * NS_PER_US,
        restart_window_ns=item.within_us * NS_PER_US, backoff_ns=item.backoff_us * NS_PER_US,
        restart_at_most=item.at_most, policy=abi[item.policy], priority=item.priority,
        floor=item.floor, flags=flags, stack_bytes=item.stack,
        table_slots_log2=item.slots.bit_length() - 1)


def _sessions(abi, system, index):
    """Badges count up from 1 at each provider."""
    badges = {}
    packed = []
    for session in system.sessions:
        badge = badges[session.provider] = badges.get(session.provider, 0) + 1
        client = abi["MANIFEST_INIT"] & 0xFFFFFFFF if session.client == INIT else \
            index[session.client]
        packed.append(abi.layout["manifest_session"].pack(
            service=session.service.encode(), client=client, provider=index[session.provider],
            badge=badge, region_bytes=session.memory))
    return packed


def _devices(abi, system, index):
    kinds = header("component.h")
    return [abi.layout["manifest_device"].pack(
        name=device.name.encode(), component=index[item.name], kind=kinds[KINDS[device.kind]],
        base=device.base, size=device.size, from_tree=device.from_tree,
        probe_offset=device.probe[0], probe_mask=device.probe[1], probe_value=device.probe[2])
        for item in system.components for device in item.devices]


def encode(system, source):
    abi = header("manifest.h")
    index = {item.name: number for number, item in enumerate(system.components)}
    lists = {"components": [_component(abi, item) for item in system.components],
             "sessions": _sessions(abi, system, index),
             "devices": _devices(abi, system, index)}
    for name, records in lists.items():
        limit = abi[f"MANIFEST_{name.upper()}_MAX"]
        if len(records) > limit:
            source.fail(f"{len(records)} {name}, more than the {limit} that a system may have")
    return abi.layout["manifest"].pack(
        magic=abi["MANIFEST_MAGIC"], version=abi["MANIFEST_VERSION"],
        **{f"count_{name}": len(records) for name, records in lists.items()},
        **{name: b"".join(records) for name, records in lists.items()})


def compile_file(path, root=ROOT, board=None):
    """The compiled manifest; ManifestError says what is wrong and where. `board` says what the
    system's components are on it."""
    source = Source(path, board)
    return encode(read_system(source, root, header("stream.h")["STREAM_LOG_BYTES"]), source)
