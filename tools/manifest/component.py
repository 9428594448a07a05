"""Reads one [component.NAME] table: keys, types, units. What concerns several is in check.py."""

import re
from dataclasses import dataclass, field

from cormlib.cheader import header

from . import units
from .units import UnitError

ABI, LIMITS = header("component.h"), header("manifest.h")

NAME = re.compile(r"^[a-z][a-z0-9-]*$")
NAME_MAX = 31
POLICIES = {"one-for-one": "POLICY_ONE_FOR_ONE", "rest-for-one": "POLICY_REST_FOR_ONE",
            "never": "POLICY_NEVER"}
PRIORITY_MAX = 254  # 255 is init's
TIME_MAX_US = 3600 * 1000 * 1000
PERIOD_MIN_US = 100
STACK_MAX = 1 << 20
REST = "rest"
TREE = "COMPONENT_FLAG_TREE"
PROCESSORS = "COMPONENT_FLAG_PROCESSORS"
NEEDED = ("program", "memory", "priority", "budget")


@dataclass
class Component:
    """A component in the units of abi/manifest.h; `rest` stands for what the others leave."""

    name: str
    table: str
    program: str = ""
    memory: object = 0
    stack: int = 16 << 10
    slots: int = 1 << ABI["COMPONENT_TABLE_SLOTS_LOG2_OBJECTS"]
    objects: object = None  # bytes, ("share", n), or None
    priority: int = 0
    floor: int = 0
    budget_us: object = 0
    period_us: int = 10000
    slice_us: int = 1000
    provides: list = field(default_factory=list)
    session_memory: int = 0
    uses: list = field(default_factory=list)
    devices: list = field(default_factory=list)
    dma: int = 0  # bytes
    policy: str = "POLICY_ONE_FOR_ONE"
    at_most: int = 10
    within_us: int = 60 * 1000 * 1000
    backoff_us: int = 10000
    heartbeat_us: int = 0
    request_limit_us: int = 0
    flags: list = field(default_factory=list)


def check_name(text, what):
    if not isinstance(text, str) or not NAME.match(text) or len(text) > NAME_MAX:
        raise UnitError(f"{text!r} is no name for {what}: lower-case letters, digits and -, "
                        f"at most {NAME_MAX}")
    return text


def _names(value, what):
    if not isinstance(value, list):
        raise UnitError(f"{value!r} is not a list of {what}s")
    for item in value:
        check_name(item, f"a {what}")
        if value.count(item) > 1:
            raise UnitError(f"{item} stands twice in one list")
    return value


def _pages(text, high):
    value = units.size(text)
    if value % units.PAGE or value > high:
        raise UnitError(f"{text} is not a multiple of 4K up to {high >> 20}M")
    return value


def _keys(table, allowed, what):
    if not isinstance(table, dict):
        raise UnitError(f"{table!r} is not a table such as {{ {' = ..., '.join(allowed)} = ... }}")
    for key in table:
        if key not in allowed:
            raise UnitError(f"unknown key {key} in {what}; known: {', '.join(allowed)}")


def _program(out, value):
    if not isinstance(value, str) or len(value) > NAME_MAX:
        raise UnitError(f"{value!r} is not the folder of a program")
    out.program = value


def _memory(out, value):
    out.memory = REST if value == REST else units.power_of_two(value)


def _slots(out, value):
    low, high = (1 << LIMITS[f"MANIFEST_TABLE_LOG2_{end}"] for end in ("MIN", "MAX"))
    out.slots = units.whole(value, low, high, "a number of slots")
    if value & value - 1:
        raise UnitError(f"{value} is not a power of two")


def _objects(out, value):
    out.flags.append("COMPONENT_FLAG_OBJECTS")
    divisor = units.share(value)
    out.objects = ("share", divisor) if divisor else units.power_of_two(value)


def _budget(out, value):
    if value == REST:
        out.budget_us = REST
        return
    _keys(value, ("us", "every_us"), "budget")
    if "us" not in value or "every_us" not in value:
        raise UnitError("a budget needs us and every_us")
    out.period_us = units.whole(value["every_us"], PERIOD_MIN_US, TIME_MAX_US, "a period")
    out.budget_us = units.whole(value["us"], 1, out.period_us, "a budget within its period")


