"""What the contract files say, as plain data.

Positions (`where`) are kept so that every later check can name file and line.
"""

from dataclasses import dataclass, field

WORDS_MAX = 8
WORD_BYTES = 8


class ContractError(Exception):
    """A mistake in a contract file; the message starts with file:line."""


@dataclass
class Status:
    name: str
    number: int
    doc: str
    where: str


@dataclass
class Syscall:
    """`number` is the operation on slot 0, or None where a handle tells the call apart."""

    name: str
    number: int | None
    by: str
    doc: list
    where: str


@dataclass
class Field:
    """One argument or result. `size_bytes` is 0 for a capability.

    `demand` is set where the kernel resolves the argument before it performs the operation.
    """

    name: str
    type: str
    size_bytes: int
    offset: int = 0
    demand: "Demand" = None

    @property
    def is_cap(self):
        return self.type == "cap"

    @property
    def is_bytes(self):
        return self.type.startswith("bytes[")


@dataclass
class Demand:
    """What a capability argument of an operation must name, and with which rights.

    `use` is NEEDED, OPTIONAL (0 names nothing) or INTO: a Table, the next word being the index of
    an empty slot in it.
    """

    object: str
    rights: list
    use: str


@dataclass
class Call:
    """An operation of a kernel object or a method of a service.

    An operation written without parentheses is a message operation: its registers are a message,
    not arguments, so it has neither a stub nor a decoder.
    """

    name: str
    number: int
    args: list
    results: list
    doc: list
    where: str
    needs: str = ""
    errors: list = field(default_factory=list)
    is_message: bool = False


@dataclass
class Right:
    name: str
    bits: int
    doc: list
    where: str


@dataclass
class Object:
    name: str
    number: int
    doc: list
    where: str
    rights: list = field(default_factory=list)
    ops: list = field(default_factory=list)

    def right_bits(self, name):
        return next(right.bits for right in self.rights if right.name == name)


@dataclass
class Interface:
    name: str
    number: int
    doc: list
    where: str
    calls: list = field(default_factory=list)


@dataclass
class Contract:
    statuses: list
    syscalls: list
    objects: list
    interfaces: list
