"""Values with units: sizes, times, processor shares, devices."""

import re
from dataclasses import dataclass

SIZE = re.compile(r"^(\d+)([KMG])$")
SIZE_UNIT = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
SHARE = re.compile(r"^1/(\d+)$")
PORTS = re.compile(r"^ports:(0x[0-9a-f]+|\d+)\+(\d+)$")
IRQ = re.compile(r"^irq:(\d+)(:level)?(:low)?$")
TREE = re.compile(r"^fdt:[A-Za-z0-9][A-Za-z0-9,._+-]{0,26}$")
PORT_LIMIT = 1 << 16
PAGE = 4096
NS_PER_US = 1000
NS_PER_MS = 1000 * NS_PER_US
NS_PER_S = 1000 * NS_PER_MS


class UnitError(Exception):
    """A value that means nothing; the caller knows where it stands."""


def size(text):
    """Bytes of "64K", "2M", "1G"."""
    match = SIZE.match(text) if isinstance(text, str) else None
    if not match:
        raise UnitError(f'{text!r} is not a size such as "64K", "2M" or "1G"')
    return int(match[1]) * SIZE_UNIT[match[2]]


def power_of_two(text):
    value = size(text)
    if value & (value - 1) or value < PAGE:
        raise UnitError(f"{text} is not a power of two of at least 4K")
    return value


def share(text):
    """n of "1/n", or None if `text` is no share."""
    match = SHARE.match(text) if isinstance(text, str) else None
    if match and int(match[1]) < 2:
        raise UnitError(f"{text} leaves nothing for others")
    return int(match[1]) if match else None


def whole(value, low, high, what):
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise UnitError(f"{value!r} is not {what} ({low} to {high})")
    return value


@dataclass
class Device:
    """What is granted: kind "ports" with first and count, "irq" with line and trigger bits, or
    "dma" with bytes. From the device tree: "memory", and "irq" of the same device behind it."""

    name: str
    kind: str
    base: int = 0
    size: int = 0
    from_tree: bool = False
    probe: tuple = (0, 0, 0)  # offset, mask and value of a word that tells it from others

    def overlaps(self, other):
        if self.kind != other.kind or self.from_tree or other.from_tree or self.kind == "dma":
            return False
        if self.kind == "irq":
            return self.base == other.base
        return self.base < other.base + other.size and other.base < self.base + self.size


def device(text):
    if not isinstance(text, str):
        raise UnitError(f"{text!r} is not a device")
    if match := PORTS.match(text):
        base, count = int(match[1], 0), int(match[2])
        if count == 0 or base + count > PORT_LIMIT:
            raise UnitError(f"{text}: there are ports 0 to 0xffff only")
        return Device(text, "ports", base, count)
    if match := IRQ.match(text):
        return Device(text, "irq", int(match[1]), (1 if match[2] else 0) | (2 if match[3] else 0))
    if TREE.match(text):
        return Device(text, "memory", from_tree=True)
    raise UnitError(f'{text!r} is no device that can be granted: "ports:FIRST+COUNT", '
                    '"irq:LINE[:level][:low]" and "fdt:NAME" are')