def _processors(out, value):
    if value not in (1, "all") or isinstance(value, bool):
        raise UnitError(f'{value!r} is neither 1 nor "all"')
    if value == "all":
        out.flags.append(PROCESSORS)


def _restart(out, value):
    allowed = ("policy", "at_most", "within_s", "backoff_ms")
    _keys(value, allowed, "restart")
    policy = value.get("policy", "one-for-one")
    if policy not in POLICIES:
        raise UnitError(f"{policy!r} is no restart policy; known: {', '.join(POLICIES)}")
    out.policy = POLICIES[policy]
    out.at_most = units.whole(value.get("at_most", out.at_most), 0, 1000000, "a number of restarts")
    out.within_us = 1000000 * units.whole(value.get("within_s", 60), 1, 86400, "seconds")
    out.backoff_us = 1000 * units.whole(value.get("backoff_ms", 10), 0, 60000, "milliseconds")


def _devices(out, value):
    out.devices = [units.device(text) for text in (value if isinstance(value, list) else [value])]


def _dma(out, value):
    out.dma = units.power_of_two(value)
    if out.dma > LIMITS["MANIFEST_DMA_BYTES_MAX"]:
        raise UnitError(f"{value} is more than a device may share with its driver")


def _flag(name):
    def read(out, value):
        if not isinstance(value, bool):
            raise UnitError(f"{value!r} is not true or false")
        if value:
            out.flags.append(name)
    return read


def _number(attribute, low, high, what, factor=1):
    def read(out, value):
        setattr(out, attribute, factor * units.whole(value, low, high, what))
    return read


READERS = {
    "program": _program,
    "memory": _memory,
    "stack": lambda out, value: setattr(out, "stack", _pages(value, STACK_MAX)),
    "objects": _objects,
    "slots": _slots,
    "priority": _number("priority", 0, PRIORITY_MAX, "a priority"),
    "floor": _number("floor", 0, PRIORITY_MAX, "a priority"),
    "budget": _budget,
    "processors": _processors,
    "slice_us": _number("slice_us", 10, TIME_MAX_US, "microseconds"),
    "provides": lambda out, value: setattr(out, "provides", _names(value, "service")),
    "session_memory": lambda out, value: setattr(out, "session_memory", units.power_of_two(value)),
    "uses": lambda out, value: setattr(out, "uses", _names(value, "service")),
    "device": _devices,
    "dma": _dma,
    "restart": _restart,
    "heartbeat_ms": _number("heartbeat_us", 1, 60000, "milliseconds", 1000),
    "max_request_us": _number("request_limit_us", 10, 60 * 1000 * 1000, "microseconds"),
    "essential": _flag("COMPONENT_FLAG_ESSENTIAL"),
    "control": _flag("COMPONENT_FLAG_CONTROL"),
    "root": _flag("COMPONENT_FLAG_ROOT"),
    "tree": _flag(TREE),
}


def read_component(source, name, table):
    """The Component of one table; `source` says where mistakes are."""
    shown = f"component.{name}"
    out = Component(name, shown)
    try:
        check_name(name, "a component")
    except UnitError as error:
        source.fail(error, shown)
    for key, value in table.items():
        if key not in READERS:
            source.fail(f"unknown key {key}; known: {', '.join(sorted(READERS))}", shown, key)
        try:
            READERS[key](out, value)
        except UnitError as error:
            source.fail(f"{key}: {error}", shown, key)
    for key in NEEDED:
        if key not in table:
            source.fail(f"{name} needs {key}", shown)
    if "slots" in table and "objects" not in table:
        source.fail(f"{name} makes no objects: its slots are what is granted", shown, "slots")
    if PROCESSORS in out.flags and "objects" not in table:
        source.fail(f"{name} makes no objects: it has one thread, which has one processor", shown,
                    "processors")
    if "floor" not in table:
        out.floor = out.priority
    return out
