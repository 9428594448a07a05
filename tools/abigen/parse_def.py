"""Parsers of status.def, syscall.def and object.def."""

import re

from .model import (WORDS_MAX, Call, ContractError, Demand, Field, Object, Right, Status,
                    Syscall)
from .source import NAME, check_unique, parse_fields, parse_int, read_lines

STATUS = re.compile(r"^([A-Z][A-Z0-9_]*)\s*=\s*(\d+)$")
SYSCALL = re.compile(rf"^syscall\s+({NAME})\s*=\s*(handle|slot0\s+(\d+))$")
OBJECT = re.compile(rf"^object\s+({NAME})\s*=\s*(\d+)$")
RIGHT = re.compile(rf"^right\s+({NAME})\s*=\s*(0x[0-9a-fA-F]+|\d+)$")
OP = re.compile(
    rf"^op\s+({NAME})\s*=\s*(\d+)(?:\s+needs\s+({NAME}))?\s*"
    r"(?:\(([^)]*)\)\s*(?:->\s*\(([^)]*)\))?)?$"
)
CAP = re.compile(rf"^({NAME})\s*:\s*cap((?:\s+{NAME})+)$")
DESTINATION = re.compile(rf"^{NAME}\s*:\s*slot$")
OPS_MAX = 64
CAPS_MAX = 3
STATUS_MAX = 1 << 12


def parse_status(path, shown):
    statuses = []
    for line in read_lines(path, shown):
        match = STATUS.match(line.text)
        if not match:
            line.fail("expected 'NAME = NUMBER  ## meaning'")
        if not line.doc:
            line.fail(f"{match[1]} has no meaning: add '## ...'")
        if int(match[2]) >= STATUS_MAX:
            line.fail(f"{match[1]} does not fit the label of a tag (below {STATUS_MAX})")
        statuses.append(Status(match[1], int(match[2]), " ".join(line.doc), line.where))
    check_unique(statuses, "status")
    if not statuses or (statuses[0].name, statuses[0].number) != ("OK", 0):
        raise ContractError(f"{shown}:1: the first status must be 'OK = 0'")
    return statuses


def parse_syscalls(path, shown):
    syscalls = []
    for line in read_lines(path, shown):
        match = SYSCALL.match(line.text)
        if not match:
            line.fail("expected 'syscall NAME = handle | slot0 NUMBER  ## meaning'")
        op = int(match[3]) if match[3] else None
        syscalls.append(Syscall(match[1], op, match[2].split()[0], line.doc, line.where))
    check_unique([call for call in syscalls if call.number is not None], "system call")
    return syscalls


def parse_objects(path, shown, status_names):
    objects = []
    for line in read_lines(path, shown):
        if match := OBJECT.match(line.text):
            objects.append(Object(match[1], int(match[2]), line.doc, line.where))
            continue
        if not objects:
            line.fail("expected 'object NAME = NUMBER' first")
        _take_object_doc(objects[-1], line)
        if match := RIGHT.match(line.text):
            objects[-1].rights.append(Right(match[1], parse_int(match[2]), line.doc, line.where))
        elif match := OP.match(line.text):
            objects[-1].ops.append(_op(line, match))
        elif line.text.startswith("errors:") and objects[-1].ops:
            _errors(line, objects[-1].ops[-1], status_names)
        else:
            line.fail("expected 'object', 'right', 'op' or 'errors:' (after an op)")
    check_unique(objects, "object")
    by_name = {item.name: item for item in objects}
    for item in objects:
        _check_object(item, by_name)
    return objects


def _take_object_doc(item, line):
    """The first documentation after the object's own line is the object's."""
    if not item.doc and not item.rights and not item.ops:
        item.doc, line.doc = line.doc, []


def _op(line, match):
    name, number, needs, args, results = match.groups()
    call = Call(name, int(number), _arguments(line, args or ""),
                parse_fields(line, results or ""), line.doc, line.where, needs or "",
                is_message=args is None)
    if not 0 < call.number < OPS_MAX:
        line.fail(f"operation number {call.number} does not fit a handle (1 to {OPS_MAX - 1})")
    for fields in (call.args, call.results):
        if len(fields) > WORDS_MAX:
            line.fail(f"{name}: more than {WORDS_MAX} words")
        if any(field.is_bytes for field in fields):
            line.fail(f"{name}: an operation of a kernel object takes whole words only")
    return call


def _arguments(line, text):
    """The words of an operation: `to: slot` is two, and each capability says what it must be."""
    fields = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        if DESTINATION.match(part):
            if not fields:
                line.fail("a destination cannot come first")
            fields += [Field("table", "cap", 0, demand=Demand("table", ["manage"], "INTO")),
                       Field("index", "u64", 8)]
        elif match := CAP.match(part):
            kind, *rights = match[2].split()
            use = "OPTIONAL" if rights[-1:] == ["optional"] else "NEEDED"
            rights = [right for right in rights if right != "optional"]
            fields.append(Field(match[1], "cap", 0, demand=Demand(kind, rights, use)))
        else:
            fields += parse_fields(line, part)
            if fields[-1].is_cap:
                line.fail(f"{fields[-1].name}: say which object: 'cap OBJECT RIGHT...'")
    if len({field.name for field in fields}) < len(fields):
        line.fail("a name stands twice in one list")
    uses = [field.demand.use for field in fields if field.demand]
    if len(uses) > CAPS_MAX:
        line.fail(f"more than {CAPS_MAX} capabilities")
    if "INTO" in uses and len(uses) > 1:
        line.fail("a destination is the only capability of its operation")
    return fields


def _errors(line, call, status_names):
    call.errors = line.text.removeprefix("errors:").split()
    for name in call.errors:
        if name not in status_names:
            line.fail(f"{name} is not in status.def")


def _check_demand(op, demand, by_name):
    if demand.object not in by_name:
        raise ContractError(f"{op.where}: there is no object '{demand.object}'")
    known = [right.name for right in by_name[demand.object].rights]
    for right in demand.rights:
        if right not in known:
            raise ContractError(f"{op.where}: {demand.object} has no right '{right}'")


def _check_object(item, by_name):
    check_unique(item.ops, f"operation of {item.name}")
    used = 0
    for right in item.rights:
        if right.bits == 0 or right.bits & used:
            raise ContractError(
                f"{right.where}: right {right.name} overlaps another of {item.name}")
        used |= right.bits
    for op in item.ops:
        if op.needs and op.needs not in [right.name for right in item.rights]:
            raise ContractError(f"{op.where}: {item.name} has no right '{op.needs}'")
        for demand in (field.demand for field in op.args if field.demand):
            _check_demand(op, demand, by_name)
