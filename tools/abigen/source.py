"""Line reader shared by the parsers: comments, documentation lines, field lists, positions."""

import re
from dataclasses import dataclass

from .model import ContractError, Field

NAME = r"[a-z][a-z0-9_]*"
FIELD = re.compile(rf"^({NAME})\s*:\s*(u8|u16|u32|u64|cap|bytes\[(\d+)\])$")
SCALAR_BYTES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "cap": 0}


@dataclass
class Line:
    text: str
    doc: list
    where: str

    def fail(self, why):
        raise ContractError(f"{self.where}: {why}")


def parse_int(text):
    return int(text, 0)


def read_lines(path, shown):
    """Yield the statements of a contract file, each with the `##` lines in front of it.

    A `##` comment that follows a statement on the same line is appended to the statement's
    documentation. A statement may go on over lines while a parenthesis is open.
    """
    doc = []
    text = ""
    start = 0
    for number, raw in enumerate(path.read_text().splitlines(), 1):
        code, mark, comment = raw.partition("#")
        code = code.strip()
        if mark and comment.startswith("#"):
            doc.append(comment[1:].strip())
        if not code:
            if not raw.strip() and not text:
                doc = []
            continue
        start = start if text else number
        text = f"{text} {code}".strip()
        if text.count("(") > text.count(")"):
            continue
        yield Line(text, doc, f"{shown}:{start}")
        text, doc = "", []
    if text:
        raise ContractError(f"{shown}:{start}: a parenthesis is not closed")


def parse_fields(line, text):
    """Parse `name: type, ...`; the empty string is an empty list."""
    fields = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = FIELD.match(part)
        if not match:
            line.fail(f"'{part}' is not 'name: type' (u8 u16 u32 u64 bytes[N] cap)")
        name, kind, length = match.groups()
        if any(field.name == name for field in fields):
            line.fail(f"'{name}' stands twice in one list")
        fields.append(Field(name, kind, int(length) if length else SCALAR_BYTES[kind]))
    return fields


def check_unique(items, what):
    """Refuse two items of one list with the same name or number."""
    for key in ("name", "number"):
        seen = {}
        for item in items:
            value = getattr(item, key)
            if value in seen:
                raise ContractError(
                    f"{item.where}: {what} {key} {value} is already used at {seen[value].where}"
                )
            seen[value] = item
