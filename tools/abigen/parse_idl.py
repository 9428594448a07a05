"""Parser of abi/idl/*.idl, and the layout of a call's fields in the eight words.

Fields are packed little-endian in the order of the text, each at a multiple of its own size.
A hole is an error of the interface, not something that the generator fills: what travels is
exactly what the text shows. Trailing bytes of the last word are zero.
"""

import re

from .model import WORD_BYTES, WORDS_MAX, Call, ContractError, Interface
from .source import NAME, check_unique, parse_fields, read_lines

INTERFACE = re.compile(rf"^interface\s+({NAME})\s*=\s*(\d+)$")
CALL = re.compile(rf"^call\s+({NAME})\s*\(([^)]*)\)\s*(?:->\s*\(([^)]*)\))?$")


def parse_interface(path, shown):
    """One file is one interface; methods are numbered from 1 in the order of the text."""
    interface = None
    for line in read_lines(path, shown):
        if match := INTERFACE.match(line.text):
            if interface:
                line.fail("a file holds one interface")
            interface = Interface(match[1], int(match[2]), line.doc, line.where)
        elif match := CALL.match(line.text):
            if not interface:
                line.fail("expected 'interface NAME = NUMBER' first")
            interface.calls.append(_call(line, match, len(interface.calls) + 1))
        else:
            line.fail("expected 'interface NAME = NUMBER' or 'call NAME(...) -> (...)'")
    if not interface:
        raise ContractError(f"{shown}:1: no interface in this file")
    if interface.name != path.stem:
        raise ContractError(
            f"{interface.where}: {interface.name} must live in {interface.name}.idl")
    check_unique(interface.calls, f"call of {interface.name}")
    return interface


def _call(line, match, number):
    name, args, results = match.groups()
    call = Call(name, number, parse_fields(line, args), parse_fields(line, results or ""),
                line.doc, line.where)
    if {field.name for field in call.args} & {field.name for field in call.results}:
        line.fail(f"{name}: an argument and a result share a name")
    for fields in (call.args, call.results):
        _lay_out(line, name, fields)
    return call


def _lay_out(line, name, fields):
    offset = 0
    for field in fields:
        align = 1 if field.is_bytes or field.is_cap else field.size_bytes
        if field.is_bytes and field.size_bytes == 0:
            line.fail(f"{name}: '{field.name}' is empty")
        if offset % align:
            line.fail(f"{name}: '{field.name}' at byte {offset} needs padding; reorder the fields")
        field.offset = offset
        offset += field.size_bytes
    if offset > WORDS_MAX * WORD_BYTES:
        line.fail(f"{name}: {offset} bytes do not fit {WORDS_MAX} words; use a ring")
    if sum(field.is_cap for field in fields) > 1:
        line.fail(f"{name}: a message carries one capability")


def count_words(fields):
    """Words that a message with these fields carries."""
    end = max((field.offset + field.size_bytes for field in fields), default=0)
    return -(-end // WORD_BYTES)
