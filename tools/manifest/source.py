"""A TOML file with the lines at which its tables and keys stand.

tomllib parses; this adds what it does not tell: positions, so that every mistake that is found
later can name its line.
"""

import re
import tomllib

TABLE = re.compile(r"^\s*\[\s*([^\]]+?)\s*\]")
KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")
SYNTAX_LINE = re.compile(r"^(.*) \(at line (\d+), column \d+\)$")


class ManifestError(Exception):
    """A mistake in a manifest; the text starts with FILE:LINE."""


class Source:
    """`data` as tomllib reads it; fail() names the place of a table or of a key in it.

    A board says what the components of any system are on it: a key that the system leaves out is
    the board's. Components that the system does not name stay out, but for one with `tree = true`,
    which comes along with devices from the device tree.
    """

    def __init__(self, path, board=None):
        self.shown = str(path)
        self._lines = {}
        self.data = self._read(path)
        if board:
            self._complete(Source(board))

    def _complete(self, board):
        mine = self.data.setdefault("component", {})
        finders = {}
        for name, table in board.data.get("component", {}).items():
            if table.get("tree") and name not in mine:
                finders[name] = table
                continue
            for key in (key for key in table if name in mine and key not in mine[name]):
                mine[name][key] = table[key]
                self._adopt(board, f"component.{name}", key)
        if any("fdt:" in str(table.get("device")) for table in mine.values()
               if isinstance(table, dict)):
            for name, table in finders.items():
                mine[name] = table
                for key in (None, *table):
                    self._adopt(board, f"component.{name}", key)

    def _adopt(self, board, table, key):
        self._lines[(table, key)] = board._lines[(table, key)]

    def _read(self, path):
        text = path.read_text()
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ManifestError(self._syntax(str(error))) from None
        table = ""
        for number, line in enumerate(text.splitlines(), 1):
            if match := TABLE.match(line):
                table = match[1].replace('"', "").replace("'", "")
                self._lines.setdefault((table, None), (self.shown, number))
            elif match := KEY.match(line):
                self._lines.setdefault((table, match[1]), (self.shown, number))
        return data

    def _syntax(self, message):
        match = SYNTAX_LINE.match(message)
        return f"{self.shown}:{match[2]}: {match[1]}" if match else f"{self.shown}:1: {message}"

    def has(self, table, key):
        return (table, key) in self._lines

    def _place(self, table, key):
        return (self._lines.get((table, key)) or self._lines.get((table, None)) or
                (self.shown, 1))

    def line(self, table, key=None):
        return self._place(table, key)[1]

    def fail(self, why, table="", key=None):
        shown, line = self._place(table, key)
        raise ManifestError(f"{shown}:{line}: {why}")
