"""What a driver says of itself (driver.toml), put together with what the manifest grants it."""

import tomllib

from . import units
from .units import UnitError

WORD = (1 << 32) - 1


def _probe(text):
    """(offset, mask, value) of the word that tells a device from others of the same name."""
    table = text.get("probe")
    if table is None:
        return (0, 0, 0)
    return table["offset"], table.get("mask", WORD), table["value"]


def _needed_dma(text):
    return units.size(text["dma"]) if text.get("dma") else 0


def complete(source, item, root):
    """Checks a component's devices against its driver, and adds what comes with them."""
    path = root / item.program / "driver.toml"
    text = tomllib.loads(path.read_text()) if path.is_file() else {}
    devices = []
    for device in item.devices:
        if device.from_tree and text and device.name not in text["matches"]:
            source.fail(f"{item.program} drives no {device.name}; it drives "
                        f"{', '.join(text['matches'])}", item.table, "device")
        devices.append(device)
        if device.from_tree:
            device.probe = _probe(text)
            if text.get("interrupt", True):
                devices.append(units.Device(device.name, "irq", from_tree=True))
    try:
        needed = _needed_dma(text)
    except UnitError as error:
        source.fail(f"{path}: dma: {error}", item.table, "program")
    if item.dma < needed:
        source.fail(f"{item.program} needs memory that its device reads and writes, and nothing "
                    f"keeps the device in it: dma = \"{needed >> 10}K\" would say so", item.table,
                    "dma")
    if item.dma:
        devices.append(units.Device("dma", "dma", size=item.dma))
    item.devices = devices
