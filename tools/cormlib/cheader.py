"""Reads constants and struct layouts out of the C headers of abi/, so that no tool repeats them.

Understands what those headers use: `#define NAME number`, enums, and structs of fixed-width
integers, `char` arrays and other structs of the same header, laid out naturally. A hole that only
the compiler would fill is an error here, so a layout read from the text is the layout in memory.
"""

import re
import struct
from functools import cache

from .failure import Failure
from .paths import ABI

CODES = {"uint8_t": "B", "uint16_t": "H", "uint32_t": "I", "uint64_t": "Q", "int64_t": "q"}
COMMENT = re.compile(r"/\*.*?\*/", re.S)
DEFINE = re.compile(r"^#define[ \t]+(\w+)[ \t]+(\S.*?)[ \t]*$", re.M)
ENUM = re.compile(r"\benum\s*\w*\s*\{(.*?)\}", re.S)
STRUCT = re.compile(r"\bstruct\s+(\w+)\s*\{(.*?)\};", re.S)
MEMBER = re.compile(r"^(?:(u?int\d+_t)|(char)|struct\s+(\w+))\s+(\w+)(?:\[(\w*)\])?$")
SEVERAL = re.compile(r"(u?int\d+_t) (\w+(?:, ?\w+)+)$")
COMPLEMENT = re.compile(r"~\s*(0x[0-9a-fA-F]+|\d+)([uUlL]+)\b")
SUFFIX = re.compile(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b")


def _complement(match):
    """`~0u` and `~0ull` as the compiler sees them: 32 and 64 bits, unsigned."""
    bits = 64 if "l" in match[2].lower() else 32
    return str(~int(match[1], 0) & ((1 << bits) - 1))


class Layout:
    """A struct: pack(**fields) and unpack(bytes) -> dict. A flexible last member is left out."""

    def __init__(self, name, members):
        self.name = name
        self.members = members
        self.struct = struct.Struct("<" + "".join(code for _, code in members))
        self.size = self.struct.size

    def pack(self, **fields):
        unknown = set(fields) - {name for name, _ in self.members}
        if unknown:
            raise KeyError(f"struct {self.name} has no {', '.join(sorted(unknown))}")
        return self.struct.pack(*(fields.get(name, b"" if code.endswith("s") else 0)
                                  for name, code in self._flat()))

    def unpack(self, data, offset=0):
        values = self.struct.unpack_from(data, offset)
        return dict(zip((name for name, _ in self._flat()), values))

    def _flat(self):
        return [(name, code) for name, code in self.members if not name.endswith("[]")]


class Header:
    """One header of abi/: constants by name in `value`, layouts in `layout`."""

    def __init__(self, file_name):
        text = COMMENT.sub("", (ABI / file_name).read_text())
        self.file_name = file_name
        self.value = {}
        self.layout = {}
        for name, expression in DEFINE.findall(text):
            self._define(name, expression)
        for body in ENUM.findall(text):
            self._enum(body)
        for name, body in STRUCT.findall(text):
            self.layout[name] = self._struct(name, body)

    def __getitem__(self, name):
        if name not in self.value:
            raise Failure(f"abi/{self.file_name} defines no {name}")
        return self.value[name]

    def _evaluate(self, expression):
        plain = SUFFIX.sub(r"\1", COMPLEMENT.sub(_complement, expression))
        if not re.fullmatch(r"[\w\s()+*/~|&<>-]+", plain):
            return None
        try:
            return eval(plain, {"__builtins__": {}}, self.value)
        except (NameError, SyntaxError, TypeError):
            return None

    def _define(self, name, expression):
        value = self._evaluate(expression)
        if isinstance(value, int):
            self.value[name] = value

    def _enum(self, body):
        following = 0
        for item in filter(None, (part.strip() for part in body.split(","))):
            name, _, expression = (part.strip() for part in item.partition("="))
            following = self._evaluate(expression) if expression else following
            self.value[name] = following
            following += 1

    def _statements(self, body):
        """One for each member."""
        for part in filter(None, body.split(";")):
            statement = " ".join(part.split())
            if match := SEVERAL.match(statement):
                yield from (f"{match[1]} {name}" for name in re.split(", ?", match[2]))
            elif statement:
                yield statement

    def _struct(self, struct_name, body):
        members = []
        offset = 0
        for statement in self._statements(body):
            match = MEMBER.match(statement)
            if not match:
                return None
            scalar, char, inner, name, length = match.groups()
            if length == "":
                break
            count = 1 if length is None else self._evaluate(length)
            if inner:
                layout = self.layout.get(inner)
                if layout is None:
                    return None
                size, code = layout.size * count, f"{layout.size * count}s"
            elif char:
                size, code = count, f"{count}s"
            else:
                unit = struct.calcsize(CODES[scalar])
                if offset % unit:
                    raise Failure(f"abi/{self.file_name}: {struct_name}.{name} is not aligned")
                size = unit * count
                code = CODES[scalar] if length is None else f"{size}s"
            members.append((name, code))
            offset += size
        return Layout(struct_name, members)


@cache
def header(file_name):
    return Header(file_name)
