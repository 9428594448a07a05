#!/usr/bin/python3
"""Checks that includes point one way, that headers have no cycles, that files stay short.

    check_layers.py             check the repository
    check_layers.py --root DIR  check another tree (for the checker's own tests)

Includes with quotes are paths from the repository's root; `corm/...` is generated from the
contract; other `<...>` are the compiler's freestanding headers, except in the host port, in tests
and in a program for Linux.
A file over 600 lines, or a function over 70, needs a comment `long: REASON` in it.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("abi", "lib", "boot", "kernel", "sdk", "drivers", "servers", "apps", "tests")
SUFFIXES = (".c", ".h", ".S")
OTHERS = (("tools", "*.py"), ("tests", "*.py"), ("tests", "*.pml"), ("abi", "*.def"),
          ("abi", "*.idl"))

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.M)
FREESTANDING = {"cpuid.h", "float.h", "limits.h", "stdalign.h", "stdarg.h", "stdatomic.h",
                "stdbool.h", "stddef.h", "stdint.h", "stdnoreturn.h"}
KERNEL_CONTRACT = {"object.h", "object_perform.h", "status.h", "status_name.h",
                   "syscall.h"}
# What a port's include path resolves: kernel/arch/X/port/, sdk/arch/X/native/,
# servers/linux/arch/X/machine/, tests/kernel/arch/X/machine/.
PORT_PREFIXES = ("port/", "native/", "machine/")
# What the build fetches (third_party/), and who may use it.
THIRD_PARTY = "third_party/"
THIRD_PARTY_USERS = ("servers/", "tests/")
GENERATED = "tests/golden/"
HOSTED = ("kernel/arch/host/", "tests/", "apps/linux-bench/", "apps/linux-fuzz/")
LONG = re.compile(r"\blong: \S+")


def unit_of(path):
    """The program, port or layer that a file belongs to, as a path prefix with a slash."""
    parts = path.split("/")
    depth = {"boot": 1, "kernel": 1, "abi": 1, "lib": 2, "sdk": 1, "servers": 2, "apps": 2,
             "drivers": 3}
    if path.startswith("kernel/arch/") and len(parts) > 3:
        return "/".join(parts[:3]) + "/"
    if path.startswith("boot/") and len(parts) > 2:
        return "/".join(parts[:2]) + "/"
    if path.startswith("kernel/dev/"):
        return "kernel/dev/"
    return "/".join(parts[:depth.get(parts[0], 1)]) + "/"


def allowed_prefixes(path):
    """What a file may include with quotes, besides its own unit."""
    top = path.split("/")[0]
    if top == "abi":
        return []
    if top == "lib":
        return ["abi/"]
    if top == "kernel":
        unit = unit_of(path)
        if unit.startswith("kernel/arch/"):
            return ["abi/", "lib/base/", "kernel/", "kernel/dev/"]
        return ["abi/", "lib/base/", "kernel/"]
    if top == "boot":
        return ["abi/", "lib/base/"] + (["boot/"] if unit_of(path) != "boot/" else [])
    if top == "sdk":
        return ["abi/", "lib/base/"]
    return ["abi/", "lib/base/", "sdk/"]


def may_include(path, target):
    """Whether `path` may include the repository file `target`."""
    unit, target_unit = unit_of(path), unit_of(target)
    if path.startswith("tests/") or target_unit == unit:
        return True
    if not any(target.startswith(prefix) for prefix in allowed_prefixes(path)):
        return False
    return not (target_unit.startswith("kernel/arch/") or
                (target_unit.startswith("boot/") and target_unit != "boot/") or
                (target_unit == "kernel/dev/" and not unit.startswith("kernel/arch/")))


def angle_complaint(path, name):
    """Why `path` may not include <name>, or None."""
    if name.startswith("corm/"):
        kernel_side = path.split("/")[0] in ("boot", "kernel", "lib", "abi")
        if kernel_side and name.removeprefix("corm/") not in KERNEL_CONTRACT:
            return f"<{name}> is for programs"
        return None
    if name in FREESTANDING or path.startswith(HOSTED):
        return None
    if name.startswith(SOURCES):
        return f'write "{name}", with quotes'
    return f"<{name}> is not a freestanding header"


class Tree:
    """All sources of a repository with their includes."""

    def __init__(self, root):
        self.root = root
        self.files = {}
        for top in SOURCES:
            for path in sorted((root / top).rglob("*")):
                name = str(path.relative_to(root))
                if path.suffix in SUFFIXES and not name.startswith(GENERATED) and path.is_file():
                    self.files[name] = path.read_text(errors="replace")

    def resolve(self, path, name):
        """The repository path of a quoted include, or None for one that the port resolves."""
        if name in self.files or (self.root / name).exists():
            return name
        beside = str(Path(path).parent / name)
        return beside if beside in self.files else None

    def is_generated(self, path, name):
        """Whether the build made a file of that name: beside its user, or at that path."""
        beside = str(Path(path).parent / name)
        return any((build / place).exists() for build in (self.root / "build").glob("*")
                   for place in (name, beside))

    def includes(self, path):
        """[(line, quoted, angle)] of a file."""
        text = self.files[path]
        return [(text.count("\n", 0, match.start()) + 1, match[1], match[2])
                for match in INCLUDE.finditer(text)]


def check_includes(tree):
    for path in tree.files:
        for line, quoted, angle in tree.includes(path):
            complaint = None
            if angle or quoted.startswith("corm/"):
                complaint = angle_complaint(path, angle or quoted)
            else:
                target = tree.resolve(path, quoted)
                if target is None:
                    if quoted.startswith(THIRD_PARTY):
                        if not path.startswith(THIRD_PARTY_USERS):
                            complaint = f"{unit_of(path)} may not include {quoted}"
                    elif not (quoted.startswith(PORT_PREFIXES) or tree.is_generated(path, quoted)):
                        complaint = f'"{quoted}" names no file of the repository'
                elif not may_include(path, target):
                    complaint = f"{unit_of(path)} may not include {target}"
            if complaint:
                yield f"{path}:{line}: {complaint}"


def check_cycles(tree):
    """Depth-first search over headers; each cycle is reported once."""
    edges = {}
    for path in tree.files:
        if path.endswith(".h"):
            targets = (tree.resolve(path, quoted) for _, quoted, _ in tree.includes(path) if quoted)
            edges[path] = [target for target in targets if target in tree.files]
    state = {}

    def visit(path, trail):
        state[path] = "open"
        for target in edges.get(path, ()):
            if state.get(target) == "open":
                cycle = trail[trail.index(target):] + [target]
                yield f"{target}:1: headers include each other: {' -> '.join(cycle)}"
            elif target not in state:
                yield from visit(target, trail + [target])
        state[path] = "done"

    for path in edges:
        if path not in state:
            yield from visit(path, [path])


def functions(text):
    """(first line, last line) of each function of a C file in Linux brace style."""
    start = None
    for number, line in enumerate(text.splitlines(), 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield start, number
            start = None


def check_file_length(path, text):
    lines = text.splitlines()
    if len(lines) > FILE_LINES_MAX and not LONG.search(text):
        yield f"{path}:1: {len(lines)} lines, at most {FILE_LINES_MAX} without a reason"
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > COLUMNS_MAX:
            yield f"{path}:{number}: longer than {COLUMNS_MAX} columns"


def check_function_lengths(path, text):
    lines = text.splitlines()
    for first, last in functions(text):
        body = "\n".join(lines[max(0, first - 12):last])
        if last - first - 1 > FUNCTION_LINES_MAX and not LONG.search(body):
            yield (f"{path}:{first}: a function of {last - first - 1} lines, at most "
                   f"{FUNCTION_LINES_MAX} without a reason")


def check_lengths(tree):
    for path, text in tree.files.items():
        yield from check_file_length(path, text)
        if path.endswith(".c"):
            yield from check_function_lengths(path, text)
    for folder, pattern in OTHERS:
        for path in sorted((tree.root / folder).rglob(pattern)):
            yield from check_file_length(path.relative_to(tree.root), path.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, metavar="DIR")
    tree = Tree(parser.parse_args().root.resolve())
    complaints = [*check_includes(tree), *check_cycles(tree), *check_lengths(tree)]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
